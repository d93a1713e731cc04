import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { HarReader } from "../../../src/trace/formats/har-reader.ts";
import { PcapngReader } from "../../../src/trace/formats/pcapng-reader.ts";
import { GrammarReader } from "../../../src/trace/grammar-reader.ts";
import {
  ExchangePairs,
  fromNdjson,
  HarWriter,
  NdjsonReader,
  PcapngWriter,
  type TraceRecord,
  timingsOf,
  toHar,
  toNdjson,
  toPcapng,
} from "../../../src/trace.ts";
import { RECORDINGS } from "../../support/recordings.ts";

// A recording is a file, and a file may come from anybody.

const records = await RECORDINGS["three requests in one write"]();
const FILES = {
  ndjson: Buffer.from(records.map((record) => `${toNdjson(record)}\n`).join("")),
  har: Buffer.from(toHar(records)),
  pcapng: Buffer.from(toPcapng(records)),
};

/** What puts exchanges together, and what writes files. */
function everything(): { add(record: TraceRecord): void; end(): void } {
  const pairs = new ExchangePairs({ onExchange: (exchange) => timingsOf(exchange) });
  const har = new HarWriter(() => {});
  const pcapng = new PcapngWriter(() => {});
  return {
    add(record) {
      for (const each of [pairs, har, pcapng]) each.add(record);
    },
    end() {
      pairs.end();
      har.end();
    },
  };
}

function readAll(format: keyof typeof FILES, bytes: Uint8Array): void {
  const all = everything();
  const grammar = new GrammarReader((record) => all.add(record));
  const pass = (record: TraceRecord) => all.add(record);
  const readers = {
    ndjson: () => {
      const reader = new NdjsonReader();
      return { push: (piece: Uint8Array) => reader.push(piece).forEach(pass), end: () => reader.end() };
    },
    har: () => new HarReader(pass),
    pcapng: () => new PcapngReader((record) => grammar.add(record)),
  };
  const reader = readers[format]();
  reader.push(bytes.subarray(0, bytes.length >> 1));
  reader.push(bytes.subarray(bytes.length >> 1));
  reader.end();
  all.end();
}

const change = fc.record({
  place: fc.nat(),
  put: fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc
      .constantFrom("-", "null", "[]", "{}", "1e300", "-1e300", '""', "9007199254740991")
      .map((text) => Buffer.from(text)),
  ),
  remove: fc.integer({ min: 0, max: 12 }),
});

for (const [format, whole] of Object.entries(FILES) as [keyof typeof FILES, Buffer][]) {
  test(`a changed .${format} is read or refused, with nothing but a SyntaxError`, () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let bytes: Buffer = whole;
        for (const { place, put, remove } of changes) {
          const at = place % bytes.length;
          bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + remove)]);
        }
        try {
          readAll(format, bytes);
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
          refused++;
        }
      }),
      { numRuns: 400 },
    );
    assert.ok(refused > 0, "no change was one that matters");
  });
}

test("every number of a record may be as large or small as JSON has it", () => {
  for (const number of ["1e300", "-1e300", "0", "4503599627370496", "9007199254740991"]) {
    for (const name of ["t", "connection", "offset", "start", "end", "port", "durationMs"]) {
      const text = FILES.ndjson
        .toString()
        .replace(new RegExp(`"${name}":[\\d.]+`, "g"), `"${name}":${number}`);
      const all = everything();
      try {
        for (const record of fromNdjson(text.trimEnd())) all.add(record);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
      all.end();
    }
  }
});

test("a HAR whose timings are no times is refused", () => {
  for (const name of ["connect", "blocked", "send", "wait", "receive"]) {
    const text = FILES.har.toString().replace(new RegExp(`"${name}":[-\\d.]+`, "g"), `"${name}":1e308`);
    assert.throws(() => readAll("har", Buffer.from(text)), SyntaxError, name);
  }
});
