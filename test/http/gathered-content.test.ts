import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import { wholeContent } from "../../src/http/whole-content.ts";
import { rawServer } from "./raw-server.ts";

test("endless content is gathered up to its limit, and then given up", async () => {
  let given = 0;
  let left = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (; given < 1000; given += 10) yield new Uint8Array(10);
    } finally {
      left = true;
    }
  }
  await assert.rejects(wholeContent(endless(), 95), { code: "BODY_TOO_LARGE" });
  assert.equal(given, 90);
  assert.equal(left, true);
});

test("content of exactly the limit is complete", async () => {
  async function* content(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 10; i++) yield new Uint8Array(10).fill(i);
  }
  assert.equal((await wholeContent(content(), 100)).length, 100);
});

test("a response that does not end is gathered up to the limit, and its connection is closed", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (!peer.socket.destroyed) {
      peer.send(`400\r\n${"x".repeat(1024)}\r\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  await using client = new HttpClient({ maxBodyBytes: 4096 });
  const response = await client.request({ url: server.url });
  await assert.rejects(response.bytes(), { code: "BODY_TOO_LARGE" });
  await server.peers[0]?.closed();
});

test("a content that says it is longer than the limit is refused before it comes, and its connection is closed", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n");
  });
  await using client = new HttpClient({ maxBodyBytes: 1_000_000 });
  for (const read of ["bytes", "text", "json"] as const) {
    const response = await client.request({ url: server.url });
    await assert.rejects(response[read](), { code: "BODY_TOO_LARGE" });
    await assert.rejects(response.text(), { code: "BODY_USED" });
  }
  for (const peer of server.peers) await peer.closed();
});
