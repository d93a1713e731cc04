import assert from "node:assert/strict";
import { test } from "node:test";
import { Fields, Http1Connection, NEED_DATA, ProtocolError } from "../../src/http1.ts";
import {
  type ExplanationNode,
  ExplanationWriter,
  explainRecordsAsTrees,
  recordingReader,
  recordTrace,
  type TraceRecord,
  toHar,
  toNdjson,
  toPcapng,
} from "../../src/trace.ts";

// RFC 9112 §6.3: a length beside a coding. Every explanation of a recording tells where the message ends for a reader of
// either, whatever the format of the file, and however the bytes were cut.

type Role = "client" | "server";

const HEAD = "Host: a.example\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n";
const MESSAGES: Readonly<Record<Role, string>> = {
  server: `POST / HTTP/1.1\r\n${HEAD}0\r\n\r\nG`,
  client: `HTTP/1.1 200 OK\r\n${HEAD}5\r\nhello\r\n0\r\n\r\n`,
};

const local = { family: "IPv4", host: "127.0.0.1", port: 80 } as const;
const remote = { family: "IPv4", host: "127.0.0.1", port: 50_000 } as const;

/** What an end records that reads its message in pieces of this length. */
function recorded(role: Role, pieceLength: number, text = MESSAGES[role]): readonly TraceRecord[] {
  const recorder = recordTrace();
  const observer = recorder.observe(role);
  const http1 = new Http1Connection({ role, observer });
  observer.connection({ kind: role === "client" ? "connected" : "accepted", local, remote });
  if (role === "client") {
    const fields = new Fields(["Host", "a.example"]);
    const head = http1.send({ type: "request", method: "GET", target: "/", version: "1.1", fields });
    observer.connection({ kind: "write", bytes: Buffer.concat([head].flat()) });
    http1.send({ type: "end", trailers: new Fields() });
  }
  const message = Buffer.from(text);
  for (let at = 0; at < message.length; at += pieceLength) {
    const bytes = message.subarray(at, at + pieceLength);
    observer.connection({ kind: "read", bytes });
    try {
      http1.receive(bytes);
      while (http1.nextEvent() !== NEED_DATA);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }
  observer.connection({ kind: "closed", how: "end", bytesIn: message.length, bytesOut: 0 });
  return recorder.records;
}

const FILES: Readonly<Record<string, (records: readonly TraceRecord[]) => string | Uint8Array>> = {
  ndjson: (records) => records.map((record) => `${toNdjson(record)}\n`).join(""),
  har: (records) => toHar(records),
  pcapng: (records) => toPcapng(records),
};

/** The records that are read again from a file. */
function readAgain(file: string | Uint8Array): TraceRecord[] {
  const bytes = Buffer.from(file);
  const records: TraceRecord[] = [];
  const reader = recordingReader(bytes, (record) => records.push(record));
  reader.push(bytes);
  assert.equal(reader.end(), undefined);
  return records;
}

/** As `wirepane trace show --explain` explains: the records of one turn have one time. */
function explained(records: readonly TraceRecord[], everyByte: boolean): string {
  const lines: string[] = [];
  const writer = new ExplanationWriter((table) => lines.push(...table), { everyByte });
  for (const [index, record] of records.entries()) {
    if (index > 0 && record.t !== records[index - 1]?.t) writer.flush();
    writer.add(record);
  }
  writer.end();
  return lines.join("\n");
}

const readersIn = (nodes: readonly ExplanationNode[]): string[] =>
  nodes.flatMap(({ problem, parts }) => [
    ...(problem?.readings ?? []).map(({ who }) => who),
    ...readersIn(parts),
  ]);

for (const role of ["server", "client"] as const) {
  for (const [format, save] of Object.entries(FILES)) {
    test(`both readings of what a ${role} read are told, from ${format}, once`, () => {
      for (const pieceLength of [1, 7, 1000]) {
        const records = readAgain(save(recorded(role, pieceLength)));
        for (const everyByte of [false, true]) {
          const text = explained(records, everyByte);
          for (const reader of ["a reader of Transfer-Encoding", "a reader of Content-Length"])
            assert.equal(text.split(reader).length - 1, 1, `${pieceLength}, ${reader}:\n${text}`);
        }
        const readers = explainRecordsAsTrees(records).flatMap(({ nodes }) => readersIn(nodes));
        assert.equal(readers.filter((who) => who.startsWith("a reader of ")).length, 2);
      }
    });
  }
}

test("a long message tells both ends, not where the explanation stopped to keep bytes", () => {
  const content = "x".repeat(40_000);
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 40000\r\nTransfer-Encoding: chunked\r\n\r\n";
  const body = `9c40\r\n${content}\r\n0\r\n\r\n`;
  const text = explained(recorded("client", 65_536, head + body), false);
  assert.match(text, new RegExp(`Transfer-Encoding +the message ends at byte ${(head + body).length};`));
  assert.match(text, new RegExp(`Content-Length +the message ends at byte ${head.length + 40_000};`));
});
