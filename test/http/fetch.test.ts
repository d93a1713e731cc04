import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { mkdtempSync, openAsBlob, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import zlib from "node:zlib";
import { HttpClient } from "../../src/http/client/client.ts";
import { fetch, fetchWith } from "../../src/http/client/fetch.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { deferred, type Peer, rawServer } from "./raw-server.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A server that answers every request with the request itself as content. */
function echo(fields = "") {
  return rawServer(async (peer) => {
    for (;;) {
      const head = await peer.head().catch(() => undefined);
      if (head === undefined) return;
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      let content = await peer.take(length);
      if (/transfer-encoding: chunked/i.test(head)) content = await peer.until("0\r\n\r\n");
      const all = head + content;
      peer.send(`HTTP/1.1 200 OK\r\n${fields}Content-Length: ${all.length}\r\n\r\n${all}`);
    }
  });
}

test("fetch answers with the platform's Response", async () => {
  await using server = await rawServer((peer) =>
    peer.answerAll(
      "HTTP/1.1 201 Made\r\nContent-Type: application/json\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 7\r\n\r\n" +
        '{"a":1}',
    ),
  );
  const response = await fetch(`${server.url}/x?y#z`);
  assert.ok(response instanceof Response);
  assert.deepEqual([response.status, response.statusText, response.ok], [201, "Made", true]);
  assert.deepEqual([response.url, response.redirected], [`${server.url}/x?y`, false]);
  assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
  assert.deepEqual(await response.json(), { a: 1 });
});

test("fetch shows a status above 599 as the platform's does", async () => {
  await using server = await rawServer((peer) =>
    peer.answerAll("HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nno"),
  );
  const response = await fetch(server.url);
  assert.deepEqual([response.status, response.statusText, response.ok], [999, "Odd", false]);
  assert.equal(await response.text(), "no");
});

const BODIES: [name: string, init: () => RequestInit, sent: RegExp][] = [
  [
    "a text",
    () => ({ body: "é" }),
    /content-type: text\/plain;charset=UTF-8\r\n.*Content-Length: 2\r\n\r\n\xc3\xa9$/is,
  ],
  [
    "a text with a type",
    () => ({ body: "{}", headers: { "Content-Type": "a/b" } }),
    /content-type: a\/b\r\n.*\r\n\r\n\{\}$/is,
  ],
  ["bytes", () => ({ body: new Uint8Array([104, 105]) }), /Content-Length: 2\r\n\r\nhi$/],
  [
    "a form",
    () => ({ body: new URLSearchParams({ a: "b c" }) }),
    /content-type: application\/x-www-form-urlencoded.*\r\n\r\na=b\+c$/is,
  ],
  ["a Blob", () => ({ body: new Blob(["hi"], { type: "x/y" }) }), /content-type: x\/y\r\n.*\r\n\r\nhi$/is],
  [
    "a stream",
    () => ({ body: new Blob(["hi"]).stream(), duplex: "half" }),
    /Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n$/,
  ],
];

for (const [name, init, sent] of BODIES) {
  test(`fetch sends ${name}`, async () => {
    await using server = await echo();
    const response = await fetch(server.url, { method: "POST", ...init() });
    const seen = Buffer.from(await response.arrayBuffer()).toString("latin1");
    assert.match(seen, sent);
    assert.equal(seen.match(/^content-type/gim)?.length ?? 0, /content-type/i.test(sent.source) ? 1 : 0);
  });
}

test("fetch takes a Request", async () => {
  await using server = await echo();
  const request = new Request(`${server.url}/r`, { method: "put", headers: { "X-A": "1" }, body: "hi" });
  const text = await (await fetch(request)).text();
  assert.match(text, /^PUT \/r HTTP\/1\.1\r\n/);
  assert.match(text, /\r\nx-a: 1\r\n/);
  assert.match(text, /\r\n\r\nhi$/);
});

test("fetch asks for content codings and decodes them", async () => {
  const coded = zlib.gzipSync("hello");
  await using server = await rawServer(async (peer) => {
    assert.match(await peer.head(), /Accept-Encoding: gzip, deflate, br(, zstd)?\r\n/);
    peer
      .send(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${coded.length}\r\n\r\n`)
      .send(coded);
  });
  assert.equal(await (await fetch(server.url)).text(), "hello");
});

for (const [answer, method] of [
  ["HTTP/1.1 204 No Content\r\n\r\n", "GET"],
  ["HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET"],
  ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD"],
  ["HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", "GET"],
] as const) {
  test(`${method} answered with ${answer.slice(9, 12)} has a null body`, async () => {
    await using server = await rawServer((peer) => peer.answerAll(answer));
    const response = await fetch(server.url, { method });
    assert.equal(response.body, null);
    assert.equal(await response.text(), "");
  });
}

async function redirecting(peer: Peer): Promise<void> {
  for (;;) {
    const head = await peer.head().catch(() => undefined);
    if (head === undefined) return;
    const target = head.split(" ")[1] ?? "";
    peer.send(target === "/end" ? OK : "HTTP/1.1 302 Found\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n");
  }
}

test("redirects are followed, and the Response tells where they led", async () => {
  await using server = await rawServer(redirecting);
  const response = await fetch(`${server.url}/start`);
  assert.deepEqual(
    [response.url, response.redirected, await response.text()],
    [`${server.url}/end`, true, "ok"],
  );
});

test("an unknown redirect mode is refused, as by the platform", async () => {
  const init = { redirect: "folow" as NonNullable<RequestInit["redirect"]> };
  for (const each of [fetch, globalThis.fetch]) {
    await assert.rejects(async () => each("http://127.0.0.1:1/", init), TypeError);
    await assert.rejects(
      async () => each("http://127.0.0.1:1/", init),
      (error: TypeError) => error.cause === undefined,
    );
  }
});

test("redirect: manual gives the redirect itself, redirect: error none", async () => {
  await using server = await rawServer(redirecting);
  const response = await fetch(server.url, { redirect: "manual" });
  assert.deepEqual([response.status, response.headers.get("location")], [302, "/end"]);
  await assert.rejects(fetch(server.url, { redirect: "error" }), TypeError);
});

for (const status of [301, 302, 303, 307, 308]) {
  for (const location of ["Location: /end\r\n", "Location: \r\n", ""]) {
    test(`redirect: error refuses ${status} with "${location.trim()}"`, async () => {
      const answer = `HTTP/1.1 ${status} Moved\r\n${location}Content-Length: 0\r\n\r\n`;
      await using server = await rawServer((peer) => peer.answerAll(answer));
      await assert.rejects(fetch(server.url, { redirect: "error" }), TypeError);
    });
  }
}

for (const status of [201, 300, 304, 305, 306, 399]) {
  test(`${status} with a Location is no redirect, whatever the redirect mode`, async () => {
    const answer = `HTTP/1.1 ${status} Other\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n`;
    await using server = await rawServer((peer) => peer.answerAll(answer));
    for (const redirect of ["error", "follow", "manual"] as const) {
      const response = await fetch(server.url, { redirect });
      assert.deepEqual([response.status, response.redirected], [status, false]);
    }
  });
}

for (const [name, ask] of [
  ["fields of a plain object", (url: string) => fetch(url, { headers: { Range: "bytes=0-1" } })],
  ["Headers", (url: string) => fetch(url, { headers: new Headers({ range: "bytes=0-1" }) })],
  ["a Request", (url: string) => fetch(new Request(url, { headers: { Range: "bytes=0-1" } }))],
] as const) {
  test(`fetch with Range among ${name} asks for no coding`, async () => {
    await using server = await echo();
    assert.match(await (await ask(server.url)).text(), /\r\nAccept-Encoding: identity\r\n/);
  });
}

test("a coding that fetch does not know is an error of the body", async () => {
  await using server = await echo("Content-Encoding: zstd\r\n");
  const response = await fetch(server.url);
  await assert.rejects(
    response.text(),
    (error) => error instanceof TypeError && (error.cause as TransportError).code === "DECODE_FAILED",
  );
});

test("fetch joins a folded line of a response with a space (RFC 9112 §5.2)", async () => {
  await using server = await echo("X-A: one\r\n\t two\r\n");
  assert.equal((await fetch(server.url)).headers.get("x-a"), "one two");
});

for (const way of ["text", "json", "arrayBuffer", "blob", "formData"] as const) {
  test(`a bomb does not fill the memory by ${way}()`, async () => {
    const coded = zlib.gzipSync(new Uint8Array(64 * 1024 * 1024));
    await using server = await rawServer((peer) => {
      const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${coded.length}\r\n\r\n`;
      return peer.answerAll(head, coded);
    });
    const response = await fetch(server.url);
    await assert.rejects(
      response[way](),
      (error) => error instanceof TypeError && (error.cause as TransportError).code === "DECODE_BOMB",
    );
  });
}

test("3,000 fetches at once are all answered", async () => {
  await using server = await rawServer((peer) => peer.answerAll(OK));
  const asked = Array.from({ length: 3000 }, async () => (await fetch(server.url)).text());
  assert.deepEqual(new Set(await Promise.all(asked)), new Set(["ok"]));
  assert.ok(server.peers.length <= 64, `${server.peers.length} connections`);
});

for (const [name, input, init] of [
  ["plain", "http://user:secret@127.0.0.1:1/"],
  ["with bytes", "http://user:secret@127.0.0.1:1/", { method: "POST", body: new Uint8Array(1) }],
  ["that cannot be read", "http://user:secret@a b/"],
  ["that cannot be read, with bytes", "http://user:secret@a b/", { method: "POST", body: new Uint8Array(1) }],
  ["as a URL", new URL("http://user:secret@127.0.0.1:1/"), { method: "POST", body: new Uint8Array(1) }],
  ["without a scheme", "user:secret@127.0.0.1"],
] as [string, string | URL, RequestInit?][]) {
  test(`the error about a URL with credentials, ${name}, does not show them`, async () => {
    await assert.rejects(
      fetch(input, init),
      (error: Error) =>
        error instanceof TypeError && !`${error.message} ${error.stack} ${error.cause}`.includes("secret"),
    );
  });
}

for (const [name, input, init] of [
  ["file:", "file:///etc/passwd"],
  ["a relative URL", "/x"],
  ["credentials in the URL", "http://user:secret@127.0.0.1/"],
  ["TRACE", "http://127.0.0.1/", { method: "TRACE" }],
  ["CONNECT", "http://127.0.0.1/", { method: "connect" }],
  ["a GET with a body", "http://127.0.0.1/", { body: "x" }],
  ["a header with a line end", "http://127.0.0.1/", { headers: { "X-A": "a\r\nb" } }],
] as [string, string, RequestInit?][]) {
  test(`fetch refuses ${name} with a TypeError`, async () => {
    await assert.rejects(fetch(input, init), TypeError);
  });
}

test("a network error is a TypeError whose cause says what happened", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.end();
  });
  await assert.rejects(
    fetch(server.url),
    (error) =>
      error instanceof TypeError &&
      error.cause instanceof TransportError &&
      error.cause.code === "PEER_CLOSED_BEFORE_RESPONSE",
  );
});

test("a Request's stream is sent as it comes", async () => {
  const begun = deferred();
  await using server = await rawServer(async (peer) => {
    await peer.until("first");
    begun.resolve();
    await peer.until("0\r\n\r\n");
    peer.send(OK);
  });
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from("first")),
    async pull(controller) {
      await begun.promise;
      controller.close();
    },
  });
  const response = await fetch(new Request(server.url, { method: "POST", body, duplex: "half" }));
  assert.equal(await response.text(), "ok");
});

test("a request that breaks a rule is no network error, and nobody need try it again", async () => {
  await assert.rejects(
    fetch("http://127.0.0.1:1/", { headers: { "X A": "1" } }),
    (error: Error) => error instanceof TypeError && error.message !== "fetch failed",
  );
});

test("a dispatcher is refused, so that no proxy is left out in silence", async () => {
  await assert.rejects(fetch("http://127.0.0.1:1/", { dispatcher: {} as never }), /createFetch/);
  await using server = await rawServer((peer) => peer.answerAll(OK));
  assert.equal((await fetch(server.url, { dispatcher: undefined as never })).status, 200);
});

test("a truncated content is an error of the body", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    peer.end();
  });
  const response = await fetch(server.url);
  await assert.rejects(
    response.text(),
    (error) => error instanceof TypeError && (error.cause as TransportError).code === "BODY_TRUNCATED",
  );
});

test("an abort rejects with the signal's own reason, before and within the content", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  });
  const reason = new Error("enough");
  await assert.rejects(fetch(server.url, { signal: AbortSignal.abort(reason) }), (error) => error === reason);
  const controller = new AbortController();
  const response = await fetch(server.url, { signal: controller.signal });
  const read = assert.rejects(response.text(), (error) => error === reason);
  controller.abort(reason);
  await read;
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
});

test("cancelling the body lets the connection go", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\nhello");
    started.resolve();
  });
  const started = deferred();
  const response = await fetch(server.url);
  await started.promise;
  await response.body?.cancel();
  await server.peers[0]?.closed();
});

test("content is handed on as it arrives", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    await read.promise;
    peer.send("world");
  });
  const read = deferred();
  const response = await fetch(server.url);
  let text = "";
  for await (const bytes of response.body ?? []) {
    text += Buffer.from(bytes).toString();
    read.resolve();
  }
  assert.equal(text, "helloworld");
});

test("fetchWith uses the client it is given", async () => {
  await using server = await echo();
  await using client = new HttpClient({ maxConnectionsPerOrigin: 1 });
  const fetchHere = fetchWith(client);
  await (await fetchHere(server.url)).text();
  await (await fetchHere(new URL(server.url))).text();
  assert.equal(server.peers.length, 1);
});

test("a Request can stand for the init, as on the platform", async () => {
  await using server = await rawServer(async (peer) => {
    const head = await peer.head();
    peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${head.length}\r\n\r\n${head}`);
  });
  const client = new HttpClient();
  const init = new Request("http://unused.test/", { method: "PUT", headers: { "X-A": "1" } });
  const head = await (await fetchWith(client)(`${server.url}/a`, init)).text();
  assert.match(head, /^PUT \/a HTTP\/1\.1\r\n(?:.+\r\n)*x-a: 1\r\n/);
  await client.close();
});

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

for (const kind of ["a Blob", "a form with a Blob"] as const) {
  test(`${kind} that is a file is not read into memory, and is opened again for a redirect`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "wirepane-fetch-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "file");
    writeFileSync(path, "begin");
    const size = 64 * 1024 * 1024;
    truncateSync(path, size);
    const bodyOf = async () => {
      const blob = await openAsBlob(path);
      if (kind === "a Blob") return blob;
      const form = new FormData();
      form.append("f", blob);
      return form;
    };
    let held = Number.POSITIVE_INFINITY;
    await using server = await rawServer(async (peer, index) => {
      const head = await peer.head();
      // Later, this server holds what it was sent.
      if (index === 0) {
        collectGarbage();
        held = process.memoryUsage().arrayBuffers;
      }
      assert.ok(Number(/content-length: (\d+)/i.exec(head)?.[1]) >= size);
      await peer.until("begin");
      if (index > 0) return peer.reset();
      peer
        .send("HTTP/1.1 307 Elsewhere\r\nLocation: /2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .end();
    });
    const body = await bodyOf();
    const failed = await fetch(server.url, { method: "PUT", body }).catch((error: unknown) => error);
    assert.equal((failed as TypeError & { cause: TransportError }).cause.code, "PEER_RESET");
    assert.equal(server.peers.length, 2);
    assert.ok(held < size / 4, `${held} bytes`);
  });
}

test("a form whose names have control octets is refused", async () => {
  await using server = await rawServer();
  const body = new FormData();
  body.append("a\0b", "c");
  await assert.rejects(fetch(server.url, { method: "POST", body }), {
    name: "TypeError",
    message: /control octet: .*a\\x00b/,
  });
  assert.equal(server.peers.length, 0);
});

test("a form is sent as it was at the time of the call, with the boundary that the caller names", async () => {
  await using server = await echo();
  const body = new FormData();
  body.append("a", "1");
  const headers = { "Content-Type": "multipart/form-data; boundary=mine" };
  const answer = fetch(server.url, { method: "POST", body, headers });
  body.append("b", "2");
  const sent = await (await answer).text();
  assert.match(sent, /\r\n\r\n--mine\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--mine--\r\n$/);
});

// The platform's Request holds on to the signals that it follows, and nothing holds on to the Request.
const FOLLOWED: [name: string, ask: (url: string, signal: AbortSignal) => Promise<Response>][] = [
  ["a Blob", (url, signal) => fetch(url, { method: "POST", body: new Blob(["hi"]), signal })],
  ["a Request", (url, signal) => fetch(new Request(url, { signal }))],
  ["a Request and init", (url, signal) => fetch(new Request(url, { signal }), { method: "PUT" })],
];

for (const [name, ask] of FOLLOWED) {
  test(`an abort is heard with ${name}, also after garbage was collected`, { timeout: 10_000 }, async () => {
    await using server = await rawServer();
    const abort = new AbortController();
    const asked = assert.rejects(ask(server.url, abort.signal), (reason) => reason === "enough");
    const peer = await server.accepted(0);
    await peer.head();
    // What WeakRefs hold is collected in another turn only.
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
    }
    abort.abort("enough");
    await asked;
  });
}
