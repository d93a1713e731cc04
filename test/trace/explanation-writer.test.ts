import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { NEED_DATA } from "../../src/http1/events.ts";
import { ExplanationWriter } from "../../src/trace/explanation-writer.ts";
import type { TraceRecord } from "../../src/trace/record.ts";
import { recordTrace } from "../../src/trace/recorder.ts";
import { TimelineWriter } from "../../src/trace/timeline.ts";

/** The tables for these pieces, one piece in each turn. */
function explained(pieces: readonly string[]): string[] {
  const tables: string[] = [];
  const writer = new ExplanationWriter((lines) => tables.push(lines.join("\n")));
  const recorder = recordTrace({ onRecord: (record) => writer.add(record) });
  const observer = recorder.observe("server");
  const http1 = new Http1Connection({ role: "server", observer });
  for (const piece of pieces) {
    const bytes = latin1Bytes(piece);
    observer.connection({ kind: "read", bytes });
    http1.receive(bytes);
    while (http1.nextEvent() !== NEED_DATA);
    writer.flush();
  }
  observer.connection({ kind: "closed", how: "end", bytesIn: 0, bytesOut: 0 });
  return tables;
}

/** `[start, end)` of each row. */
const ranges = (tables: readonly string[]): [number, number][] =>
  tables.flatMap((table) =>
    table
      .split("\n")
      .slice(1)
      .map((row): [number, number] => {
        const [, start, last] = /^ *(\d+)(?:–(\d+))? {2}/.exec(row) ?? [];
        return [Number(start), Number(last ?? start) + 1];
      }),
  );

test("every byte is explained once, however the message was cut", () => {
  const head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
  const message = `${head}hello`;
  for (const pieces of [[message], [...message], [head, "he", "llo"]]) {
    let at = 0;
    for (const [start, end] of ranges(explained(pieces))) {
      assert.equal(start, at);
      at = end;
    }
    assert.equal(at, message.length);
  }
});

test("bytes are explained at the end of the turn in which they were read, and content when it is complete", () => {
  const tables = explained(["POST / HTTP/1.1\r\nHost: a\r\n", "Content-Length: 4\r\n\r\nab", "cd"]);
  assert.equal(tables.length, 3);
  assert.match(tables[0] ?? "", /^read by the server, bytes 0–25\n[\s\S]*"POST"/);
  assert.match(tables[1] ?? "", /^read by the server, bytes 26–46\n[\s\S]*empty-line +"\\r\\n"[^\n]*$/);
  assert.match(tables[2] ?? "", /^read by the server, bytes 47–50\n47–50 +content +"abcd"[^\n]*$/);
});

test("content that never ends takes only the memory of its beginning", () => {
  const writer = new ExplanationWriter(() => {});
  const common = { v: 1, t: 0, connection: 1, role: "client", direction: "in" } as const;
  const chunk = new Uint8Array(65_536).fill(0x61);
  const before = process.memoryUsage().arrayBuffers;
  for (let offset = 0; offset < 2 ** 30; offset += chunk.length) {
    writer.add({ ...common, type: "bytes", offset, bytes: chunk.slice() });
    writer.add({ ...common, type: "span", rule: "content", start: offset, end: offset + chunk.length });
    writer.flush();
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 29, "half of what came is kept");
});

test("connections that have closed take no memory", () => {
  const record = (connection: number): TraceRecord[] => {
    const common = { v: 1, t: 0, connection, role: "server" } as const;
    const local = { family: "IPv4", host: "127.0.0.1", port: 80 } as const;
    const remote = { family: "IPv4", host: "127.0.0.1", port: connection } as const;
    return [
      { ...common, type: "connection", event: { kind: "accepted", local, remote } },
      { ...common, type: "bytes", direction: "in", offset: 0, bytes: new Uint8Array(4096) },
      { ...common, type: "connection", event: { kind: "closed", how: "end", bytesIn: 4096, bytesOut: 0 } },
    ];
  };
  let lines = 0;
  const timeline = new TimelineWriter(() => lines++);
  const explanation = new ExplanationWriter(() => lines++);
  const memory = () => {
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    return arrayBuffers + heapUsed;
  };
  const before = memory();
  for (let connection = 1; connection <= 50_000; connection++) {
    for (const each of record(connection)) {
      timeline.add(each);
      explanation.add(each);
    }
  }
  assert.equal(lines, 4 * 50_000);
  assert.ok(memory() - before < 100 * 1024 * 1024, "the 200 MB that were read are kept");
});
