import assert from "node:assert/strict";
import { test } from "node:test";
import { counted } from "../../src/bytes/text.ts";

test("one of a thing is singular, none and many are plural", () => {
  assert.equal(counted(1, "byte"), "1 byte");
  assert.equal(counted(0, "byte"), "0 bytes");
  assert.equal(counted(2, "process", "processes"), "2 processes");
});
