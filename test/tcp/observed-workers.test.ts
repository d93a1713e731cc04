import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { connect } from "../../src/tcp/connect.ts";
import { type Listener, listen } from "../../src/tcp/listen.ts";
import type { FromWorker, ObservedBatch } from "../../src/tcp/models/workers/messages.ts";
import { moduleUrl } from "../../src/tcp/models/workers/module-url.ts";
import { clockOffset } from "../../src/tcp/models/workers/observation-receiver.ts";
import { MAX_UNSEEN_BYTES, ObservationSender } from "../../src/tcp/models/workers/observation-sender.ts";
import { reusePortWorks } from "../../src/tcp/models/workers/reuse-port.ts";
import type { ConnectionEvent } from "../../src/tcp/observer.ts";

const MIB = 1024 * 1024;
const obedient = new URL(
  `../contract/obedient-handler${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`,
  import.meta.url,
);
const echo = { module: moduleUrl("tcp/handlers/echo") };
const here = { family: "IPv4", host: "127.0.0.1", port: 1 } as const;
const accepted = { kind: "accepted", local: here, remote: here } as const;
const closed = { kind: "closed", how: "end", bytesIn: 0, bytesOut: 0 } as const;

/** A sender whose batches are kept, and not seen until `seen` is called. */
function unseenSender() {
  const batches: ObservedBatch[] = [];
  const sender = new ObservationSender((batch) => batches.push(batch));
  return {
    sender,
    batches,
    events: () => batches.flatMap(({ events }) => events.map(({ event }) => event)),
    seen: () => sender.seen(batches.reduce((sum, { size }) => sum + size, 0)),
  };
}

test("what waits for a parent that sees nothing is bounded, and what was dropped is counted", () => {
  const { sender, batches, events } = unseenSender();
  const end = sender.observe();
  end.connection(accepted);
  const bytes = new Uint8Array(64 * 1024);
  const total = 4 * MAX_UNSEEN_BYTES;
  for (let sent = 0; sent < total; sent += bytes.length) {
    end.connection({ kind: "read", bytes });
    sender.flush();
  }
  end.connection(closed);
  sender.flush();
  const held = batches.reduce((sum, batch) => sum + batch.bytes.length, 0);
  assert.ok(held <= MAX_UNSEEN_BYTES && held > MAX_UNSEEN_BYTES / 2, `${held} bytes wait`);
  const [dropped, last] = events().slice(-2);
  assert.ok(dropped?.kind === "dropped");
  assert.equal(dropped.events, dropped.bytesIn / bytes.length);
  assert.equal(held + dropped.bytesIn, total);
  assert.deepEqual(last, closed);
});

test("events go to the parent once a turn, with their bytes in order", async () => {
  const { sender, batches } = unseenSender();
  const [a, b] = [sender.observe(), sender.observe()];
  a.connection(accepted);
  b.connection(accepted);
  a.connection({ kind: "read", bytes: Buffer.from("one") });
  b.connection({ kind: "write", bytes: Buffer.from("two") });
  assert.equal(batches.length, 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(batches.length, 1);
  assert.equal(Buffer.from(batches[0]?.bytes as Uint8Array).toString(), "onetwo");
});

test("a connection that began while there was no room is told when there is room again", () => {
  const { sender, events, seen } = unseenSender();
  sender.observe().connection(accepted);
  const [late, missed] = [sender.observe(), sender.observe()];
  const flood = sender.observe();
  flood.connection({ kind: "read", bytes: new Uint8Array(MAX_UNSEEN_BYTES - 300) });
  sender.flush();
  for (const end of [late, missed]) {
    end.connection(accepted);
    end.connection({ kind: "read", bytes: new Uint8Array(7) });
  }
  missed.connection(closed);
  sender.flush();
  const before = events().length;
  seen();
  late.connection({ kind: "write", bytes: new Uint8Array(7) });
  sender.flush();
  assert.deepEqual(
    events()
      .slice(before)
      .map(({ kind }) => kind),
    ["accepted", "dropped", "write"],
  );
});

test("a connection that came and went while there was no room is counted", () => {
  const { sender, batches, seen } = unseenSender();
  sender.observe().connection({ kind: "read", bytes: new Uint8Array(MAX_UNSEEN_BYTES - 128) });
  sender.flush();
  const missed = sender.observe();
  missed.connection(accepted);
  missed.connection(closed);
  sender.flush();
  seen();
  assert.equal(
    batches.reduce((sum, { unobserved }) => sum + unobserved, 0),
    1,
  );
});

test("clocks that agree need no correction, and others are set so that nothing lies in the future", () => {
  assert.equal(clockOffset(100, 150, 200), 0);
  assert.equal(150_000 + clockOffset(100, 150_000, 200), 200);
  assert.equal(50 + clockOffset(100, 50, 200), 200);
});

// In a thread of its own, so that it goes on while this thread is blocked.
const FLOODING_CLIENT = `
  const { parentPort, workerData: { port, bytes, done } } = require("node:worker_threads");
  const socket = require("node:net").connect(port);
  let received = 0;
  socket.write("?");
  socket.once("data", () => parentPort.postMessage("served"));
  socket.on("data", (chunk) => {
    received += chunk.length;
    if (received < bytes + 1) return;
    Atomics.store(new Int32Array(done), 0, 1);
    Atomics.notify(new Int32Array(done), 0);
    socket.end();
  });
  parentPort.once("message", () => {
    parentPort.close();
    socket.write(Buffer.alloc(bytes));
  });
`;

for (const model of ["threads", "processes"] as const) {
  test(`while the parent is blocked, its memory is bounded and it learns what it missed (${model})`, {
    timeout: 120_000,
    skip:
      model === "threads" &&
      !(await reusePortWorks()) &&
      "this Node relays: the parent sees the bytes itself",
  }, async () => {
    const events: ConnectionEvent[] = [];
    const seen = { read: 0, write: 0 };
    await using listener = await listen({
      model,
      workers: 1,
      handler: echo,
      observe: () => ({
        connection(event) {
          events.push(event);
          if ("bytes" in event) seen[event.kind] += event.bytes.length;
        },
      }),
    });
    const done = new SharedArrayBuffer(4);
    const bytes = 2 * MAX_UNSEEN_BYTES;
    const client = new Worker(FLOODING_CLIENT, {
      eval: true,
      workerData: { port: portOf(listener), bytes, done },
    });
    await once(client, "message");
    client.postMessage("go");
    assert.notEqual(Atomics.wait(new Int32Array(done), 0, 0, 60_000), "timed-out");
    await once(client, "exit");
    await listener.stop();
    const told = seen.read + seen.write;
    assert.ok(told <= MAX_UNSEEN_BYTES + MIB, `${told} bytes were kept for the parent`);
    const gaps = events.flatMap((event) => (event.kind === "dropped" ? [event] : []));
    const missed = (name: "events" | "bytesIn" | "bytesOut") => gaps.reduce((sum, gap) => sum + gap[name], 0);
    assert.ok(missed("events") > 0);
    assert.deepEqual(
      [seen.read + missed("bytesIn"), seen.write + missed("bytesOut")],
      [bytes + 1, bytes + 1],
    );
    assert.deepEqual(events.at(-1), { kind: "closed", how: "end", bytesIn: bytes + 1, bytesOut: bytes + 1 });
  });
}

test("connections of a process that is killed end as an error", async () => {
  const events: ConnectionEvent[] = [];
  const told = new EventEmitter();
  await using listener = await listen({
    model: "processes",
    workers: 1,
    handler: echo,
    observe: () => ({
      connection(event) {
        events.push(event);
        if (event.kind === "write" || event.kind === "closed") told.emit(event.kind);
      },
    }),
  });
  await using connection = await connect({ port: portOf(listener) });
  const written = once(told, "write");
  await connection.write("x");
  await written;
  const over = once(told, "closed");
  process.kill(listener.workers[0]?.pid as number, "SIGKILL");
  await over;
  const [error, last] = events.slice(-2);
  assert.ok(error?.kind === "error");
  assert.deepEqual([error.code, error.message], ["WORKER_LOST", "worker 1 is gone: killed by SIGKILL"]);
  assert.deepEqual(last, { kind: "closed", how: "error", bytesIn: 1, bytesOut: 1 });
});

for (const model of ["threads", "processes"] as const) {
  test(`a worker that replaces another one is observed, too (${model})`, { timeout: 60_000 }, async () => {
    const told = new EventEmitter();
    let kinds: string[] = [];
    await using listener = await listen({
      model,
      workers: 1,
      handler: { module: obedient },
      onWorker: ({ kind }) => told.emit(kind),
      observe: () => {
        const own: string[] = [];
        kinds = own;
        return { connection: ({ kind }) => void (own.push(kind) && kind === "closed" && told.emit(kind)) };
      },
    });
    for (const [word, over] of [
      ["crash", "lost"],
      ["hello", "closed"],
    ] as const) {
      const happened = once(told, over);
      const replaced = word === "crash" ? once(told, "started") : undefined;
      await using connection = await connect({ port: portOf(listener) });
      await connection.write(word);
      await connection.read().catch(() => undefined);
      await connection.end().catch(() => undefined);
      await happened;
      await replaced;
    }
    assert.deepEqual(kinds, ["accepted", "read", "write", "peer-end", "end", "closed"]);
  });
}

for (const observed of [true, false]) {
  test(`a worker sends what its connections do ${observed ? "home if" : "nowhere unless"} somebody observes`, async () => {
    const worker = fork(fileURLToPath(moduleUrl("tcp/models/workers/entry")), { execArgv: process.execArgv });
    const messages: FromWorker[] = [];
    const told = new EventEmitter();
    worker.on("message", (message: FromWorker) => {
      messages.push(message);
      told.emit(message.type, message);
    });
    const ready = once(told, "ready");
    worker.send({
      type: "setup",
      module: echo.module.href,
      bind: { host: "127.0.0.1", port: 0, backlog: 10, keepAliveMs: 0 },
      idleTimeoutMs: 0,
      observed,
    });
    const [{ address }] = await ready;
    const over = once(told, "closed");
    await using connection = await connect({ port: address.port });
    await connection.write("x");
    await connection.end();
    await over;
    const gone = once(worker, "exit");
    worker.disconnect();
    await gone;
    assert.equal(
      messages.some(({ type }) => type === "observed"),
      observed,
    );
  });
}

const portOf = ({ address }: Listener): number => (address.family === "unix" ? 0 : address.port);
