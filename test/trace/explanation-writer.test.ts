import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { ProtocolError } from "../../src/http1/errors.ts";
import { NEED_DATA } from "../../src/http1/events.ts";
import { ExplanationWriter, type ExplanationWriterOptions } from "../../src/trace/explanation-writer.ts";
import type { TraceRecord } from "../../src/trace/record.ts";
import { recordTrace } from "../../src/trace/recorder.ts";
import { TimelineWriter } from "../../src/trace/timeline.ts";

/** The tables for these pieces, one piece in each turn. */
function explained(pieces: readonly string[], options: ExplanationWriterOptions = {}): string[] {
  const tables: string[] = [];
  const writer = new ExplanationWriter((lines) => tables.push(lines.join("\n")), options);
  const recorder = recordTrace({ onRecord: (record) => writer.add(record) });
  const observer = recorder.observe("server");
  const http1 = new Http1Connection({ role: "server", observer });
  for (const piece of pieces) {
    const bytes = latin1Bytes(piece);
    observer.connection({ kind: "read", bytes });
    try {
      http1.receive(bytes);
      while (http1.nextEvent() !== NEED_DATA);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
    writer.flush();
  }
  observer.connection({ kind: "closed", how: "end", bytesIn: 0, bytesOut: 0 });
  return tables;
}

/** `[start, end)` of each row that stands for bytes of its own: not of a part, which is indented. */
const ranges = (tables: readonly string[]): [number, number][] =>
  tables.flatMap((table) =>
    table
      .split("\n")
      .slice(1)
      .flatMap((row): [number, number][] => {
        const [, start, last] = /^ *(\d+)(?:–(\d+))? {2}\S/.exec(row) ?? [];
        return start === undefined ? [] : [[Number(start), Number(last ?? start) + 1]];
      }),
  );

test("every byte is explained once, however the message was cut", () => {
  const head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
  const message = `${head}hello`;
  for (const pieces of [[message], [...message], [head, "he", "llo"]]) {
    for (const everyByte of [false, true]) {
      let at = 0;
      for (const [start, end] of ranges(explained(pieces, { everyByte }))) {
        assert.equal(start, at);
        at = end;
      }
      assert.equal(at, message.length);
    }
  }
});

test("every byte of a long content is shown if the reader wants every byte; else how to see it", () => {
  const content = Array.from({ length: 100 }, (_, index) => String(index).padStart(3, "0")).join("");
  const pieces = [
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n${content.slice(0, 99)}`,
    content.slice(99),
  ];
  const shown = (everyByte: boolean) => explained(pieces, { everyByte, unfold: "ask for more" }).join("\n");
  const rows = [...shown(true).matchAll(/ content +"(\d+)"/g)].map(([, octets]) => octets);
  assert.equal(rows.join(""), content);
  assert.match(shown(false), / content +"000[^\n]*\n +… +300 bytes in all: ask for more/);
});

test("a broken rule is told where it was broken, with its readers, whatever came in between", () => {
  const pieces = ["POST / HTTP/1.1\r\nHost: a\r\n", "Host: b\r\nContent-Length: 2\r\n\r\n", "hi"];
  const table = explained(pieces).join("\n");
  assert.match(table, /\n +error +the client broke a rule of HTTP[^\n]*\n/);
  assert.match(
    table,
    /cannot read this, bytes 26–34\n *26–34 +field-line +"Host: b"[^\n]*\n *26–32 +error +DUPLICATE_HOST/,
  );
  assert.match(table, /read by +node:http +takes the first Host/);
  assert.match(table, /to do +send Host once/);
});

test("many chunks are folded, and the last chunk is shown", () => {
  const chunks = "4\r\nabcd\r\n".repeat(1000);
  const [table = ""] = explained([
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
  ]);
  assert.match(table, /996 more chunks, 8964 bytes with their framing/);
  assert.match(table, / chunk-line +"0" +a chunk of no bytes/);
});

test("the end of a connection says what it means, and whose it was", () => {
  const lines: string[] = [];
  const writer = new ExplanationWriter((table) => lines.push(...table));
  const common = { v: 1, t: 0, connection: 1, role: "client", type: "connection" } as const;
  writer.add({ ...common, event: { kind: "peer-abort" } });
  writer.add({ ...common, event: { kind: "closed", how: "peer-abort", bytesIn: 0, bytesOut: 0 } });
  writer.end();
  assert.match(lines.join("\n"), /^the client\n +peer-abort +RST: the other end [^\n]*\[RFC 9293/);
  assert.match(lines.join("\n"), /to check/);
});

test("bytes are explained at the end of the turn in which they were read, and content when it is complete", () => {
  const tables = explained(["POST / HTTP/1.1\r\nHost: a\r\n", "Content-Length: 4\r\n\r\nab", "cd"]);
  assert.equal(tables.length, 4);
  assert.match(tables[0] ?? "", /^read by the server, bytes 0–25\n[\s\S]* method +"POST"/);
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
  // Three lines of the timeline, and a table for each of accepted, bytes and closed.
  assert.equal(lines, 6 * 50_000);
  assert.ok(memory() - before < 100 * 1024 * 1024, "the 200 MB that were read are kept");
});
