import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HttpClient, practice, serve } from "wirepane/http";
import { recordTrace, type TraceRecord } from "wirepane/trace";
import type { Conversation } from "../../src/lab/model/conversation.ts";
import { Overview } from "../../src/lab/model/overview.ts";
import { Recording } from "../../src/lab/model/recording.ts";
import { sparkline, waitsOf } from "../../src/lab/model/waits.ts";

const MS = 1e6;

const at = (ms: number) => ({ v: 1, t: ms * MS, connection: 1, role: "client" }) as const;
const event = (ms: number, event: Extract<TraceRecord, { type: "connection" }>["event"]): TraceRecord => ({
  ...at(ms),
  type: "connection",
  event,
});
const bytes = (ms: number, direction: "in" | "out", offset: number, length = 1): TraceRecord => ({
  ...at(ms),
  ...{ type: "bytes", direction, offset, bytes: new Uint8Array(length) },
});

const remote = { family: "IPv4", host: "127.0.0.1", port: 7 } as const;
const local = { ...remote, port: 50_000 };

function only(records: readonly TraceRecord[]): Conversation {
  const recording = new Recording();
  for (const record of records) recording.add(record);
  assert.equal(recording.conversations.length, 1);
  return recording.conversations[0] as Conversation;
}

const inMs = (records: readonly TraceRecord[]) =>
  waitsOf(only(records)).map(({ from, to }) => [from / MS, to / MS]);

const opening = [event(0, { kind: "attempt", remote }), event(4, { kind: "connected", local, remote })];

test("without HTTP a client waits for its connection, and from its bytes to the next ones of the peer", () => {
  const talk = [
    ...[bytes(5, "out", 0), bytes(6, "out", 1), bytes(9, "in", 0), bytes(10, "in", 1)],
    ...[bytes(12, "out", 2), bytes(20, "in", 2)],
  ];
  assert.deepEqual(inMs([...opening, ...talk]), [
    [0, 4],
    [5, 9],
    [12, 20],
  ]);
});

test("where only the server was recorded, the client waits from its bytes to the server's next ones", () => {
  const accepted = { kind: "accepted", local: remote, remote: local } as const;
  const talk = [
    event(0, accepted),
    bytes(3, "in", 0),
    bytes(5, "out", 0),
    bytes(40, "in", 1),
    bytes(41, "out", 1),
  ];
  assert.deepEqual(inMs(talk.map((record): TraceRecord => ({ ...record, role: "server" }))), [
    [3, 5],
    [40, 41],
  ]);
});

test("a wait lasts to the last record, unless the peer has ended", () => {
  const asked = [...opening, bytes(5, "out", 0)];
  assert.deepEqual(inMs([...asked, event(30, { kind: "pause" })]).at(-1), [5, 30]);
  const ended = [event(8, { kind: "peer-end" }), event(30, { kind: "end" })];
  assert.deepEqual(inMs([...asked, ...ended]).at(-1), [5, 8]);
});

test("with HTTP a client waits for the first byte of each response", async () => {
  const recorder = recordTrace();
  await using server = await serve({ handler: practice() });
  await using client = new HttpClient({ observe: () => recorder.observe("client") });
  for (const path of ["/hello", "/delay/0.06"]) {
    const response = await client.request({ url: new URL(path, server.url) });
    await response.bytes();
  }
  const conversation = only(recorder.records);
  const waits = waitsOf(conversation);
  assert.equal(waits.length, 3);
  const [connecting, hello, delayed] = waits.map(({ from, to }) => (to - from) / MS) as [
    number,
    number,
    number,
  ];
  assert.ok(connecting > 0 && hello > 0);
  assert.ok(delayed >= 59, `/delay/0.06 was waited for ${delayed} ms`);
  assert.equal(waits[2]?.to, conversation.exchanges[1]?.response?.startedNs);
});

test("a sparkline has the share that was waited of each part of the time", () => {
  const waits = [
    { from: 0, to: 5 },
    { from: 10, to: 30 },
  ];
  assert.deepEqual(sparkline(waits, { from: 0, to: 40 }, 4), [0.5, 1, 1, 0]);
  assert.deepEqual(sparkline(waits, { from: 7, to: 7 }, 2), [0, 0]);
});

test("an overview counts every record and byte once, however long the recording gets", () => {
  const steps = fc.array(
    fc.record({ ns: fc.integer({ min: 0, max: 1e12 }), length: fc.nat(9), out: fc.boolean() }),
    { minLength: 1, maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const overview = new Overview();
      for (const { ns, length, out } of all) overview.add(bytes(ns / MS, out ? "out" : "in", 0, length));
      const { slices } = overview;
      const sum = (key: "client" | "server" | "records") =>
        slices.reduce((total, slice) => total + slice[key], 0);
      const lengthOf = (isOut: boolean) =>
        all.filter(({ out }) => out === isOut).reduce((total, { length }) => total + length, 0);
      assert.deepEqual(
        [sum("records"), sum("client"), sum("server")],
        [all.length, lengthOf(true), lengthOf(false)],
      );
      assert.ok(slices.length <= 512);
      const { begun, last, sliceNs } = overview;
      assert.ok(last - begun < sliceNs * slices.length || slices.length === 0);
    }),
  );
});
