import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { relay } from "../../src/tcp/relay.ts";
import { connect, listen } from "../../src/tcp.ts";

test("a relay stops reading while the other side takes nothing, and goes on when it does", async () => {
  const far = net.createServer();
  await once(far.listen(0, "127.0.0.1"), "listening");
  const { port } = far.address() as net.AddressInfo;
  const length = 32 * 1024 * 1024;
  let queued = 0;
  let onPause = (): void => {};
  const paused = new Promise<void>((resolve) => {
    onPause = resolve;
  });
  await using near = await listen({
    handler: async (connection) => {
      const behind = await connect({ port });
      relay(connection, behind);
      paused.then(() => {
        queued = behind.queuedBytes;
      });
      await Promise.all([connection.closed, behind.closed]);
    },
    observe: () => ({ connection: ({ kind }) => kind === "pause" && onPause() }),
  });
  const { address } = near;
  if (address.family === "unix") throw new Error("a port was expected");
  const client = net.connect(address.port, "127.0.0.1");
  const [reader] = (await Promise.all([once(far, "connection"), once(client, "connect")]))[0] as [net.Socket];
  client.end(Buffer.alloc(length));
  await paused;
  assert.ok(queued < 1024 * 1024, `${queued} bytes wait in the relay`);
  let received = 0;
  for await (const chunk of reader) received += (chunk as Buffer).length;
  assert.equal(received, length);
  client.destroy();
  far.close();
});
