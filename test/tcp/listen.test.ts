import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect } from "../../src/tcp/connect.ts";
import type { TcpConnection } from "../../src/tcp/connection.ts";
import { handler as echo } from "../../src/tcp/handlers/echo.ts";
import { type Listener, type ListenOptions, listen } from "../../src/tcp/listen.ts";
import { mechanisms } from "../../src/tcp/mechanisms.ts";
import { MODEL_NAMES } from "../../src/tcp/models/model.ts";
import { moduleUrl } from "../../src/tcp/models/workers/module-url.ts";

const directory = mkdtempSync(join(tmpdir(), "wirepane-"));
after(() => rmSync(directory, { recursive: true }));
const echoModule = { module: moduleUrl("tcp/handlers/echo") };

function portOf(listener: Listener): number {
  return (listener.address as { port: number }).port;
}

for (const model of MODEL_NAMES) {
  test(`a port that is in use is named (${model})`, async () => {
    await using first = await listen({ model: "event-loop", handler: echo });
    const port = portOf(first);
    await assert.rejects(listen({ port, model, handler: echoModule }), {
      name: "TransportError",
      code: "ADDRESS_IN_USE",
      message: `cannot listen on 127.0.0.1:${port}: the port is in use`,
    });
  });

  test(`a port taken by this model is in use for others (${model})`, async () => {
    await using first = await listen({ model, workers: 2, handler: echoModule });
    await assert.rejects(listen({ port: portOf(first), model, handler: echoModule }), {
      code: "ADDRESS_IN_USE",
    });
  });

  test(`an abort signal stops the listener (${model})`, async () => {
    const controller = new AbortController();
    const listener = await listen({ model, workers: 2, handler: echoModule, signal: controller.signal });
    controller.abort();
    await listener.stop();
    await assert.rejects(connect({ port: portOf(listener) }), { code: "CONNECT_REFUSED" });
  });
}

test("a folder without write permission is a permission error", async () => {
  const folder = mkdtempSync(join(directory, "closed-"));
  chmodSync(folder, 0o555);
  const isRoot = process.geteuid?.() === 0;
  // Root may write everywhere, so become another user for a moment.
  if (isRoot) process.seteuid?.(65_534);
  try {
    await assert.rejects(listen({ path: join(folder, "a.sock"), handler: echo }), {
      code: "PERMISSION",
      message: /^cannot listen on .*a\.sock: permission denied$/,
    });
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test("the error says that an address belongs to another machine", async () => {
  await assert.rejects(listen({ host: "192.0.2.1", handler: echo }), {
    code: "ADDRESS_NOT_AVAILABLE",
    message: "cannot listen on 192.0.2.1:0: this machine does not have that address",
  });
});

for (const port of [-1, 65_536, 1.5]) {
  test(`${port} is refused as a port to listen on`, async () => {
    await assert.rejects(listen({ port, handler: echo }), { name: "TransportError", phase: "listen" });
  });
}

test("without a host the listener accepts connections from this machine only", async () => {
  await using listener = await listen({ handler: echo });
  assert.equal((listener.address as { host: string }).host, "127.0.0.1");
});

for (const model of ["threads", "processes"] as const) {
  test(`a function is refused by the ${model} model, which says what to give instead`, async () => {
    await assert.rejects(listen({ model, handler: echo }), {
      code: "HANDLER_INVALID",
      message: new RegExp(
        `^the ${model} model runs the handler in another (thread|process), where a function cannot go: .*module`,
      ),
    });
  });
}

for (const model of MODEL_NAMES) {
  test(`a handler module that is missing, or has no handler, is named (${model})`, async () => {
    const refused = (module: string) =>
      assert.rejects(listen({ model, handler: { module } }), { code: "HANDLER_INVALID" });
    await refused(join(directory, "missing.js"));
    const empty = join(directory, `empty-${model}.mjs`);
    writeFileSync(empty, "export const other = 1;");
    await refused(empty);
  });
}

test("connections beyond the limit are closed at once", async () => {
  await using listener = await listen({ handler: echo, maxConnections: 1 });
  await using first = await connect({ port: portOf(listener) });
  await first.write("x");
  await first.read();
  await using second = await connect({ port: portOf(listener) });
  assert.equal(await second.read().catch(() => undefined), undefined);
  assert.equal(listener.open, 1);
});

for (const model of ["event-loop", "sequential"] as const) {
  test(`a peer that never reads does not fill the memory of the server (${model})`, async () => {
    let server: TcpConnection | undefined;
    const options: ListenOptions = {
      model,
      handler: (connection) => {
        server = connection;
        return echo(connection);
      },
    };
    await using listener = await listen(options);
    const client = await connect({ port: portOf(listener) });
    // The client is served, and does not read from now on.
    await client.write("x");
    await client.read();
    client.pause();
    const chunk = new Uint8Array(64 * 1024);
    const limit = 64 * 1024 * 1024;
    let sent = 0;
    const giveUp = new AbortController();
    const stalled = new Promise<void>((resolve) => giveUp.signal.addEventListener("abort", () => resolve()));
    while (!giveUp.signal.aborted && sent < limit) {
      sent += chunk.length;
      const timer = setTimeout(() => giveUp.abort(), 200);
      await Promise.race([client.write(chunk), stalled]);
      clearTimeout(timer);
    }
    assert.ok(sent < limit, "the client was never made to wait");
    assert.ok(server);
    const held = server.bytesIn - server.bytesOut;
    assert.ok(held <= 512 * 1024, `the server holds ${held} bytes`);
    client.abort();
  });
}

test("the mechanisms of all models can be asked for without listening", async () => {
  const found = await mechanisms();
  assert.deepEqual(Object.keys(found).sort(), [...MODEL_NAMES].sort());
  for (const words of Object.values(found)) assert.match(words, /\w+ \w+/);
});
