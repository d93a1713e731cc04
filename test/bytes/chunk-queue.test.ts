import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ChunkQueue } from "../../src/bytes/chunk-queue.ts";
import { joined } from "../../src/bytes/copy.ts";

describe("ChunkQueue", () => {
  test("bytes come out as they went in, in order, whatever the sizes", () => {
    const queue = new ChunkQueue();
    const sizes = [1, 511, 2, 600, 512, 1, 1, 2047, 3, 400, 400, 400, 400, 400, 400, 5000, 1];
    let value = 0;
    const pushed = sizes.map((size) => Uint8Array.from({ length: size }, () => value++));
    const taken: Uint8Array[] = [];
    for (const [index, chunk] of pushed.entries()) {
      queue.push(chunk);
      if (index % 4 === 3) taken.push(queue.take() as Uint8Array);
    }
    assert.equal(queue.bytes, joined(pushed).length - joined(taken).length);
    queue.unshift(taken.pop() as Uint8Array);
    assert.deepEqual(joined([...taken, ...queue.takeAll()]), joined(pushed));
    assert.equal(queue.bytes, 0);
    assert.ok(queue.isEmpty);
  });

  test("a chunk that was taken does not change, whatever is added later", () => {
    const queue = new ChunkQueue();
    for (const octet of [1, 2, 3]) queue.push(Uint8Array.of(octet));
    const [first, second] = [queue.take(), queue.take()];
    for (const octet of [4, 5]) queue.push(Uint8Array.of(octet));
    assert.deepEqual([first, second], [Uint8Array.of(1), Uint8Array.of(2, 3)]);
    assert.deepEqual(joined(queue.takeAll()), Uint8Array.of(4, 5));
  });

  test("bytes that were put back do not overwrite bytes that were taken", () => {
    const queue = new ChunkQueue();
    for (const octet of [1, 2]) queue.push(Uint8Array.of(octet));
    const taken = [queue.take() as Uint8Array, queue.take() as Uint8Array];
    queue.unshift(joined(taken));
    queue.push(Uint8Array.of(3));
    assert.deepEqual(joined(queue.takeAll()), Uint8Array.of(1, 2, 3));
  });

  test("bytes that come one at a time wait in few chunks", () => {
    const queue = new ChunkQueue();
    for (let i = 0; i < 65_536; i++) queue.push(Uint8Array.of(i));
    assert.equal(queue.bytes, 65_536);
    assert.ok(queue.takeAll().length <= 34);
  });
});
