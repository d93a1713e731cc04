import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import type { RequestHead } from "../../src/http1/events.ts";

/** The most field lines that a request may have, Host among them. */
const NAMES = 99;

describe("names that collide", () => {
  // V8 hashes names that look like array indexes by their value, so multiples of 2^17 share a place in its tables. A
  // table of names would be searched from end to end for each of them (CVE-2026-21717). Ours is a list.
  const colliding = Array.from({ length: NAMES }, (_, index) => String((index + 77) * 2 ** 17));
  const plain = Array.from({ length: NAMES }, (_, index) => `name${String(index).padStart(4, "0")}`);

  test("a head full of them takes about as long as any other, to read and to look up", () => {
    const best = { colliding: Number.POSITIVE_INFINITY, plain: Number.POSITIVE_INFINITY };
    for (let round = 0; round < 15; round++) {
      best.colliding = Math.min(best.colliding, readAndLookUp(colliding));
      best.plain = Math.min(best.plain, readAndLookUp(plain));
    }
    assert.ok(best.colliding <= 3 * best.plain, `${best.colliding} ms against ${best.plain} ms`);
  });
});

function readAndLookUp(names: readonly string[]): number {
  const bytes = headWith(names.map((name) => `${name}: v`));
  const begun = performance.now();
  for (let i = 0; i < 20; i++) {
    const { fields } = read(bytes);
    for (const name of names) assert.equal(fields.get(name), "v");
  }
  return performance.now() - begun;
}

describe("values that are kept", () => {
  test("100,000 of them do not keep the memory of their heads", () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const memory = () => {
      collect();
      collect(); // until then the memory of arrays from the first measurement is still counted
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const kept: string[] = [];
    const before = memory();
    for (let i = 0; i < 100_000; i++) {
      // A new value each time, inside 4 KiB of other bytes and in memory of its own.
      const bytes = headWith([`A: a value that is kept, number ${i}`, `B: ${"b".repeat(4000)}`]);
      kept.push(read(bytes).fields.get("a") as string);
    }
    const bytesEach = (memory() - before) / kept.length;
    assert.equal(kept[7], "a value that is kept, number 7");
    assert.ok(bytesEach < 150, `${bytesEach} bytes for each value`);
  });
});

function headWith(lines: readonly string[]): Uint8Array {
  return latin1Bytes(`GET / HTTP/1.1\r\nHost: a\r\n${lines.join("\r\n")}\r\n\r\n`);
}

function read(bytes: Uint8Array): RequestHead {
  const server = new Http1Connection({ role: "server" });
  server.receive(bytes);
  return server.nextEvent() as RequestHead;
}
