import assert from "node:assert/strict";
import { test } from "node:test";
import { formBoundary } from "../../../src/http/client/multipart/form-part.ts";

test("a boundary is curl's, made of the given bytes, or else by chance", () => {
  assert.equal(formBoundary(new Uint8Array(22)), `${"-".repeat(24)}${"0".repeat(22)}`);
  const made = [formBoundary(), formBoundary()];
  for (const each of made) assert.match(each, /^-{24}[0-9A-Za-z]{22}$/);
  assert.notEqual(made[0], made[1]);
});
