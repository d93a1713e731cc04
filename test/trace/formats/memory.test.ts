import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Fields, Http1Connection } from "../../../src/http1.ts";
import { HarReader } from "../../../src/trace/formats/har-reader.ts";
import { PcapngReader } from "../../../src/trace/formats/pcapng-reader.ts";
import { GrammarReader } from "../../../src/trace/grammar-reader.ts";
import {
  ExchangePairs,
  HarWriter,
  NdjsonReader,
  PcapngWriter,
  recordTrace,
  TimelineWriter,
  type TraceRecord,
  toNdjson,
} from "../../../src/trace.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const MIB = 1024 * 1024;
const TRAFFIC_BYTES = 96 * MIB;
/** What leaks grows by all of the traffic. Buffers that are garbage may stay for a while on a busy machine. */
const MAX_GROWTH_BYTES = TRAFFIC_BYTES / 2;

/** The memory that is really in use: on the heap, and in buffers beside it. */
function usedBytes(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A client on one connection: a small exchange, then one of a megabyte, again and again. A batch for each. */
function* longConversation(): Generator<TraceRecord[]> {
  let batch: TraceRecord[] = [];
  let time = 0;
  const recorder = recordTrace({
    maxBytes: 1,
    now: () => (time += 1000),
    onRecord: (record) => batch.push(record),
  });
  const observer = recorder.observe("client");
  const client = new Http1Connection({ role: "client", observer });
  const server = new Http1Connection({ role: "server" });
  const local = { family: "IPv4", host: "127.0.0.1", port: 50_000 } as const;
  observer.connection({ kind: "connected", local, remote: { ...local, port: 80 } });
  const content = new Uint8Array(64 * 1024).fill(0x61);
  const events = (http1: Http1Connection, bytes: Uint8Array) => {
    http1.receive(bytes);
    for (
      let event = http1.nextEvent();
      typeof event !== "symbol" && event.type !== "end";
      event = http1.nextEvent()
    );
  };
  const read = (bytes: Uint8Array) => {
    observer.connection({ kind: "read", bytes });
    events(client, bytes);
  };
  const end = { type: "end", trailers: new Fields() } as const;
  for (let sent = 0; sent < TRAFFIC_BYTES; ) {
    for (const size of [0, MIB]) {
      const fields = new Fields(["Host", "a"]);
      const head = client.send({ type: "request", method: "GET", target: "/", version: "1.1", fields });
      const request = Buffer.concat([head, client.send(end)]);
      observer.connection({ kind: "write", bytes: request });
      events(server, request);
      const length = new Fields(["Content-Length", String(size)]);
      read(server.send({ type: "response", status: 200, reason: "OK", version: "1.1", fields: length }));
      for (let left = size; left > 0; left -= content.length)
        read(server.send({ type: "data", bytes: content }));
      server.send(end);
      client.startNextCycle();
      server.startNextCycle();
      sent += size;
    }
    yield batch;
    batch = [];
  }
}

/** What takes records, and makes other things of them that are dropped. */
const CONSUMERS: Readonly<Record<string, () => (record: TraceRecord) => void>> = {
  "NDJSON, written and read": () => {
    const reader = new NdjsonReader();
    return (record) => reader.push(`${toNdjson(record)}\n`);
  },
  "HAR, written and read": () => {
    const reader = new HarReader(() => {});
    const writer = new HarWriter((piece) => reader.push(Buffer.from(piece)));
    return (record) => writer.add(record);
  },
  "pcapng, written, read and parsed again": () => {
    const grammar = new GrammarReader(() => {});
    const reader = new PcapngReader((record) => grammar.add(record));
    const writer = new PcapngWriter((block) => reader.push(block));
    return (record) => writer.add(record);
  },
  "exchanges and a timeline": () => {
    let told = 0;
    const pairs = new ExchangePairs({ onExchange: () => told++ });
    const timeline = new TimelineWriter(() => told++);
    return (record) => {
      pairs.add(record);
      timeline.add(record);
    };
  },
};

/** What a consumer holds must not be collected before it is measured. */
const held: unknown[] = [];

for (const [name, consumer] of Object.entries(CONSUMERS)) {
  test(`${TRAFFIC_BYTES / MIB} MiB of traffic do not grow the memory of ${name}`, () => {
    const consume = consumer();
    held.push(consume);
    let batches = 0;
    let before = 0;
    for (const batch of longConversation()) {
      for (const record of batch) consume(record);
      if (++batches === 8) before = usedBytes();
    }
    const growth = usedBytes() - before;
    assert.ok(
      before > 0 && growth < MAX_GROWTH_BYTES,
      `${Math.round(growth / MIB)} MiB more after ${batches} batches`,
    );
  });
}
