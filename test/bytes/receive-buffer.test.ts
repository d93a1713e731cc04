import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ReceiveBuffer } from "../../src/bytes/receive-buffer.ts";
import { latin1, latin1Bytes } from "../../src/bytes/text.ts";

describe("ReceiveBuffer", () => {
  test("a chunk that arrives on an empty buffer is read in place", () => {
    const buffer = new ReceiveBuffer();
    const chunk = latin1Bytes("abc");
    buffer.append(chunk);
    assert.equal(buffer.bytes, chunk);
  });

  test("kept bytes do not depend on the memory they came in", () => {
    const buffer = new ReceiveBuffer();
    const chunk = latin1Bytes("abc");
    buffer.append(chunk);
    buffer.start = 1;
    buffer.keep();
    chunk.fill(0);
    buffer.append(latin1Bytes("de"));
    assert.equal(latin1(buffer.bytes, buffer.start, buffer.end), "bcde");
  });

  test("offsets count from the first byte of the stream, wherever the bytes are moved to", () => {
    const buffer = new ReceiveBuffer();
    for (let at = 0; at < 10_000; at += 5) {
      buffer.append(latin1Bytes("hello"));
      if (at % 3 === 0) buffer.keep();
      buffer.start += 4;
      assert.equal(buffer.offsetOf(buffer.end), at + 5);
      const next = "hello".charCodeAt(buffer.offsetOf(buffer.start) % 5);
      assert.equal(buffer.bytes[buffer.start], next);
    }
  });

  test("a buffer that stays nearly full moves its bytes seldom", (t) => {
    const buffer = new ReceiveBuffer();
    buffer.append(new Uint8Array(1000));
    buffer.keep();
    let moved = 0;
    const { set } = Uint8Array.prototype;
    t.mock.method(Uint8Array.prototype, "set", function (this: Uint8Array, source: Uint8Array, at?: number) {
      moved += source.length;
      set.call(this, source, at);
    });
    for (let turn = 0; turn < 10_000; turn++) {
      buffer.append(Uint8Array.of(1));
      buffer.start++;
    }
    assert.ok(moved <= 3 * 10_000, `${moved} bytes moved`);
  });

  test("an idle buffer keeps no large memory", () => {
    const buffer = new ReceiveBuffer();
    buffer.append(new Uint8Array(1_000_000));
    buffer.keep();
    assert.equal(buffer.takeAll().length, 1_000_000);
    assert.equal(buffer.bytes.length, 0);
    buffer.append(new Uint8Array(1));
    buffer.keep();
    assert.ok(buffer.bytes.length <= 1024);
  });
});
