import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import type { RequestInput } from "../../src/http/client/messages.ts";
import { ProtocolError } from "../../src/http1/errors.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { rawServer } from "./raw-server.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/** The bytes that `input` sends: the head, and `contentLength` bytes after it. */
async function onTheWire(input: Omit<RequestInput, "url">, contentLength = 0, path = "/"): Promise<string> {
  let seen = "";
  await using server = await rawServer(async (peer) => {
    seen = (await peer.head()) + (await peer.take(contentLength));
    peer.send(OK);
  });
  await using client = new HttpClient();
  await (await client.request({ ...input, url: `${server.url}${path}` })).bytes();
  return seen.replaceAll(`127.0.0.1:${server.port}`, "HOST");
}

test("a plain request has Host first, then who asks and what it takes", async () => {
  assert.equal(
    await onTheWire({}, 0, "/a%20b?c=d#e"),
    "GET /a%20b?c=d HTTP/1.1\r\nHost: HOST\r\nUser-Agent: wirepane/0.1\r\nAccept: */*\r\n\r\n",
  );
});

test("the caller's fields keep their order and case, and are never doubled", async () => {
  assert.equal(
    await onTheWire({
      fields: [
        ["x-B", "1"],
        ["USER-AGENT", "me"],
        ["X-a", "2"],
        ["accept", "text/plain"],
        ["x-B", "3"],
        ["host", "example.org"],
      ],
    }),
    "GET / HTTP/1.1\r\nx-B: 1\r\nUSER-AGENT: me\r\nX-a: 2\r\naccept: text/plain\r\nx-B: 3\r\nhost: example.org\r\n\r\n",
  );
});

test("without default fields only Host is left", async () => {
  assert.equal(await onTheWire({ defaultFields: false }), "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n");
});

test("a request-target can be given exactly as it is sent", async () => {
  const wire = await onTheWire({ method: "OPTIONS", target: "*", defaultFields: false });
  assert.equal(wire, "OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n");
});

test("a text is sent as UTF-8 with its length in bytes", async () => {
  const wire = await onTheWire({ method: "POST", body: "é!", defaultFields: false }, 3);
  assert.equal(wire, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\n\xc3\xa9!");
});

test("a method that usually has content sends Content-Length: 0 without content", async () => {
  const wire = await onTheWire({ method: "PUT", defaultFields: false });
  assert.equal(wire, "PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n");
});

async function* stream(...pieces: string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield new TextEncoder().encode(piece);
}

test("a stream is chunked, and can be followed by trailers", async () => {
  const input = {
    method: "POST",
    body: stream("hello", "", " world"),
    trailers: () => ({ "X-Sum": "1" }),
    defaultFields: false,
  };
  const sent = "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n";
  assert.equal(
    await onTheWire(input, sent.length),
    `POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n${sent}`,
  );
});

test("a stream with a Content-Length is sent as it is", async () => {
  const input = {
    method: "POST",
    body: stream("hel", "lo"),
    fields: { "content-length": "5" },
    defaultFields: false,
  };
  assert.equal(await onTheWire(input, 5), "POST / HTTP/1.1\r\nHost: HOST\r\ncontent-length: 5\r\n\r\nhello");
});

test("a Transfer-Encoding of the caller's own makes a text chunked", async () => {
  const input = {
    method: "POST",
    body: "hello",
    fields: { "transfer-encoding": "chunked" },
    defaultFields: false,
  };
  assert.equal(
    await onTheWire(input, 15),
    "POST / HTTP/1.1\r\nHost: HOST\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  );
});

test("content of several megabytes arrives complete", async () => {
  const content = new Uint8Array(3_000_000).map((_, index) => index);
  const wire = await onTheWire({ method: "PUT", body: content }, content.length);
  assert.equal(wire.slice(wire.indexOf("\r\n\r\n") + 4), Buffer.from(content).toString("latin1"));
});

test("an HTTP/1.0 request says so, and its stream needs a length", async () => {
  assert.match(await onTheWire({ version: "1.0" }), /^GET \/ HTTP\/1\.0\r\nHost: HOST\r\n/);
  await assert.rejects(
    onTheWire({ version: "1.0", method: "POST", body: stream("x") }),
    (error) =>
      error instanceof TransportError && error.code === "BODY_MISMATCH" && /HTTP\/1\.0/.test(error.message),
  );
});

test("credentials of the URL become an Authorization field, and leave the URL", async () => {
  await using server = await rawServer((peer) => peer.answerAll(OK));
  await using client = new HttpClient();
  const response = await client.request({ url: `http://us%C3%A9r:p%40ss@127.0.0.1:${server.port}/x` });
  assert.equal(response.request.head.fields.get("authorization"), `Basic ${btoa("us\xc3\xa9r:p@ss")}`);
  assert.equal(response.request.url, `${server.url}/x`);
});

const REFUSED: [name: string, input: Omit<RequestInput, "url">, code: string][] = [
  ["a line end in a value", { fields: { "X-A": "a\r\nEvil: 1" } }, "INVALID_FIELD_VALUE"],
  ["NUL in a value", { fields: { "X-A": "a\0b" } }, "INVALID_FIELD_VALUE"],
  ["a character above latin1 in a value", { fields: { "X-A": "€" } }, "INVALID_FIELD_VALUE"],
  ["a blank in a name", { fields: { "X A": "b" } }, "INVALID_FIELD_NAME"],
  ["an empty name", { fields: { "": "b" } }, "INVALID_FIELD_NAME"],
  ["a line end in the method", { method: "GET / HTTP/1.1\r\nX: y\r\n\r\nGET" }, "INVALID_METHOD"],
  ["a blank in the target", { target: "/a b" }, "INVALID_TARGET"],
  ["a line end in the target", { target: "/a\r\nX: y" }, "INVALID_TARGET"],
  [
    "two Host fields",
    {
      fields: [
        ["Host", "a"],
        ["host", "b"],
      ],
    },
    "DUPLICATE_HOST",
  ],
  ["a Host with a path", { fields: { Host: "a/b" } }, "INVALID_HOST"],
  [
    "a length beside a coding",
    { method: "POST", body: "hello", fields: { "Content-Length": "5", "Transfer-Encoding": "chunked" } },
    "LENGTH_AND_CODING",
  ],
  [
    "a coding that is not chunked",
    { method: "POST", body: "hello", fields: { "Transfer-Encoding": "gzip" } },
    "INVALID_TRANSFER_CODING",
  ],
  [
    "a length that is not the content's",
    { method: "POST", body: "hello", fields: { "Content-Length": "4" } },
    "BODY_MISMATCH",
  ],
  [
    "two lengths",
    {
      method: "POST",
      body: "hello",
      fields: [
        ["Content-Length", "5"],
        ["content-length", "5"],
      ],
    },
    "BODY_MISMATCH",
  ],
  ["a length of no content", { fields: { "Content-Length": "4" } }, "BODY_MISMATCH"],
  [
    "trailers without a chunked content",
    { method: "POST", body: "hello", trailers: () => ({ X: "1" }) },
    "FORBIDDEN_TRAILER",
  ],
];

for (const [name, input, code] of REFUSED) {
  test(`${name} is the caller's mistake, and nothing is sent`, async () => {
    let connected = "";
    await using server = await rawServer(async (peer) => {
      await peer.ended();
      connected = peer.received;
    });
    await using client = new HttpClient();
    await assert.rejects(
      client.request({ ...input, url: server.url }),
      (error) =>
        (error instanceof TransportError || (error instanceof ProtocolError && error.blame === "local")) &&
        error.code === code,
    );
    await client.close();
    assert.equal(connected, "");
  });
}

for (const [name, pieces] of [
  ["shorter", ["hel"]],
  ["longer", ["hello", "!"]],
] as const) {
  test(`a stream ${name} than its Content-Length breaks the connection off`, async () => {
    await using server = await rawServer(() => {});
    await using client = new HttpClient();
    await assert.rejects(
      client.request({
        url: server.url,
        method: "POST",
        body: stream(...pieces),
        fields: { "Content-Length": "5" },
      }),
      (error) => error instanceof TransportError && error.code === "BODY_MISMATCH",
    );
    await client.close();
    await server.peers[0]?.closed();
  });
}

test("an error of the caller's stream is the request's", async () => {
  await using server = await rawServer(() => {});
  await using client = new HttpClient();
  const failure = new Error("disk full");
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1);
    throw failure;
  }
  await assert.rejects(
    client.request({ url: server.url, method: "POST", body: failing() }),
    (error) => error === failure,
  );
});

for (const url of [
  "ftp://a/",
  "data:,x",
  "file:///etc/passwd",
  "/relative",
  "http://",
  "http://a\0b/",
  "http://a b/",
]) {
  test(`${JSON.stringify(url)} is not a URL for HTTP`, async () => {
    await using client = new HttpClient();
    await assert.rejects(
      client.request({ url }),
      (error) => error instanceof TransportError && error.code === "URL_INVALID",
    );
  });
}

for (const url of [
  "http://user:secret@a b/",
  "http://secret:secret@a:99999/",
  "http://user:sec/secret@a b/",
  "http://user:@secret@a b/",
  "//user:secret@a/",
  "user:secret@a",
  "secret:secret@a",
  "ftp://user:secret@a/",
  "http://user:secret@127.0.0.1:1/",
]) {
  test(`an error about ${url} does not show its password`, async () => {
    await using client = new HttpClient();
    await assert.rejects(
      client.request({ url }),
      (error: Error) => !`${error.message} ${error.stack} ${error.cause}`.includes("secret"),
    );
  });
}
