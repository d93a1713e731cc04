import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { type PracticeOptions, practice } from "../../src/http/server/practice.ts";
import { rawClient } from "./raw-client.ts";

interface Received {
  readonly status: number;
  readonly head: string;
  readonly content: string;
  json(): Record<string, unknown>;
}

/** One exchange in raw bytes. The server ends the connection. */
async function ask(
  method: string,
  target: string,
  options: PracticeOptions = {},
  fields = "",
  content = "",
): Promise<Received> {
  const client = rawClient(practice(options));
  const length = content === "" ? "" : `Content-Length: ${content.length}\r\n`;
  client.send(
    `${method} ${target} HTTP/1.1\r\nHost: a\r\n${fields}${length}Connection: close\r\n\r\n${content}`,
  );
  const received = await client.toEnd();
  const headEnd = received.indexOf("\r\n\r\n");
  const head = received.slice(0, headEnd + 2);
  const raw = received.slice(headEnd + 4);
  const body = /Transfer-Encoding: chunked/.test(head) && raw !== "" ? chunksOf(raw).join("") : raw;
  return { status: Number(received.slice(9, 12)), head, content: body, json: () => JSON.parse(body) };
}

function chunksOf(raw: string): string[] {
  const chunks: string[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = raw.indexOf("\r\n", at);
    const size = Number.parseInt(raw.slice(at, lineEnd), 16);
    if (size === 0) return chunks;
    chunks.push(raw.slice(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

const noDelay = (waited: number[]): PracticeOptions => ({
  delay: async (ms) => {
    waited.push(ms);
  },
});

test("/hello is 13 bytes of text", async () => {
  const { status, head, content } = await ask("GET", "/hello");
  assert.deepEqual([status, content], [200, "Hello, world!"]);
  assert.match(head, /Content-Type: text\/plain; charset=utf-8\r\n/);
});

test("/get describes the request as httpbin does", async () => {
  const { json } = await ask(
    "GET",
    "/get?a=1&b=2&b=3&__proto__=x",
    {},
    "X-Twice: 1\r\nx-twice: 2\r\n__proto__: y\r\n",
  );
  const described = json();
  assert.deepEqual(Object.keys(described), ["args", "headers", "origin", "url"]);
  assert.deepEqual(Object.entries(described.args as object), [
    ["a", "1"],
    ["b", ["2", "3"]],
    ["__proto__", "x"],
  ]);
  assert.deepEqual(Object.entries(described.headers as object), [
    ["Host", "a"],
    ["X-Twice", "1, 2"],
    ["__proto__", "y"],
    ["Connection", "close"],
  ]);
  assert.equal(described.origin, "127.0.0.1");
  assert.equal(described.url, "http://a/get?a=1&b=2&b=3&__proto__=x");
});

test("/post gives back data and its JSON, or the form", async () => {
  const data = (await ask("POST", "/post", {}, "Content-Type: application/json\r\n", '{"a":1}')).json();
  assert.deepEqual([data.data, data.json, data.form, data.files], ['{"a":1}', { a: 1 }, {}, {}]);
  const form = (
    await ask("POST", "/post", {}, "Content-Type: application/x-www-form-urlencoded\r\n", "a=1&b=x+y")
  ).json();
  assert.deepEqual([form.data, form.json, form.form], ["", null, { a: "1", b: "x y" }]);
});

test("the description of a request is limited: 1 MiB, a thousand names, 500 levels", async () => {
  const form = "Content-Type: application/x-www-form-urlencoded\r\n";
  const names = (n: number): string => Array.from({ length: n }, (_, i) => `a${i}=`).join("&");
  const levels = (n: number): string => "[".repeat(n) + "]".repeat(n);
  for (const target of ["/post", "/delay/0"]) {
    assert.equal((await ask("POST", target, {}, form, names(1000))).status, 200);
    const many = await ask("POST", target, {}, form, names(1001));
    assert.deepEqual([many.status, many.content], [400, "a form here takes at most 1000 names\n"]);
    assert.equal((await ask("POST", target, {}, "", levels(500))).status, 200);
    const deep = await ask("POST", target, {}, "", levels(501));
    assert.deepEqual([deep.status, deep.content], [400, "JSON here takes at most 500 levels\n"]);
    assert.equal((await ask("POST", target, {}, "", "[".repeat(1000))).status, 200, "this is no JSON");
    assert.equal((await ask("POST", target, {}, "", "x".repeat(2 ** 20))).status, 200);
    assert.equal((await ask("POST", target, {}, "", "x".repeat(2 ** 20 + 1))).status, 413);
  }
});

test("deeply nested JSON does not take much memory: its description is only a few times as long", async () => {
  const content = `[${Array(300)
    .fill("[".repeat(240) + "]".repeat(240))
    .join()}]`;
  const described = await ask("POST", "/post", {}, "", content);
  assert.equal(described.status, 200);
  assert.ok(
    described.content.length < 5 * content.length,
    `${described.content.length} of ${content.length}`,
  );
});

test("/headers gives back the field lines", async () => {
  assert.deepEqual((await ask("GET", "/headers", {}, "X: y\r\n")).json(), {
    headers: { Host: "a", X: "y", Connection: "close" },
  });
});

test("/cookies gives cookies back as they came: nothing decoded, unquoted or left out", async () => {
  const field = 'a=b; q="x, y"; p=%41%0d; e=; base64=YQ==; __proto__=1; flag';
  const { json } = await ask("GET", "/cookies", {}, `Cookie: ${field}\r\n`);
  const { cookies } = json() as { cookies: Record<string, string> };
  assert.deepEqual(Object.entries(cookies), [
    ["a", "b"],
    ["q", '"x, y"'],
    ["p", "%41%0d"],
    ["e", ""],
    ["base64", "YQ=="],
    ["__proto__", "1"],
    ["flag", ""],
  ]);
  assert.equal(json().field, field);
  assert.deepEqual((await ask("GET", "/cookies")).json(), { cookies: {}, field: "" });
});

test("/echo gives back the content with its type, and the request itself where there is none", async () => {
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "GET"]) {
    const { head, content } = await ask(method, "/echo", {}, "Content-Type: text/html\r\n", "<b>hi</b>");
    assert.equal(content, "<b>hi</b>");
    assert.match(head, /Content-Type: text\/html\r\n/);
    assert.match(
      head,
      /nosniff[\s\S]*Content-Security-Policy: default-src 'none'; sandbox\r\n/,
      "shown, never run",
    );
  }
  const { content } = await ask("GET", "/echo?x", {}, "X-Y:  z \r\n");
  assert.equal(content, "GET /echo?x HTTP/1.1\r\nHost: a\r\nX-Y: z\r\nConnection: close\r\n\r\n");
});

test("/status answers with the status asked for, and with the field it needs", async () => {
  for (const code of [200, 201, 204, 205, 304, 404, 418, 451, 500, 503, 599]) {
    assert.equal((await ask("GET", `/status/${code}`)).status, code);
  }
  assert.match((await ask("GET", "/status/302")).head, /\r\nLocation: \/redirect\/1\r\n/);
  assert.match((await ask("GET", "/status/401")).head, /\r\nWWW-Authenticate: Basic realm="practice"\r\n/);
  assert.match((await ask("POST", "/status/405")).head, /\r\nAllow: GET, PUT, PATCH, DELETE\r\n/);
});

test("/status picks one of several by chance", async () => {
  assert.equal((await ask("GET", "/status/200,404", { random: () => 0 })).status, 200);
  assert.equal((await ask("GET", "/status/200,404", { random: () => 0.99 })).status, 404);
});

test("/delay waits before it answers", async () => {
  const waited: number[] = [];
  const { status, json } = await ask("GET", "/delay/1.5", noDelay(waited));
  assert.equal(status, 200);
  assert.equal(json().url, "http://a/delay/1.5");
  assert.deepEqual(waited, [1500]);
});

test("/delay is over when the client is gone", async () => {
  const client = rawClient(practice());
  client.send("GET /delay/10 HTTP/1.1\r\nHost: a\r\n\r\n");
  await new Promise(setImmediate);
  client.connection.abort();
  await client.served; // Then the process ends; a timer of ten seconds would keep this test from ending
});

test("/drip for a client that ended its direction hurries, and is whole", async () => {
  const client = rawClient(practice());
  client.send("GET /drip?duration=60&numbytes=3&delay=10 HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.connection.end();
  assert.match(await client.toEnd(), /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n\*\*\*$/);
});

test("/drip sends its bytes one by one over the duration, after the delay", async () => {
  const waited: number[] = [];
  const { status, head, content } = await ask(
    "GET",
    "/drip?duration=3&numbytes=3&delay=2&code=201",
    noDelay(waited),
  );
  assert.deepEqual([status, content], [201, "***"]);
  assert.match(head, /Content-Length: 3\r\n/);
  assert.deepEqual(waited, [2000, 1000, 1000]);
});

test("/drip sends many bytes in at most a thousand drops, and all of them", async () => {
  const waited: number[] = [];
  const { content } = await ask("GET", "/drip?duration=1&numbytes=12345", noDelay(waited));
  assert.equal(content.length, 12345);
  assert.equal(waited.length, 999);
});

test("/chunked and /stream come in as many chunks as asked for", async () => {
  const chunked = rawClient(practice());
  chunked.send("GET /chunked/3 HTTP/1.1\r\nHost: a\r\n\r\n");
  const received = await chunked.until(/\r\n0\r\n\r\n$/);
  assert.match(
    received,
    /\r\n\r\nd\r\nchunk 1 of 3\n\r\nd\r\nchunk 2 of 3\n\r\nd\r\nchunk 3 of 3\n\r\n0\r\n\r\n$/,
  );

  const { content } = await ask("GET", "/stream/100");
  const lines = content.trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).id),
    Array.from({ length: 100 }, (_, id) => id),
  );
});

test("/bytes is the same for the same seed, and another for another", async () => {
  const one = await ask("GET", "/bytes/1000?seed=1");
  assert.equal(one.content.length, 1000);
  assert.equal((await ask("GET", "/bytes/1000?seed=1")).content, one.content);
  assert.notEqual((await ask("GET", "/bytes/1000?seed=2")).content, one.content);
  assert.notEqual((await ask("GET", "/bytes/1000?seed=a")).content, one.content);
  const first = await ask("GET", "/bytes/1000", { random: () => 0.1 });
  assert.notEqual((await ask("GET", "/bytes/1000", { random: () => 0.2 })).content, first.content);
  assert.equal(new Set(one.content).size > 200, true, "all kinds of bytes");
  assert.equal((await ask("GET", "/bytes/102400")).content.length, 102_400);
});

test("/redirect counts down to /get", async () => {
  const hops: string[] = [];
  let target = "/redirect/3";
  for (;;) {
    const { status, head } = await ask("GET", target);
    if (status === 200) break;
    assert.equal(status, 302);
    target = /\r\nLocation: (.*)\r\n/.exec(head)?.[1] ?? "";
    hops.push(target);
  }
  assert.deepEqual(hops, ["/redirect/2", "/redirect/1", "/get"]);
});

test("/gzip is JSON, compressed", async () => {
  const { head, content } = await ask("GET", "/gzip");
  assert.match(head, /\r\nContent-Encoding: gzip\r\n/);
  const plain = JSON.parse(gunzipSync(Buffer.from(content, "latin1")).toString());
  assert.deepEqual([plain.gzipped, plain.method, plain.origin], [true, "GET", "127.0.0.1"]);
});

for (const target of [
  "/status/99",
  "/status/100",
  "/status/600",
  "/status/200,",
  "/status/abc",
  "/delay/11",
  "/delay/-1",
  "/delay/1e1",
  "/bytes/102401",
  "/bytes/-1",
  "/bytes/0x10",
  "/redirect/0",
  "/redirect/101",
  "/stream/0",
  "/stream/101",
  "/chunked/0",
  "/chunked/1001",
  "/drip?numbytes=0",
  "/drip?numbytes=99999999",
  "/drip?duration=61",
  "/drip?delay=11",
  "/drip?code=101",
  "/bytes/%0d%0aX:y",
]) {
  test(`${target} is 400, with a sentence that names the range`, async () => {
    const { status, content } = await ask("GET", target);
    assert.equal(status, 400);
    assert.match(content, / takes .*\d to \d/);
  });
}

test("an unknown path is 404, another method 405 with Allow, an unknown method 501", async () => {
  assert.equal((await ask("GET", "/nothing")).status, 404);
  assert.equal((await ask("GET", "/hello/")).status, 404);
  const post = await ask("POST", "/hello");
  assert.equal(post.status, 405);
  assert.match(post.head, /\r\nAllow: GET, HEAD, OPTIONS\r\n/);
  assert.match((await ask("OPTIONS", "/post")).head, /^HTTP\/1\.1 204 [\s\S]*\r\nAllow: POST, OPTIONS\r\n/);
  assert.equal((await ask("FOO", "/hello")).status, 501);
  assert.equal((await ask("get", "/hello")).status, 501);
});

test("HEAD of an endless or long resource ends at once", async () => {
  for (const target of ["/drip?duration=60", "/stream/100", "/chunked/1000", "/bytes/102400", "/gzip"]) {
    const { status, content } = await ask("HEAD", target);
    assert.deepEqual([status, content], [200, ""], target);
  }
});

test("/ is a page that lists every resource and loads nothing", async () => {
  const { head, content } = await ask("GET", "/");
  for (const path of "/hello /echo /get /post /headers /status /delay /chunked /drip /bytes /redirect /gzip /stream".split(
    " ",
  )) {
    assert.ok(content.includes(`${path}`), path);
  }
  assert.match(head, /Content-Security-Policy: default-src 'none'; style-src 'sha256-/);
  assert.doesNotMatch(content, /<script|src=|https?:/);
});
