import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import type { TcpConnection } from "../../src/tcp/connection.ts";
import { listen } from "../../src/tcp/listen.ts";

const SENT_BYTES = 512 * 1024;

test("an observed connection reads 64 KiB, then others have their turn", async () => {
  let tell = (_: TcpConnection): void => {};
  const accepted = new Promise<TcpConnection>((resolve) => {
    tell = resolve;
  });
  await using listener = await listen({
    handler: async (connection) => {
      connection.pause();
      tell(connection);
      await connection.closed;
    },
    observe: () => ({ connection() {} }),
  });
  const { port } = listener.address as { port: number };
  const socket = net.connect(port, "127.0.0.1");
  socket.resume();
  await once(socket, "connect");
  const connection = await accepted;
  // The kernel holds all of it before the first byte is read.
  await new Promise((resolve) => socket.write(new Uint8Array(SENT_BYTES), resolve));

  let received = 0;
  const first = await new Promise<number>((resolve) => {
    connection.attach({
      onBytes(bytes) {
        if (received === 0) setImmediate(() => resolve(received));
        received += bytes.length;
        if (received === SENT_BYTES) socket.end();
      },
      onEnd: () => void connection.end(),
      onClose() {},
    });
    connection.resume();
  });
  assert.ok(first <= 128 * 1024, `${first} bytes in the first turn`);
  await once(socket, "close");
  assert.equal(received, SENT_BYTES);
});
