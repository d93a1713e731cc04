import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { HttpClient } from "../../src/http.ts";
import { connect } from "../../src/tcp/connect.ts";

// The peer sends and ends while this thread does something else: data and end are there when it looks at the socket again.
// libuv then tells an end (FIN), whatever came.

const PEER = `
  const { workerData: { done, how, text }, parentPort } = require("node:worker_threads");
  const over = () => {
    Atomics.store(done, 0, 1);
    Atomics.notify(done, 0);
  };
  const server = require("node:net").createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      server.close();
      if (how === "reset") socket.on("close", over).write(text, () => socket.resetAndDestroy());
      else socket.end(text, over);
    });
  });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`;

async function peer(how: "reset" | "end", text: string) {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(PEER, { eval: true, workerData: { done, how, text } });
  const [port] = await once(worker, "message");
  return {
    port: port as number,
    /** This thread waits until the peer is through. */
    awaitEnd: () => assert.notEqual(Atomics.wait(done, 0, 0, 10_000), "timed-out"),
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  };
}

test("a reset right behind data is no end", async () => {
  await using server = await peer("reset", "part");
  await using connection = await connect({ host: "127.0.0.1", port: server.port });
  await connection.write("x");
  server.awaitEnd();
  assert.equal(Buffer.from((await connection.read()) ?? []).toString(), "part");
  await assert.rejects(connection.read(), { code: "PEER_RESET", phase: "read", bytesReceived: 4 });
  assert.equal((await connection.closed).how, "peer-abort");
});

test("an end right behind data is an end, and we may still write", async () => {
  await using server = await peer("end", "all");
  await using connection = await connect({ host: "127.0.0.1", port: server.port });
  await connection.write("x");
  server.awaitEnd();
  assert.equal(Buffer.from((await connection.read()) ?? []).toString(), "all");
  assert.equal(await connection.read(), undefined);
  await connection.write("y");
  await connection.end();
  assert.equal((await connection.closed).how, "end");
});

test("content that ends with the connection is not complete when the connection was reset", async () => {
  await using server = await peer("reset", "HTTP/1.1 200 OK\r\n\r\npart");
  await using client = new HttpClient({
    observe: () => ({
      connection: ({ kind }) => {
        if (kind === "write") setImmediate(server.awaitEnd);
      },
    }),
  });
  const response = await client.request({ url: `http://127.0.0.1:${server.port}/` });
  await assert.rejects(response.text(), { code: "PEER_RESET" });
});
