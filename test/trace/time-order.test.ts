import assert from "node:assert/strict";
import { test } from "node:test";
import type { BytesRecord } from "../../src/trace/record.ts";
import { recordTrace } from "../../src/trace/recorder.ts";
import { TimeOrder } from "../../src/trace/time-order.ts";

const record = (t: number, connection: number, bytes = 1): BytesRecord => ({
  v: 1,
  t,
  connection,
  role: "server",
  type: "bytes",
  direction: "in",
  offset: 0,
  bytes: new Uint8Array(bytes),
});

test("a record that is told late stands where it happened, and records of one time keep their order", () => {
  const passed: [number, number][] = [];
  const order = new TimeOrder(({ t, connection }) => passed.push([t, connection]));
  for (const [t, connection] of [
    [1, 1],
    [5, 1],
    [3, 2],
    [5, 2],
    [9, 1],
  ] as const)
    order.add(record(t, connection));
  order.flush(5);
  assert.deepEqual(passed.splice(0), [
    [1, 1],
    [3, 2],
    [5, 1],
    [5, 2],
  ]);
  assert.equal(order.isEmpty, false);
  order.add(record(2, 3));
  order.flush();
  assert.deepEqual(passed, [
    [2, 3],
    [9, 1],
  ]);
  assert.equal(order.isEmpty, true);
});

test("what waits for late records has a limit", () => {
  const order = new TimeOrder(() => {}, 10_000);
  order.add(record(1, 1, 9_000));
  assert.equal(order.isFull, false);
  order.add(record(2, 1, 1_000));
  assert.equal(order.isFull, true);
  order.flush(1);
  assert.equal(order.isFull, false);
});

test("a recorder puts what it is told late where it happened", () => {
  const recorder = recordTrace();
  const [here, worker] = [recorder.observe("client"), recorder.observe("server")];
  const before = Number(process.hrtime.bigint());
  here.connection({ kind: "read", bytes: new Uint8Array(1) });
  worker.connection({ kind: "read", bytes: new Uint8Array(1) }, before);
  assert.deepEqual(
    recorder.records.map(({ role }) => role),
    ["server", "client"],
  );
});

test("offsets are right behind a gap", () => {
  const recorder = recordTrace();
  const observer = recorder.observe("server");
  observer.connection({ kind: "read", bytes: new Uint8Array(10) });
  observer.connection({ kind: "dropped", events: 3, bytesIn: 100, bytesOut: 50 });
  observer.connection({ kind: "read", bytes: new Uint8Array(1) });
  observer.connection({ kind: "write", bytes: new Uint8Array(1) });
  const offsets = recorder.records.flatMap((each) => (each.type === "bytes" ? [each.offset] : []));
  assert.deepEqual(offsets, [0, 110, 50]);
});
