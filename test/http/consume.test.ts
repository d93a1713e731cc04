import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { HttpClient } from "../../src/http/client/client.ts";
import { isReceiveMemory } from "../../src/tcp/socket-reader.ts";
import { deferred, type Peer, rawServer } from "./raw-server.ts";

const CONTENT = Buffer.from(Uint32Array.from({ length: 1 << 19 }, (_, i) => i * 2654435761).buffer);

function chunked(content: Uint8Array, size: number): Buffer {
  const chunks: (Uint8Array | string)[] = [];
  for (let at = 0; at < content.length; at += size) {
    const chunk = content.subarray(at, at + size);
    chunks.push(`${chunk.length.toString(16)}\r\n`, chunk, "\r\n");
  }
  return Buffer.concat([...chunks, "0\r\nX-Sum: 7\r\n\r\n"].map((part) => Buffer.from(part)));
}

const SHAPES: [how: string, head: string, body: Buffer][] = [
  ["a length", `Content-Length: ${CONTENT.length}\r\n`, CONTENT],
  ["large chunks", "Transfer-Encoding: chunked\r\n", chunked(CONTENT, 100_000)],
  ["small chunks", "Transfer-Encoding: chunked\r\n", chunked(CONTENT, 100)],
  ["the connection's end", "", CONTENT],
  ["gzip", "Content-Encoding: gzip\r\n", zlib.gzipSync(CONTENT)],
];

const answering = (head: string, body: Uint8Array, then: "end" | "stay" = "end") =>
  rawServer(async (peer: Peer) => {
    await peer.head();
    peer.send(`HTTP/1.1 200 OK\r\n${head}\r\n`);
    peer.send(body);
    if (then === "end") peer.end();
  });

for (const [how, head, body] of SHAPES) {
  for (const awaited of [false, true]) {
    test(`what consume gives is the content: framed by ${how}${awaited ? ", a piece at a time" : ""}`, async () => {
      await using server = await answering(head, body);
      await using client = new HttpClient();
      const response = await client.request({ url: server.url, decode: true });
      const pieces: Uint8Array[] = [];
      let open = 0;
      await response.consume((bytes) => {
        assert.equal(open, 0, "the promise of the last piece is not settled yet");
        pieces.push(Uint8Array.from(bytes));
        if (!awaited) return undefined;
        open++;
        return new Promise<void>((resolve) => setImmediate(() => resolve())).then(() => void open--);
      });
      assert.ok(Buffer.concat(pieces).equals(CONTENT));
      assert.equal(response.trailers.get("x-sum"), how.endsWith("chunks") ? "7" : undefined);
    });
  }
}

test("consumed bytes are in the memory that they were read into, and are not copied", async () => {
  await using server = await answering(`Content-Length: ${CONTENT.length}\r\n`, CONTENT);
  await using client = new HttpClient();
  const response = await client.request({ url: server.url });
  let [inPlace, all] = [0, 0];
  await response.consume((bytes) => {
    all += bytes.length;
    if (isReceiveMemory(bytes)) inPlace += bytes.length;
  });
  assert.equal(all, CONTENT.length);
  // Content that came with the head, before the caller could call consume(), had to be copied.
  assert.ok(inPlace > all / 2, `${inPlace} of ${all}`);
});

test("the connection is used again after content was consumed", async () => {
  await using server = await rawServer(async (peer: Peer) => {
    for (const content of ["first", "other"]) {
      await peer.head();
      peer.send(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${content}`);
    }
  });
  await using client = new HttpClient();
  for (const [content, reused] of [
    ["first", false],
    ["other", true],
  ] as const) {
    const response = await client.request({ url: server.url });
    let seen = "";
    await response.consume((bytes) => {
      seen += Buffer.from(bytes).toString("latin1");
    });
    assert.deepEqual([seen, response.connection.reused], [content, reused]);
  }
});

for (const how of ["throws", "rejects"] as const) {
  test(`what take ${how} ends it, and the connection of a long content`, async () => {
    await using server = await answering(`Content-Length: ${CONTENT.length}\r\n`, CONTENT, "stay");
    await using client = new HttpClient();
    const response = await client.request({ url: server.url });
    const problem = new Error("no room");
    let calls = 0;
    const consumed = response.consume(() => {
      calls++;
      if (how === "throws") throw problem;
      return Promise.reject(problem);
    });
    await assert.rejects(consumed, problem);
    assert.equal(calls, 1);
    const [peer] = server.peers;
    assert.ok(peer);
    await peer.ended();
  });
}

test("content that is cut is an error, after the bytes that came", async () => {
  await using server = await answering("Content-Length: 9\r\n", Buffer.from("hello"));
  await using client = new HttpClient();
  const response = await client.request({ url: server.url });
  let seen = "";
  const consumed = response.consume((bytes) => {
    seen += Buffer.from(bytes).toString("latin1");
  });
  await assert.rejects(consumed, { code: "BODY_TRUNCATED" });
  assert.equal(seen, "hello");
});

test("content is consumed only once, and not after it was read", async () => {
  await using server = await answering("Content-Length: 5\r\n", Buffer.from("hello"), "stay");
  await using client = new HttpClient();
  const response = await client.request({ url: server.url });
  assert.equal(await response.text(), "hello");
  await assert.rejects(
    response.consume(() => {}),
    { code: "BODY_USED" },
  );
});

test("discard() while a piece is in use ends the content there", async () => {
  await using server = await answering(`Content-Length: ${CONTENT.length}\r\n`, CONTENT, "stay");
  await using client = new HttpClient();
  const response = await client.request({ url: server.url });
  const work = deferred();
  let calls = 0;
  const consumed = response.consume(() => {
    calls++;
    return work.promise;
  });
  while (calls === 0) await new Promise((resolve) => setImmediate(resolve));
  response.discard();
  await consumed;
  work.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(calls, 1);
});
