import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { reserveBegins } from "../../src/tcp/descriptors.ts";
import { handler as echo } from "../../src/tcp/handlers/echo.ts";
import { type Listener, type ListenOptions, listen, type OverloadInfo } from "../../src/tcp/listen.ts";
import { moduleUrl } from "../../src/tcp/models/workers/module-url.ts";
import { settled } from "../http/raw-client.ts";
import { CERTIFICATE } from "../support/certificate.ts";

// checks/emfile.ts shows that a process with few descriptors reports each connection it refuses.

const echoModule = { module: moduleUrl("tcp/handlers/echo") };

/** A listener with room for some clients, and what it reported of the others. */
async function listenFor(maxConnections: number, options: Partial<ListenOptions> = {}) {
  const told: OverloadInfo[] = [];
  const onOverload = (info: OverloadInfo): void => void told.push(info);
  const listener = await listen({ handler: echoModule, ...options, maxConnections, onOverload });
  return { listener, told, [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() };
}

/** Whether the bytes of a new client come back. */
async function isServed(listener: Listener): Promise<readonly [boolean, net.Socket]> {
  const { port } = listener.address as { port: number };
  const socket = net.connect(port, "127.0.0.1").on("error", () => {});
  socket.write("hello");
  const answered = await new Promise<boolean>((resolve) => {
    socket.once("data", () => resolve(true)).once("close", () => resolve(false));
  });
  return [answered, socket];
}

for (const model of ["event-loop", "threads", "processes"] as const) {
  test(`a client beyond maxConnections is closed, counted and reported, and a free place is used (${model})`, async () => {
    await using stage = await listenFor(1, { model, workers: 1 });
    const { listener, told } = stage;
    const [served, first] = await isServed(listener);
    assert.equal(served, true);
    for (const refused of [1, 2]) {
      assert.equal((await isServed(listener))[0], false);
      // A report of a worker may still be on its way.
      while (listener.refused < refused) await settled();
      assert.deepEqual(told.at(-1), { open: 1, limit: 1, reason: "max-connections", refused });
    }
    first.end().resume();
    await once(first, "close");
    let again = await isServed(listener);
    while (!again[0]) again = await isServed(listener);
    again[1].destroy();
    assert.equal(listener.refused, told.length);
  });
}

test("the sequential model refuses nobody: the others wait", async () => {
  await using stage = await listenFor(1, { model: "sequential" });
  const [served, first] = await isServed(stage.listener);
  assert.equal(served, true);
  const second = isServed(stage.listener);
  first.destroy();
  assert.equal((await second)[0], true);
  (await second)[1].destroy();
  assert.equal(stage.listener.refused, 0);
});

test("onFull may make room for the new one", async () => {
  const sockets: net.Socket[] = [];
  let asked = 0;
  const onFull = (): Promise<unknown> | undefined => {
    asked++;
    const leaving = sockets.shift();
    return leaving && once(leaving.destroy(), "close");
  };
  await using stage = await listenFor(1, { handler: echo, onFull });
  for (let turn = 0; turn < 3; turn++) {
    const [served, socket] = await isServed(stage.listener);
    assert.equal(served, true);
    sockets.push(socket);
  }
  assert.equal(asked, 2);
  assert.deepEqual(stage.told, []);
  sockets.pop()?.destroy();
});

test("a TLS handshake that is under way takes a place", async () => {
  await using stage = await listenFor(1, { handler: echo, tls: CERTIFICATE });
  const { port } = stage.listener.address as { port: number };
  const silent = net.connect(port, "127.0.0.1").on("error", () => {});
  await once(silent, "connect");
  assert.equal((await isServed(stage.listener))[0], false);
  assert.deepEqual(stage.told, [{ open: 1, limit: 1, reason: "max-connections", refused: 1 }]);
  silent.destroy();
});

test("an eighth of the descriptors, 16 to 256 of them, is not for connections", () => {
  assert.equal(reserveBegins(64), 48);
  assert.equal(reserveBegins(256), 224);
  assert.equal(reserveBegins(1024), 896);
  assert.equal(reserveBegins(1_048_576), 1_048_320);
  assert.equal(reserveBegins(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
});
