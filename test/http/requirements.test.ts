import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { staticFiles } from "../../src/http/server/files/static-files.ts";
import { type HttpHandler, text } from "../../src/http/server/handler.ts";
import { practice } from "../../src/http/server/practice.ts";
import { firstOf } from "../../src/http/server/router.ts";
import { serve } from "../../src/http/server/server.ts";
import { CERTIFICATE } from "../support/certificate.ts";
import { ROOT } from "../support/root.ts";
import { LAST_WORD_STATUS, type Talk, type TalkOptions, talk, untilEnd } from "./talk.ts";

/*
 * What RFC 9110 and RFC 9112 say that an origin server MUST do: a test for each, in raw bytes over a socket. The table
 * is in docs/protocol.md; the last test here compares the table with these tests.
 */

const root = mkdtempSync(join(tmpdir(), "wirepane-requirements-"));
writeFileSync(join(root, "file.txt"), "0123456789");
utimesSync(join(root, "file.txt"), 784111777, 784111777); // Sun, 06 Nov 1994 08:49:37 GMT
writeFileSync(join(root, "tomorrow.txt"), "from the future");
utimesSync(join(root, "tomorrow.txt"), Date.now() / 1000 + 86_400, Date.now() / 1000 + 86_400);

/** The requests that reached the handler. */
const seen: string[] = [];
const resources = firstOf(staticFiles(root), practice());
const handler: HttpHandler = (request) => {
  const { method, path } = request;
  if (path === "/last-word") return { status: LAST_WORD_STATUS };
  seen.push(`${method} ${path}`);
  if (path === "/url") return text(request.url);
  if (path === "/unread") return text("not read");
  if (path === "/stream") return { body: pieces() };
  if (path === "/trailers") {
    const sums = () => [request.fields.get("x-sum") ?? "none", request.trailers.get("x-sum") ?? "none"];
    return request.bytes().then(() => text(sums().join(" ")));
  }
  if (path === "/fields") return text(JSON.stringify([...request.fields]));
  if (path === "/reset") return { status: 205, body: "x" };
  if (path === "/empty") return { status: 204, body: "x" };
  if (path === "/unchanged") return { status: 304, body: "x" };
  if (path === "/informed") return { status: 103 };
  return resources(request);
};

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("one ");
  yield Buffer.from("two");
}

const server = await serve({ handler });
const secureServer = await serve({ handler, tls: CERTIFICATE });
after(async () => {
  rmSync(root, { recursive: true });
  await server.close();
  await secureServer.close();
});
const portOf = (which: typeof server): number => ("port" in which.address ? which.address.port : 0);
const PORT = portOf(server);
const SECURE_PORT = portOf(secureServer);

type Outcome = Talk & { readonly kept: boolean };

/** Sends lines with CRLF after each, an empty line, and then `content`. */
const ask = (lines: readonly string[], content = "", options: TalkOptions = {}): Promise<Outcome> =>
  talk(
    options.secure ? SECURE_PORT : PORT,
    `${lines.map((line) => `${line}\r\n`).join("")}\r\n${content}`,
    options,
  );

const get = (target: string, ...fields: string[]): Promise<Outcome> =>
  ask([`GET ${target} HTTP/1.1`, "Host: a", ...fields]);

async function refuses(lines: readonly string[], status: number, content = ""): Promise<void> {
  seen.length = 0;
  const { statuses, kept } = await ask(lines, content);
  assert.equal(statuses, String(status), lines.join(" | "));
  assert.equal(kept, false, `the connection ends after ${lines.join(" | ")}`);
  assert.deepEqual(seen, [], "no handler saw it");
}

const CHUNKED = ["POST /echo HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"];
const FILE_DATE = "Sun, 06 Nov 1994 08:49:37 GMT";

const promises: string[] = [];
function must(section: string, sentence: string, check: () => Promise<void>): void {
  promises.push(`${section}: ${sentence}`);
  test(`RFC ${section}: ${sentence}`, check);
}

// RFC 9110

must("9110 §4.2.1", "an http URI without a host is refused", async () => {
  await refuses(["GET http:///path HTTP/1.1", "Host: "], 400);
  await refuses(["GET http://:80/ HTTP/1.1", "Host: :80"], 400);
});

must("9110 §5.3", "a request is not acted on before its whole header section was received", async () => {
  seen.length = 0;
  const { statuses } = await ask(["GET /hello HTTP/1.1", "Host: a", "A: 1", "broken line"]);
  assert.equal(statuses, "400");
  assert.deepEqual(seen, []);
});

must("9110 §5.4", "fields that are too large are answered with a 4xx", async () => {
  await refuses(["GET / HTTP/1.1", "Host: a", `A: ${"x".repeat(20_000)}`], 431);
  await refuses(["GET / HTTP/1.1", "Host: a", ...Array.from({ length: 150 }, (_, i) => `A${i}: x`)], 431);
});

must("9110 §5.5", "whitespace around a value is no part of the value", async () => {
  const { answers } = await get("/fields", "A: \t b c \t ", "B:d", "C:");
  const fields = new Map(JSON.parse(answers[0]?.content ?? "") as [string, string][]);
  assert.deepEqual([fields.get("A"), fields.get("B"), fields.get("C")], ["b c", "d", ""]);
});

must("9110 §5.5", "CR, LF and NUL in a value are refused", async () => {
  for (const octet of ["\r", "\n", "\0"]) {
    await refuses(["GET / HTTP/1.1", "Host: a", `A: b${octet}c`], 400);
  }
});

must("9110 §5.6.1", "empty elements of a list are ignored", async () => {
  const { answers, kept } = await get("/file.txt", `If-None-Match: , "x" ,, ${await tag()} ,`);
  assert.deepEqual([answers[0]?.status, kept], [304, true]);
  assert.equal((await get("/hello", "Connection: , ,close, ,")).kept, false);
});

must(
  "9110 §5.6.7",
  "a date is read in all three forms, and a two-digit year is at most 50 years ahead",
  async () => {
    for (const date of [FILE_DATE, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]) {
      assert.equal((await get("/file.txt", `If-Modified-Since: ${date}`)).statuses, "304", date);
      assert.equal(
        (await get("/file.txt", `If-Modified-Since: ${date.replace("37", "36")}`)).statuses,
        "200",
      );
    }
  },
);

must("9110 §5.6.7", "dates are written as IMF-fixdate", async () => {
  const fixdate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
  const { answers } = await get("/file.txt");
  assert.match(answers[0]?.fields.get("date") ?? "", fixdate);
  assert.equal(answers[0]?.fields.get("last-modified"), FILE_DATE);
});

must("9110 §6.5.1", "a trailer field is not merged into the header section", async () => {
  const { answers } = await ask(
    ["POST /trailers HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"],
    "0\r\nX-Sum: 1\r\n\r\n",
  );
  assert.equal(answers[0]?.content, "none 1");
  await refuses(CHUNKED, 400, "0\r\nHost: b\r\n\r\n");
  await refuses(CHUNKED, 400, "0\r\nAuthorization: Basic YTpi\r\n\r\n");
});

must("9110 §6.6.1", "every 2xx, 3xx and 4xx has a Date", async () => {
  for (const target of ["/hello", "/status/301", "/nothing", "/status/500"]) {
    const { answers } = await get(target);
    const ageMs = Date.now() - Date.parse(answers[0]?.fields.get("date") ?? "");
    assert.ok(ageMs >= 0 && ageMs < 10_000, `${target} was dated ${ageMs} ms ago`);
  }
  const { answers } = await ask(["GET / HTTP/1.1"]);
  assert.ok(answers[0]?.fields.has("date"), "a refusal, too");
});

must("9110 §7.4", "a request for an https resource is refused on a connection without TLS", async () => {
  assert.equal((await ask(["GET https://a/hello HTTP/1.1", "Host: a"])).statuses, "421");
  assert.equal(
    (await ask(["GET https://a/hello HTTP/1.1", "Host: a"], "", { secure: true })).statuses,
    "200",
  );
});

must(
  "9110 §7.8",
  "the server never switches to a protocol that was not asked for: Upgrade is ignored",
  async () => {
    const upgrade = ["Connection: upgrade", "Upgrade: websocket"];
    assert.deepEqual((await get("/hello", ...upgrade)).statuses, "200");
    const { statuses, answers, kept } = await ask(
      ["POST /echo HTTP/1.1", "Host: a", ...upgrade, "Content-Length: 5"],
      "hello",
    );
    assert.deepEqual([statuses, answers[0]?.content, kept], ["200", "hello", true]);
    assert.equal((await ask(["GET /hello HTTP/1.0", ...upgrade])).statuses, "200");
  },
);

must("9110 §8.6", "there is no Content-Length in 1xx and 204", async () => {
  assert.equal(await untilContinue(), "HTTP/1.1 100 Continue\r\n\r\n");
  const empty = await ask(["OPTIONS * HTTP/1.1", "Host: a"]);
  assert.deepEqual([empty.statuses, empty.answers[0]?.fields.has("content-length")], ["204", false]);
});

must(
  "9110 §8.6",
  "the answer to HEAD, and a 304, have the Content-Length of the answer to GET, or none",
  async () => {
    for (const target of ["/hello", "/file.txt", "/get", "/nothing", "/stream"]) {
      const head = await ask([`HEAD ${target} HTTP/1.1`, "Host: a"], "", { methods: ["HEAD"] });
      const whole = await get(target);
      const length = head.answers[0]?.fields.get("content-length");
      if (length !== undefined) assert.equal(length, whole.answers[0]?.fields.get("content-length"), target);
    }
    const unchanged = await get("/file.txt", `If-None-Match: ${await tag()}`);
    assert.ok(["10", undefined].includes(unchanged.answers[0]?.fields.get("content-length")));
  },
);

must("9110 §8.8.2.1", "Last-Modified is never later than Date", async () => {
  const { answers } = await get("/tomorrow.txt");
  const { fields } = answers[0] as Talk["answers"][number];
  assert.ok(Date.parse(fields.get("last-modified") ?? "") <= Date.parse(fields.get("date") ?? ""));
});

must("9110 §9.1", "GET and HEAD are supported; the case of a method matters", async () => {
  assert.equal((await get("/hello")).statuses, "200");
  assert.equal((await ask(["HEAD /hello HTTP/1.1", "Host: a"], "", { methods: ["HEAD"] })).statuses, "200");
  assert.equal((await ask(["get /hello HTTP/1.1", "Host: a"])).statuses, "501");
});

must("9110 §9.3.2", "the answer to HEAD has no content", async () => {
  for (const target of ["/hello", "/file.txt", "/stream", "/chunked/3", "/nothing"]) {
    const { text: all } = await ask([`HEAD ${target} HTTP/1.1`, "Host: a"], "", { methods: ["HEAD"] });
    assert.match(all, /\r\n\r\nHTTP\/1\.1 299 /, `${target}: the next answer follows the head at once`);
  }
  for (const refused of [`/${"x".repeat(9000)} HTTP/1.1`, "/ HTTP/2.0", "/# HTTP/1.1", "/ HTTP/1.1"]) {
    const { text: all } = await ask([`HEAD ${refused}`], "", { methods: ["HEAD"] });
    assert.match(
      all,
      /^HTTP\/1\.1 (?:400|414|505) .*\r\n\r\n$/s,
      `HEAD ${refused.slice(0, 20)} is refused without content`,
    );
  }
});

must("9110 §9.3.8", "TRACE never sends back secrets of the request", async () => {
  const { answers, text: all } = await ask(["TRACE /hello HTTP/1.1", "Host: a", "Cookie: secret=1"]);
  assert.equal(answers[0]?.status, 405);
  assert.doesNotMatch(all, /secret=1/);
});

must("9110 §10.1.1", "an expectation of an HTTP/1.0 client is ignored", async () => {
  const { statuses } = await ask(
    ["POST /echo HTTP/1.0", "Expect: 100-continue", "Content-Length: 5"],
    "hello",
  );
  assert.equal(statuses, "200");
});

must(
  "9110 §10.1.1",
  "100-continue is answered with 100 or with a final status, before the content arrives",
  async () => {
    assert.match(await untilContinue(), /^HTTP\/1\.1 100 /);
    const expecting = ["Host: a", "Expect: 100-continue", "Content-Length: 5"];
    const final = await untilEnd(PORT, `${["POST /unread HTTP/1.1", ...expecting].join("\r\n")}\r\n\r\n`);
    assert.match(final, /^HTTP\/1\.1 200 [\s\S]*\r\nConnection: close\r\n/, "the content may come or not");
    const early = await ask(["POST /echo HTTP/1.1", ...expecting], "hello");
    assert.deepEqual([early.statuses, early.answers[0]?.content], ["200", "hello"], "it came unasked");
  },
);

must("9110 §10.2.1", "a 405 has Allow", async () => {
  for (const target of ["/hello", "/file.txt", "/"]) {
    const { answers } = await ask([`DELETE ${target} HTTP/1.1`, "Host: a"]);
    assert.equal(answers[0]?.status, 405);
    assert.match(answers[0]?.fields.get("allow") ?? "", /\bGET\b.*\bHEAD\b/);
  }
});

must("9110 §11.6.1", "a 401 has WWW-Authenticate, a 407 has Proxy-Authenticate", async () => {
  assert.ok((await get("/status/401")).answers[0]?.fields.has("www-authenticate"));
  assert.ok((await get("/status/407")).answers[0]?.fields.has("proxy-authenticate"));
});

must("9110 §13.1.1", "If-Match compares strongly; if it fails, the method is not performed", async () => {
  const etag = await tag();
  assert.equal((await get("/file.txt", `If-Match: ${etag}`)).statuses, "200");
  assert.equal((await get("/file.txt", "If-Match: *")).statuses, "200");
  assert.equal((await get("/file.txt", `If-Match: W/${etag}`)).statuses, "412");
  assert.equal((await get("/file.txt", 'If-Match: "other"')).statuses, "412");
});

must("9110 §13.1.2", "If-None-Match compares weakly; * matches any existing resource", async () => {
  const etag = await tag();
  assert.equal((await get("/file.txt", `If-None-Match: W/${etag}`)).statuses, "304");
  assert.equal((await get("/file.txt", `If-None-Match: "x", ${etag}`)).statuses, "304");
  assert.equal((await get("/file.txt", "If-None-Match: *")).statuses, "304");
  assert.equal((await get("/file.txt", 'If-None-Match: "other"')).statuses, "200");
});

must(
  "9110 §13.1.3",
  "If-Modified-Since is ignored beside If-None-Match, and if it is not a date",
  async () => {
    const since = `If-Modified-Since: ${FILE_DATE}`;
    assert.equal((await get("/file.txt", since)).statuses, "304");
    assert.equal((await get("/file.txt", since, 'If-None-Match: "other"')).statuses, "200");
    assert.equal((await get("/file.txt", since, since)).statuses, "200", "a list is no date");
    for (const date of ["yesterday", "784111777", "Sun, 31 Feb 2094 08:49:37 GMT", ""]) {
      assert.equal((await get("/file.txt", `If-Modified-Since: ${date}`)).statuses, "200", date);
    }
  },
);

must("9110 §13.1.4", "If-Unmodified-Since is ignored beside If-Match, and if it is not a date", async () => {
  const since = "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT";
  assert.equal((await get("/file.txt", since)).statuses, "412");
  assert.equal((await get("/file.txt", since, "If-Match: *")).statuses, "200");
  assert.equal((await get("/file.txt", "If-Unmodified-Since: then")).statuses, "200");
});

must(
  "9110 §13.1.5",
  "If-Range without Range is ignored; if If-Range does not match, Range is ignored",
  async () => {
    const range = "Range: bytes=0-3";
    const etag = await tag();
    assert.equal((await get("/file.txt", 'If-Range: "other"')).statuses, "200");
    assert.equal((await get("/file.txt", range, `If-Range: ${etag}`)).statuses, "206");
    assert.equal((await get("/file.txt", range, `If-Range: ${FILE_DATE}`)).statuses, "206");
    for (const validator of ['"other"', `W/${etag}`, "Sun, 06 Nov 1994 08:49:38 GMT", "then"]) {
      assert.equal((await get("/file.txt", range, `If-Range: ${validator}`)).statuses, "200", validator);
    }
  },
);

must("9110 §13.2.1", "conditions are ignored if the answer without them is neither 2xx nor 412", async () => {
  assert.equal((await get("/nothing", "If-Match: *")).statuses, "404");
  assert.equal((await get("/nothing", "If-None-Match: *")).statuses, "404");
  const { statuses } = await ask(["DELETE /file.txt HTTP/1.1", "Host: a", 'If-Match: "other"']);
  assert.equal(statuses, "405");
});

must(
  "9110 §13.2.2",
  "conditions are evaluated in their order: If-Match, …, If-None-Match, …, Range",
  async () => {
    const etag = await tag();
    const late = "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT";
    assert.equal((await get("/file.txt", 'If-Match: "other"', `If-None-Match: ${etag}`)).statuses, "412");
    assert.equal((await get("/file.txt", `If-None-Match: ${etag}`, late)).statuses, "304");
    assert.equal((await get("/file.txt", `If-None-Match: ${etag}`, "Range: bytes=0-3")).statuses, "304");
  },
);

must("9110 §14.2", "Range is ignored if its unit is unknown, and for methods other than GET", async () => {
  assert.equal((await get("/file.txt", "Range: lines=0-3")).statuses, "200");
  const { statuses } = await ask(["HEAD /file.txt HTTP/1.1", "Host: a", "Range: bytes=0-3"], "", {
    methods: ["HEAD"],
  });
  assert.equal(statuses, "200");
});

must(
  "9110 §15.2",
  "no 1xx is sent to an HTTP/1.0 client, and a handler cannot answer with a 1xx",
  async () => {
    const { statuses } = await ask(["POST /echo HTTP/1.0", "Expect: 100-continue", "Content-Length: 1"], "x");
    assert.equal(statuses, "200");
    assert.equal((await get("/informed")).statuses, "500");
  },
);

must("9110 §15.3.6", "204, 205 and 304 have no content, whatever the handler says", async () => {
  for (const [target, status] of Object.entries({ "/empty": 204, "/reset": 205, "/unchanged": 304 })) {
    const { text: all } = await get(target);
    assert.match(all, new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*?\\r\\n\\r\\nHTTP/1\\.1 299 `), target);
  }
});

must("9110 §15.3.7", "a 206 has Content-Range, Date and the ETag of the 200", async () => {
  const { answers } = await get("/file.txt", "Range: bytes=2-4");
  const { status, fields, content } = answers[0] as Talk["answers"][number];
  assert.deepEqual([status, content, fields.get("content-range")], [206, "234", "bytes 2-4/10"]);
  assert.deepEqual([fields.get("etag"), fields.has("date")], [await tag(), true]);
});

must("9110 §15.4.5", "a 304 has the Date and the ETag of the 200, and no content", async () => {
  const { answers, kept } = await get("/file.txt", `If-None-Match: ${await tag()}`);
  const { status, fields } = answers[0] as Talk["answers"][number];
  assert.deepEqual([status, fields.get("etag"), fields.has("date"), kept], [304, await tag(), true, true]);
});

// RFC 9112

must("9112 §2.2", "a message is read as octets; no octet outside US-ASCII is a line end", async () => {
  const { answers } = await get("/fields", "A: caf\xe9 \x85 \xc4\x8a\xc4\x8d");
  const [, [, value]] = JSON.parse(Buffer.from(answers[0]?.content ?? "", "latin1").toString()) as [
    unknown,
    [string, string],
  ];
  assert.equal(value, "caf\xe9 \x85 \xc4\x8a\xc4\x8d");
});

must("9112 §2.2", "a bare CR is refused, wherever it occurs", async () => {
  await refuses(["GET /\r HTTP/1.1", "Host: a"], 400);
  await refuses(["GET / HTTP/1.1\rX", "Host: a"], 400);
  await refuses(["GET / HTTP/1.1", "Host: a\rb"], 400);
  await refuses(CHUNKED, 400, "5;a\rb\r\nhello\r\n0\r\n\r\n");
  await refuses(CHUNKED, 400, "5\r\nhello\r\n0\r\nX: a\rb\r\n\r\n");
});

must("9112 §2.2", "whitespace between the request line and the first field is refused", async () => {
  await refuses(["GET / HTTP/1.1", " Host: a"], 400);
  await refuses(["GET / HTTP/1.1", "\tX: 1", "Host: a"], 400);
});

must("9112 §3", "a target that is too long is 414", async () => {
  await refuses([`GET /${"x".repeat(9000)} HTTP/1.1`, "Host: a"], 414);
});

must("9112 §3.2", "a request without Host, with more than one, or with a bad one is 400", async () => {
  await refuses(["GET / HTTP/1.1"], 400);
  await refuses(["GET / HTTP/1.1", "Host: a", "Host: a"], 400);
  await refuses(["GET / HTTP/1.1", "Host: a", "host: b"], 400);
  for (const host of ["a b", "a/b", "u@a", "a,b", "a:b", "a:99999", "[::1", "http://a"]) {
    await refuses(["GET / HTTP/1.1", `Host: ${host}`], 400);
  }
});

must("9112 §3.2.2", "absolute-form is accepted", async () => {
  const { answers } = await ask(["GET http://A.example:80/url HTTP/1.1", "Host: a.example"]);
  assert.deepEqual([answers[0]?.status, answers[0]?.content], [200, "http://A.example:80/url"]);
  assert.equal((await ask(["GET http://a/hello HTTP/1.1", "Host: a"])).statuses, "200");
  assert.equal((await ask(["GET http://a?x HTTP/1.1", "Host: a"])).statuses, "200");
  await refuses(["GET http://a/ HTTP/1.1", "Host: b"], 400);
  await refuses(["GET http://a/ HTTP/1.1"], 400);
});

must(
  "9112 §4",
  "a status line has the SP even if the reason is empty, and its version is HTTP/1.1",
  async () => {
    assert.match((await get("/status/299")).text, /^HTTP\/1\.1 299 /);
    assert.match((await ask(["GET /hello HTTP/1.0"])).text, /^HTTP\/1\.1 200 /);
  },
);

must("9112 §5.1", "whitespace between a name and its colon is 400", async () => {
  await refuses(["GET / HTTP/1.1", "Host: a", "X : 1"], 400);
  await refuses(["POST /echo HTTP/1.1", "Host: a", "Content-Length\t: 1"], 400, "x");
});

must("9112 §5.2", "a folded line is 400", async () => {
  await refuses(["GET / HTTP/1.1", "Host: a", "X: 1", " 2"], 400);
  await refuses(["GET / HTTP/1.1", "Host: a", "X: 1", "\t2"], 400);
});

must(
  "9112 §6.1",
  "an unknown coding is refused, and chunked is understood in upper or lower case",
  async () => {
    await refuses(["POST /echo HTTP/1.1", "Host: a", "Transfer-Encoding: gzip, chunked"], 501, "0\r\n\r\n");
    const { answers } = await ask(
      ["POST /echo HTTP/1.1", "Host: a", "Transfer-Encoding: CHUNKED"],
      "5\r\nhello\r\n0\r\n\r\n",
    );
    assert.equal(answers[0]?.content, "hello");
  },
);

must(
  "9112 §6.1",
  "no transfer coding is sent to an HTTP/1.0 client or in a 204, and no chunks in an answer to HEAD",
  async () => {
    const { answers, kept } = await ask(["GET /stream HTTP/1.0"]);
    assert.deepEqual([answers[0]?.fields.has("transfer-encoding"), kept], [false, false]);
    assert.equal(answers[0]?.content, "one two");
    assert.equal((await get("/empty")).answers[0]?.fields.has("transfer-encoding"), false);
  },
);

must(
  "9112 §6.1",
  "Transfer-Encoding in an HTTP/1.0 message is faulty framing: the connection ends",
  async () => {
    await refuses(["POST /echo HTTP/1.0", "Transfer-Encoding: chunked"], 400, "0\r\n\r\n");
  },
);

must("9112 §6.1", "the connection ends after Transfer-Encoding beside Content-Length", async () => {
  const both = ["POST /echo HTTP/1.1", "Host: a", "Content-Length: 6", "Transfer-Encoding: chunked"];
  await refuses(both, 400, "0\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
});

must("9112 §6.3", "a request whose last coding is not chunked is 400", async () => {
  for (const coding of [
    "foo",
    "gzip, foo",
    "chunked, identity",
    "identity",
    "chunked, chunked",
    "chunked;q=1",
    "",
  ]) {
    await refuses(["POST /echo HTTP/1.1", "Host: a", `Transfer-Encoding: ${coding}`], 400, "0\r\n\r\n");
  }
});

must("9112 §6.3", "an invalid Content-Length is 400", async () => {
  for (const length of ["+5", "-5", "0x5", "5.0", "5,5", "5 5", "", "five", "5;", "１"]) {
    await refuses(["POST /echo HTTP/1.1", "Host: a", `Content-Length: ${length}`], 400, "hello");
  }
  await refuses(["POST /echo HTTP/1.1", "Host: a", "Content-Length: 5", "Content-Length: 6"], 400, "hello!");
});

must("9112 §6.3", "a request without a length and a coding has no content", async () => {
  const { statuses, kept } = await ask(["POST /echo HTTP/1.1", "Host: a"]);
  assert.deepEqual([statuses, kept], ["200", true]);
});

must("9112 §7.1", "the chunked coding is understood; a size that would overflow is refused", async () => {
  const { answers } = await ask(CHUNKED, "5\r\nhello\r\n00A\r\n, and more\r\n0\r\n\r\n");
  assert.equal(answers[0]?.content, "hello, and more");
  await refuses(CHUNKED, 400, `${"f".repeat(17)}\r\nhello`);
  await refuses(CHUNKED, 413, `${"f".repeat(16)}\r\nhello`);
});

must("9112 §7.1.1", "chunk extensions are ignored, and their length has a limit", async () => {
  const { answers } = await ask(CHUNKED, '5;a=b;c="d;\\"e"\r\nhello\r\n0;last\r\n\r\n');
  assert.equal(answers[0]?.content, "hello");
  await refuses(CHUNKED, 400, `5;a=${"b".repeat(5000)}\r\nhello\r\n0\r\n\r\n`);
});

must(
  "9112 §9.3",
  "a connection that persists takes the next request; HTTP/1.0 persists only if the client asks for it",
  async () => {
    assert.equal((await get("/hello")).kept, true);
    assert.equal((await get("/hello", "Connection: close")).kept, false);
    assert.equal((await ask(["GET /hello HTTP/1.0"])).kept, false);
    const kept = await ask(["GET /hello HTTP/1.0", "Connection: keep-alive"]);
    assert.deepEqual([kept.kept, kept.answers[0]?.fields.get("connection")], [true, "keep-alive"]);
  },
);

must(
  "9112 §9.3",
  "content that the handler did not read is skipped, or the connection ends: it is never read as a request",
  async () => {
    const smuggled = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
    const length = smuggled.length;
    for (const method of ["GET", "POST", "DELETE", "OPTIONS", "PUT", "HEAD"]) {
      seen.length = 0;
      const options = { methods: [method] };
      const { answers } = await ask(
        [`${method} /unread HTTP/1.1`, "Host: a", `Content-Length: ${length}`],
        smuggled,
        options,
      );
      assert.deepEqual([answers.length, seen], [1, [`${method} /unread`]]);
      await ask(
        [`${method} /unread HTTP/1.1`, "Host: a", "Transfer-Encoding: chunked"],
        `${length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
        options,
      );
      assert.deepEqual(seen, [`${method} /unread`, `${method} /unread`]);
    }
    const connect = await ask(["CONNECT a:80 HTTP/1.1", "Host: a:80"], smuggled);
    assert.deepEqual([connect.statuses, connect.kept], ["501", false]);
  },
);

must("9112 §9.3.2", "pipelined requests are answered in their order", async () => {
  const targets = ["/delay/0.05", "/hello", "/bytes/7", "/nothing", "/stream", "/hello"];
  const requests = targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`).join("");
  const { statuses, answers, kept } = await talk(PORT, requests);
  assert.deepEqual([statuses, kept], ["200 200 200 404 200 200", true]);
  assert.deepEqual([answers[2]?.content.length, answers[4]?.content], [7, "one two"]);
});

must("9112 §9.6", "after a close, sent or received, no other request is processed", async () => {
  seen.length = 0;
  const { statuses } = await ask(
    ["GET /hello HTTP/1.1", "Host: a", "Connection: close"],
    "GET /get HTTP/1.1\r\nHost: a\r\n\r\n",
  );
  assert.deepEqual([statuses, seen], ["200", ["GET /hello"]]);
});

must("9112 §9.6", "an answer that ends the connection says so", async () => {
  const { answers } = await get("/hello", "Connection: close");
  assert.equal(answers[0]?.fields.get("connection"), "close");
  assert.equal((await ask(["GET / HTTP/1.1"])).answers[0]?.fields.get("connection"), "close");
});

test("docs/protocol.md lists what is tested here, and nothing else, as a MUST that is done", () => {
  const rows = [
    ...readFileSync(new URL("docs/protocol.md", ROOT), "utf8").matchAll(
      /^\| (91\d\d §[\d.]+) \| MUST \| (.*?) \|/gm,
    ),
  ];
  assert.deepEqual(
    rows.map(([, section, sentence]) => `${section}: ${sentence}`.replaceAll("\\|", "|")),
    promises,
  );
});

/** The answer to a head that waits for 100 (Continue) before it sends content. */
async function untilContinue(): Promise<string> {
  const socket = net.connect(PORT, "127.0.0.1");
  socket.write("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  const [interim] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return interim.toString("latin1");
}

let knownTag = "";
async function tag(): Promise<string> {
  if (knownTag === "") knownTag = (await get("/file.txt")).answers[0]?.fields.get("etag") ?? "no tag";
  return knownTag;
}
