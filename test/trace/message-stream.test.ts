import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { ExchangeReader } from "../../src/trace/exchanges.ts";
import { GrammarReader } from "../../src/trace/grammar-reader.ts";

test("content that came octet by octet is whole, and in few pieces", () => {
  const contents: (readonly Uint8Array[])[] = [];
  const reader = new ExchangeReader({ onExchange: ({ request }) => contents.push(request?.content ?? []) });
  const grammar = new GrammarReader((record) => void reader.add(record));
  const common = { v: 1, t: 0, connection: 1, role: "client" } as const;
  let offset = 0;
  const send = (bytes: Uint8Array) => {
    grammar.add({ ...common, type: "bytes", direction: "out", offset, bytes });
    offset += bytes.length;
  };
  const octets = 100_000;
  send(latin1Bytes(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${octets}\r\n\r\n`));
  for (let at = 0; at < octets; at++) send(Uint8Array.of(at));
  reader.end();
  const [content = []] = contents;
  assert.ok(content.length < octets / 2, `${content.length} pieces`);
  assert.deepEqual(Buffer.concat(content), Buffer.from(Uint8Array.from({ length: octets }, (_, at) => at)));
});
