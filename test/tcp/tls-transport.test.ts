import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { TlsTransport } from "../../src/tcp/tls-transport.ts";

test("while TLS does not read, the socket below stops, and no bytes are lost", async (t) => {
  const whole = new Uint8Array(4 * 1024 * 1024);
  const server = net.createServer((socket) => socket.end(whole)).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const transport = new TlsTransport(socket);
  // Half-open, it would keep the process alive for good.
  t.after(() => transport.destroy());
  while (!socket.isPaused()) {
    assert.ok(transport.readableLength < 1024 * 1024, "a megabyte waits for a reader");
    await setImmediate();
  }
  let received = 0;
  for await (const chunk of transport) received += chunk.length;
  assert.equal(received, whole.length);
});
