import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import { ProtocolError } from "../../src/http1/errors.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { CERTIFICATE } from "../support/certificate.ts";
import { cuttingServer } from "../support/cutting-server.ts";
import { deferred, type Peer, rawServer } from "./raw-server.ts";

/** A server that sends `answer` and then ends, unless told otherwise. */
function answering(answer: string | Uint8Array, then: "end" | "stay" | "reset" = "end") {
  return rawServer(async (peer: Peer) => {
    await peer.head();
    peer.send(answer);
    if (then === "end") peer.end();
    if (then === "reset") peer.reset();
  });
}

const COMPLETE: [name: string, answer: string, content: string, then?: "stay"][] = [
  ["a length ends the content", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", "stay"],
  [
    "the last chunk ends the content",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
    "hello!",
    "stay",
  ],
  ["the connection's end ends the content", "HTTP/1.1 200 OK\r\n\r\nhello", "hello"],
  ["an HTTP/1.0 answer ends with the connection", "HTTP/1.0 200 OK\r\n\r\nhello", "hello"],
  ["204 has no content", "HTTP/1.1 204 No Content\r\n\r\n", "", "stay"],
  [
    "304 has none, whatever its length says",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    "",
    "stay",
  ],
  ["no reason is a reason", "HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\n!", "!", "stay"],
];

for (const [name, answer, content, then] of COMPLETE) {
  test(name, async () => {
    await using server = await answering(answer, then);
    await using client = new HttpClient();
    const response = await client.request({ url: server.url });
    assert.equal(await response.text(), content);
  });
}

test("the answer to HEAD has no content", async () => {
  await using server = await answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "stay");
  await using client = new HttpClient();
  const response = await client.request({ url: server.url, method: "HEAD" });
  assert.equal(response.fields.get("content-length"), "5");
  assert.equal(await response.text(), "");
});

test("a response has its head, its trailers and the interim responses before it", async () => {
  await using server = await answering(
    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 \r\n\r\n" +
      "HTTP/1.1 201 Made\r\nX-A: 1\r\nx-a: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 7\r\n\r\n",
    "stay",
  );
  await using client = new HttpClient();
  const seen: number[] = [];
  const response = await client.request({
    url: server.url,
    onInformational: ({ status }) => seen.push(status),
  });
  await response.bytes();
  assert.deepEqual([response.status, response.reason, response.version], [201, "Made", "1.1"]);
  assert.deepEqual(response.fields.getAll("x-a"), ["1", "2"]);
  assert.deepEqual(response.trailers.toJSON(), [["X-Sum", "7"]]);
  assert.deepEqual(
    response.informational.map(({ status }) => status),
    [103, 102],
  );
  assert.deepEqual(seen, [103, 102]);
});

test("the steps of an exchange come in their order", async () => {
  await using server = await answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "stay");
  await using client = new HttpClient();
  const response = await client.request({ url: server.url });
  await response.bytes();
  const { connectedMs, sentMs = -1, firstByteMs = -1, endMs = -1 } = response.timings;
  assert.ok(0 < connectedMs && connectedMs <= sentMs && sentMs <= firstByteMs && firstByteMs <= endMs);
  assert.equal(response.connection.reused, false);
  assert.deepEqual(response.connection.remote, { family: "IPv4", host: "127.0.0.1", port: server.port });
});

const BROKEN: [name: string, answer: string, code: string, message: RegExp][] = [
  [
    "a content shorter than its length",
    `HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${"x".repeat(512)}`,
    "BODY_TRUNCATED",
    /^the server closed the connection after 512 of 1000 bytes of content$/,
  ],
  [
    "chunks without a last one",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "BODY_TRUNCATED",
    /^the server closed the connection after 5 bytes of content, before the last chunk$/,
  ],
  [
    "a chunk cut short",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    "BODY_TRUNCATED",
    /after 3 bytes of content/,
  ],
  [
    "a last chunk without the line that ends it",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
    "BODY_TRUNCATED",
    /after 5 bytes of content/,
  ],
  ["an end without any answer", "", "PEER_CLOSED_BEFORE_RESPONSE", /without an answer/],
  [
    "a head cut short",
    "HTTP/1.1 200 OK\r\nContent-Le",
    "PEER_CLOSED_BEFORE_RESPONSE",
    /before the head .* was complete$/,
  ],
  [
    "an end after an interim response",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "PEER_CLOSED_BEFORE_RESPONSE",
    /before the head .* was complete$/,
  ],
  [
    "an alert of TLS",
    "\x15\x03\x01\x00\x02\x02\x46",
    "MALFORMED_STATUS_LINE",
    /^this is an alert of TLS, not HTTP: /,
  ],
  ["what is not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "MALFORMED_STATUS_LINE", /HTTP/],
  ["101 that was not asked for", "HTTP/1.1 101 Switching\r\n\r\n", "UNASKED_SWITCH", /./],
  [
    "a chunk that is too long",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n",
    "MISSING_CHUNK_END",
    /./,
  ],
  [
    "a length beside a coding",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "LENGTH_AND_CODING",
    /./,
  ],
  ["a thousand interim responses", "HTTP/1.1 100 \r\n\r\n".repeat(1000), "TOO_MANY_INFORMATIONAL", /./],
];

for (const [name, answer, code, message] of BROKEN) {
  test(`${name} is an error, never a short success`, async () => {
    await using server = await answering(answer);
    await using client = new HttpClient();
    const read = async () => (await client.request({ url: server.url })).bytes();
    await assert.rejects(read(), (error) => {
      assert.ok(error instanceof TransportError || error instanceof ProtocolError);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      return true;
    });
  });
}

test("the bytes of truncated content that arrived can be read before the error", async () => {
  await using server = await answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  await using client = new HttpClient();
  const response = await client.request({ url: server.url });
  let read = "";
  await assert.rejects(
    async () => {
      for await (const bytes of response.body) read += Buffer.from(bytes).toString();
    },
    (error) =>
      error instanceof TransportError && error.code === "BODY_TRUNCATED" && error.bytesReceived === 5,
  );
  assert.equal(read, "hello");
});

test("without a length, content over TLS ends where TLS does: a FIN alone leaves it truncated", async () => {
  await using server = await cuttingServer("HTTP/1.1 200 OK\r\n\r\nhello", true);
  await using client = new HttpClient({ connect: { tls: { ca: [CERTIFICATE.cert] } } });
  const response = await client.request({ url: `https://localhost:${server.port}` });
  await assert.rejects(response.bytes(), {
    code: "BODY_TRUNCATED",
    phase: "body",
    message: "the server closed the connection without ending TLS after 5 bytes of content",
  });
});

test("with a length, content over TLS is complete however the connection ends", async () => {
  await using server = await cuttingServer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true);
  await using client = new HttpClient({ connect: { tls: { ca: [CERTIFICATE.cert] } } });
  const response = await client.request({ url: `https://localhost:${server.port}` });
  assert.equal(await response.text(), "hello");
});

test("a reset inside the content is an error that says how much came", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    await peer.until("go on");
    peer.reset();
  });
  await using client = new HttpClient();
  async function* sayingGoOn(): AsyncGenerator<Uint8Array> {
    await started.promise;
    yield new TextEncoder().encode("go on");
  }
  const started = deferred();
  const response = await client.request({ url: server.url, method: "POST", body: sayingGoOn() });
  started.resolve();
  await assert.rejects(response.bytes(), (error) => {
    assert.ok(error instanceof TransportError);
    assert.deepEqual([error.code, error.phase], ["PEER_RESET", "body"]);
    assert.equal(error.message, "the server reset the connection after 5 of 10 bytes of content");
    return true;
  });
});

test("a reset in place of an answer is told apart from an end", async () => {
  await using server = await answering("", "reset");
  await using client = new HttpClient();
  await assert.rejects(
    client.request({ url: server.url }),
    (error) => error instanceof TransportError && error.code === "PEER_RESET" && error.phase === "head",
  );
});

const CHARSETS: [type: string, bytes: number[], text: string][] = [
  ["text/plain", [0xc3, 0xa9], "é"],
  ["text/plain; charset=utf-8", [0xef, 0xbb, 0xbf, 0x41], "A"],
  ["text/plain; charset=ISO-8859-1", [0xe9], "é"],
  ['text/plain; charset="windows-1251"', [0xe9], "й"],
  ["text/plain; charset=nonsense", [0xc3, 0xa9], "é"],
];

for (const [type, bytes, text] of CHARSETS) {
  test(`text() of ${type} reads [${bytes}] as ${text}`, async () => {
    const head = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
    await using server = await answering(Buffer.concat([Buffer.from(head), Buffer.from(bytes)]), "stay");
    await using client = new HttpClient();
    assert.equal(await (await client.request({ url: server.url })).text(), text);
  });
}

test("json() reads a value, and says when there is none", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}');
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\noops");
  });
  await using client = new HttpClient();
  assert.deepEqual(await (await client.request({ url: server.url })).json(), { a: 1 });
  const second = await client.request({ url: server.url });
  await assert.rejects(
    second.json(),
    (error) => error instanceof TransportError && error.code === "DECODE_FAILED",
  );
});

test("content is read only once", async () => {
  await using server = await answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "stay");
  await using client = new HttpClient();
  const response = await client.request({ url: server.url });
  await response.bytes();
  await assert.rejects(
    response.text(),
    (error) => error instanceof TransportError && error.code === "BODY_USED",
  );
});

test("content beyond the limit is not gathered", async () => {
  await using server = await answering(
    "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n".padEnd(2100, "x"),
    "stay",
  );
  await using client = new HttpClient({ maxBodyBytes: 1000 });
  const response = await client.request({ url: server.url });
  await assert.rejects(
    response.bytes(),
    (error) => error instanceof TransportError && error.code === "BODY_TOO_LARGE",
  );
});

test("content that is not read stays with the server", async () => {
  const size = 64 * 1024 * 1024;
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`).send(Buffer.alloc(size));
  });
  const received: number[] = [];
  await using client = new HttpClient({
    observe: () => ({
      connection: (event) => {
        if (event.kind === "read") received.push(event.bytes.length);
        if (event.kind === "pause") paused.resolve();
      },
    }),
  });
  const paused = deferred();
  const response = await client.request({ url: server.url });
  await paused.promise;
  const before = received.reduce((sum, length) => sum + length, 0);
  assert.ok(before <= 256 * 1024, `${before} bytes were read ahead`);
  assert.equal((await response.bytes()).length, size);
});

test("after 101 the connection is the caller's, with the bytes that followed the head", async () => {
  await using server = await rawServer(async (peer) => {
    const head = await peer.head();
    assert.match(head, /Upgrade: chat\r\n/);
    peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: upgrade\r\n\r\nwelcome");
    peer.send((await peer.until("!")).toUpperCase());
    peer.end();
  });
  await using client = new HttpClient();
  const { status, upgraded } = await client.request({
    url: server.url,
    fields: { Upgrade: "chat", Connection: "upgrade" },
  });
  assert.equal(status, 101);
  assert.ok(upgraded);
  let read = "";
  await upgraded.write("hi!");
  for await (const bytes of upgraded) read += Buffer.from(bytes).toString();
  assert.equal(read, "welcomeHI!");
  await upgraded.end();
});

test("CONNECT opens a tunnel, and closing the client leaves it open", async () => {
  await using server = await rawServer(async (peer) => {
    assert.match(await peer.head(), /^CONNECT example\.org:443 HTTP\/1\.1\r\nHost: example\.org:443\r\n/);
    peer.send("HTTP/1.1 200 Connected\r\n\r\n");
    peer.send(await peer.until("!"));
  });
  const client = new HttpClient();
  const response = await client.request({
    url: server.url,
    method: "CONNECT",
    target: "example.org:443",
  });
  await client.close();
  assert.ok(response.upgraded);
  await response.upgraded.write("echo!");
  assert.deepEqual(await response.upgraded.read(), new TextEncoder().encode("echo!"));
  response.upgraded.abort();
});

test("a refused upgrade is an answer like any other, and the connection is kept", async () => {
  await using server = await rawServer((peer) =>
    peer.answerAll("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno"),
  );
  await using client = new HttpClient();
  for (const reused of [false, true]) {
    const response = await client.request({
      url: server.url,
      fields: { Upgrade: "chat", Connection: "upgrade" },
    });
    assert.equal(response.upgraded, undefined);
    assert.equal(await response.text(), "no");
    assert.equal(response.connection.reused, reused);
  }
});
