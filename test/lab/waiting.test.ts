import assert from "node:assert/strict";
import { test } from "node:test";
import { Recording } from "../../src/lab/model/recording.ts";
import { type ClientRow, spent, waitingOf } from "../../src/lab/model/waiting.ts";
import { wordsOf } from "../../src/lab/model/waiting-words.ts";
import type { ConnectionRecord, TraceRecord } from "../../src/trace/record.ts";

const MS = 1e6;
const server = { family: "IPv4", host: "127.0.0.1", port: 7 } as const;
const clientAt = (port: number) => ({ family: "IPv4", host: "127.0.0.1", port }) as const;

/** One client of a server: when, in milliseconds, it connects, is accepted, writes, and when all is over. */
interface Told {
  readonly port: number;
  readonly connected: number;
  /** `undefined`: the server does not record. */
  readonly accepted?: number;
  readonly worker?: number;
  readonly writes: readonly number[];
  readonly answered?: number;
  readonly closed?: number;
}

function recordsOf({ port, connected, accepted, worker, writes, answered, closed }: Told): TraceRecord[] {
  const records: TraceRecord[] = [];
  const at = (ms: number, role: "client" | "server") =>
    ({ v: 1, t: ms * MS, connection: port * 2 + (role === "server" ? 1 : 0), role }) as const;
  const event = (ms: number, role: "client" | "server", event: ConnectionRecord["event"]) =>
    records.push({ ...at(ms, role), type: "connection", event });
  event(connected - 1, "client", { kind: "attempt", remote: server });
  event(connected, "client", { kind: "connected", local: clientAt(port), remote: server });
  if (accepted !== undefined)
    event(accepted, "server", {
      kind: "accepted",
      local: server,
      remote: clientAt(port),
      ...(worker !== undefined && { worker }),
    } as ConnectionRecord["event"]);
  const bytes = Uint8Array.of(33);
  for (const [index, ms] of writes.entries())
    records.push({ ...at(ms, "client"), type: "bytes", direction: "out", offset: index, bytes });
  if (answered !== undefined)
    records.push({ ...at(answered, "client"), type: "bytes", direction: "in", offset: 0, bytes });
  const over = { kind: "closed", how: "end", bytesIn: 1, bytesOut: 1 } as const;
  if (closed !== undefined) {
    if (accepted !== undefined) event(closed, "server", over);
    event(closed, "client", over);
  }
  return records.sort((a, b) => a.t - b.t);
}

function pictureOf(told: readonly Told[], nowMs = 0) {
  const recording = new Recording();
  const records = told.flatMap(recordsOf).sort((a, b) => a.t - b.t);
  for (const record of records) recording.add(record);
  return waitingOf(
    told.map(({ port }) => port),
    recording.conversations,
    nowMs * MS,
  );
}

const inMs = ({ parts }: ClientRow) => parts.map(({ doing, from, to }) => [doing, from / MS, to / MS]);

// The first client is silent for two seconds; the second one has to wait until the first is gone.
const SEQUENTIAL: readonly Told[] = [
  { port: 50_001, connected: 2, accepted: 3, writes: [3, 1003, 2003], closed: 2010 },
  { port: 50_002, connected: 5, accepted: 2011, writes: [6], closed: 2020 },
];

test("a client of a sequential server waits from its connect until the server accepts it", () => {
  const [slow, quick] = pictureOf(SEQUENTIAL).clients as [ClientRow, ClientRow];
  assert.deepEqual(inMs(quick), [
    ["connecting", 4, 5],
    ["waiting", 5, 2011],
    ["served", 2011, 2020],
  ]);
  assert.equal(spent(slow, "waiting"), 1 * MS);
});

test("the silence of a client before its next bytes is the client's own", () => {
  const [slow, quick] = pictureOf(SEQUENTIAL).clients as [ClientRow, ClientRow];
  assert.deepEqual(inMs(slow).slice(2), [
    ["slow", 3, 1003],
    ["slow", 1003, 2003],
    ["served", 2003, 2010],
  ]);
  assert.equal(spent(quick, "slow"), 0);
});

test("a server without workers is one row, whose clients follow each other", () => {
  const { workers } = pictureOf(SEQUENTIAL);
  assert.equal(workers.length, 1);
  assert.deepEqual(
    workers[0]?.lanes.map((lane) => lane.map(({ client }) => client)),
    [[1, 2]],
  );
});

test("every worker is a row, and clients served at the same time are lanes of it", () => {
  const { workers } = pictureOf([
    { port: 50_001, connected: 2, accepted: 3, worker: 2, writes: [3], closed: 500 },
    { port: 50_002, connected: 2, accepted: 3, worker: 1, writes: [3], closed: 20 },
    { port: 50_003, connected: 4, accepted: 5, worker: 2, writes: [6], closed: 20 },
  ]);
  assert.deepEqual(
    workers.map(({ name, lanes }) => [name, lanes.map((lane) => lane.map(({ client }) => client))]),
    [
      ["worker 1", [[2]]],
      ["worker 2", [[1], [3]]],
    ],
  );
});

test("without records of the server, being served begins with the first byte of the answer", () => {
  const picture = pictureOf([{ port: 50_001, connected: 2, writes: [3], answered: 90, closed: 95 }]);
  assert.deepEqual(inMs(picture.clients[0] as ClientRow), [
    ["connecting", 1, 2],
    ["waiting", 2, 90],
    ["served", 90, 95],
  ]);
  assert.deepEqual(picture.workers, []);
  assert.match(wordsOf(picture, { model: "threads", workers: 2 }).join(" "), /records are missing/);
});

test("what goes on grows with the clock", () => {
  const told = [{ port: 50_002, connected: 5, writes: [6] }];
  const [row] = pictureOf(told, 700).clients as [ClientRow];
  assert.deepEqual(inMs(row).at(-1), ["waiting", 5, 700]);
  assert.equal(row.goesOn, true);
});

test("a client whose records have not come yet has a row without parts", () => {
  const { clients } = waitingOf([50_009], [], 5 * MS);
  assert.deepEqual(clients[0]?.parts, []);
});

test("the later conversation counts where a port was used twice", () => {
  const recording = new Recording();
  const before = { port: 50_001, connected: 2, accepted: 3, writes: [3], closed: 9 };
  const after = { port: 50_001, connected: 500, accepted: 501, writes: [502], closed: 510 };
  for (const told of [before, after]) for (const record of recordsOf(told)) recording.add(record);
  assert.equal(waitingOf([50_001], recording.conversations).from, 499 * MS);
});

test("the words name who waited, for how long, and why", () => {
  const words = wordsOf(pictureOf(SEQUENTIAL), { model: "sequential", workers: 0 });
  assert.deepEqual(words, [
    "Client 2 waited 2.0 s, because the server serves one client at a time.",
    "Client 1 was silent for 2.0 s, and the others had to wait for it.",
  ]);
});

test("the words say so where nobody waited", () => {
  const picture = pictureOf([
    { port: 50_001, connected: 2, accepted: 3, writes: [3, 1003, 2003], closed: 2010 },
    { port: 50_002, connected: 5, accepted: 6, writes: [7], closed: 12 },
  ]);
  assert.deepEqual(wordsOf(picture, { model: "event-loop", workers: 0 }), [
    "No client waited longer than 1 ms: one thread serves whichever client has sent something.",
    "Client 1 was silent for 2.0 s, and delayed nobody.",
  ]);
});

test("a wait that is short beside the silence is not its fault", () => {
  const picture = pictureOf([
    { port: 50_001, connected: 2, accepted: 3, writes: [3, 1003, 2003], closed: 2010 },
    { port: 50_002, connected: 5, accepted: 97, writes: [7], closed: 100 },
  ]);
  const [waited, silent] = wordsOf(picture, { model: "threads", workers: 2 });
  assert.match(waited ?? "", /^No client waited longer than 92 ms: /);
  assert.equal(silent, "Client 1 was silent for 2.0 s, and delayed nobody.");
});
