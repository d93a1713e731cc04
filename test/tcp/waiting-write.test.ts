import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../../src/tcp/connect.ts";
import type { TcpConnection } from "../../src/tcp/connection.ts";
import { listen } from "../../src/tcp/listen.ts";
import { memoryConnectionPair } from "../../src/tcp/memory-connection.ts";

/** A write that waits because nobody reads. */
function waitingWrite(connection: TcpConnection): Promise<void> {
  const piece = new Uint8Array(256 * 1024);
  while (connection.send(piece));
  return connection.write(piece);
}

test("a write that waits fails when its connection is aborted, on either side", async () => {
  const [ours, peer] = memoryConnectionPair();
  peer.pause();
  const written = assert.rejects(waitingWrite(ours), { code: "ABORTED" });
  ours.abort();
  await written;

  const [near, far] = memoryConnectionPair();
  far.pause();
  const lost = assert.rejects(waitingWrite(near), { code: "PEER_RESET" });
  far.abort();
  await lost;
});

test("a write that waits fails when its connection is aborted, over TCP", async () => {
  await using listener = await listen({
    handler: async (connection) => {
      connection.pause();
      await connection.closed;
    },
  });
  const connection = await connect({ port: (listener.address as { port: number }).port });
  const written = assert.rejects(waitingWrite(connection), { code: "ABORTED" });
  connection.abort();
  await written;
});
