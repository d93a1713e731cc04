import assert from "node:assert/strict";
import { Session } from "node:inspector/promises";
import { after, describe, test } from "node:test";

/*
 * The cost of a byte does not depend on how many bytes have come before, nor on how small the pieces are. Time measures
 * this only roughly. V8 counts exactly how often each block of code is run, for code that it compiles after it was told
 * to count.
 */
const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

const { latin1Bytes } = await import("../../src/bytes/text.ts");
const { INPUTS } = await import("../../checks/linear/inputs.ts");
const { readAll } = await import("../../checks/linear/read-all.ts");

describe("the cost of a byte", () => {
  after(() => session.disconnect());
  for (const [name, input] of Object.entries(INPUTS)) {
    for (const pieceSize of [1, 7]) {
      test(`${name}, ${pieceSize} at a time: twice the bytes cost twice as much`, async () => {
        const once = await cost(input(8_000), pieceSize);
        const twice = await cost(input(16_000), pieceSize);
        assert.ok(once.blocks > 8_000 / pieceSize, "something was counted");
        // If a byte cost more the more bytes there are, the factor would be four. V8 misses a few blocks when it
        // recompiles.
        assert.ok(twice.blocks <= 2.5 * once.blocks, `${twice.blocks} blocks against ${once.blocks}`);
        // Memory that doubles as it grows: the last move may come just before the end.
        assert.ok(twice.copied <= 4 * 16_000, `${twice.copied} bytes copied`);
      });
    }
  }

  // Five times, in blocks: each byte costs a call of receive and one of nextEvent.
  test("bytes in small pieces cost little more than in one", async () => {
    const text = `GET / HTTP/1.1\r\n${"A: b\r\n".repeat(2000)}`;
    const whole = await cost(text, text.length);
    const single = await cost(text, 1);
    assert.ok(single.blocks <= 5 * whole.blocks, `${single.blocks} blocks against ${whole.blocks}`);
  });
});

interface Cost {
  /** How often blocks of our code were run. */
  readonly blocks: number;
  /** Bytes that were copied from one array to another. */
  readonly copied: number;
}

async function cost(text: string, pieceSize: number): Promise<Cost> {
  const bytes = latin1Bytes(text);
  await session.post("Profiler.takePreciseCoverage"); // starts a new count
  const { set } = Uint8Array.prototype;
  let copied = 0;
  Uint8Array.prototype.set = function (source, at) {
    // Without the bytes that the driver copies into the memory for the parser.
    if (source.length > pieceSize) copied += source.length;
    set.call(this, source, at);
  };
  try {
    readAll(bytes, pieceSize);
    const { result } = await session.post("Profiler.takePreciseCoverage");
    const ours = result.filter(({ url }) => /\/src\/(?:http1|bytes)\//.test(url));
    const counts = ours.flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges));
    return { blocks: counts.reduce((sum, { count }) => sum + count, 0), copied };
  } finally {
    Uint8Array.prototype.set = set;
  }
}
