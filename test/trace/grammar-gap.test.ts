import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { GrammarReader } from "../../src/trace/grammar-reader.ts";
import type { TraceRecord } from "../../src/trace.ts";

test("behind a gap the offsets of spans are right, and half a message is no message", () => {
  const targets: string[] = [];
  const grammar = new GrammarReader((record) => {
    if (record.type === "span" && record.rule === "request-target")
      targets.push(`${record.start}-${record.end}`);
  });
  const common = { v: 1, t: 0, connection: 1, role: "server" } as const;
  let offset = 0;
  const read = (text: string) => {
    grammar.add({ ...common, type: "bytes", direction: "in", offset, bytes: latin1Bytes(text) });
    offset += text.length;
  };
  const gap = (bytesIn: number) => {
    const event = { kind: "dropped", events: 1, bytesIn, bytesOut: 0 } as const;
    grammar.add({ ...common, type: "connection", event } satisfies TraceRecord);
    offset += bytesIn;
  };
  read("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  read("POST /b HTTP/1.1\r\nHost: a\r\nContent-Le");
  gap(1000);
  const second = offset + 4;
  read("GET /c HTTP/1.1\r\nHost: a\r\n\r\n");
  gap(1);
  read("{ the second half of some content }");
  assert.deepEqual(targets.slice(0, 1), ["4-6"]);
  assert.deepEqual(targets.at(-1), `${second}-${second + 2}`);
});
