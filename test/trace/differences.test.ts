import assert from "node:assert/strict";
import { test } from "node:test";
import { type ComparedMessage, messageDifferences, redactLine } from "../../src/trace.ts";

const message = (...fields: readonly (readonly [string, string])[]): ComparedMessage => ({
  startLine: "200 OK",
  fields,
  trailers: [],
  contentBytes: 0,
  content: new Uint8Array(0),
  digest: "",
});

test("values of the same length that are no secrets differ; secrets are shown masked", () => {
  const [a, b] = [
    message(["Host", "a.example"], ["Location", "http://a"]),
    message(["Host", "b.example"], ["Location", "http://b"]),
  ];
  assert.deepEqual(messageDifferences("request", a, b, { mask: redactLine }), [
    'request field: "Host: a.example" → "Host: b.example"',
    'request field: "Location: http://a" → "Location: http://b"',
  ]);
  const [short, long] = [message(["Cookie", "a=12"]), message(["Cookie", "a=1234"])];
  assert.deepEqual(messageDifferences("request", short, long, { mask: redactLine }), [
    'request field: "Cookie: ****" → "Cookie: ******"',
  ]);
});

test("fields in another order differ, unless any order will do", () => {
  const [a, b] = [message(["A", "1"], ["B", "2"]), message(["B", "2"], ["A", "1"])];
  assert.deepEqual(messageDifferences("x", a, b, { mask: redactLine }), ["x fields: in another order"]);
  assert.deepEqual(messageDifferences("x", a, b, { mask: redactLine, anyOrder: true }), []);
  const ignored = new Set(["a"]);
  assert.deepEqual(messageDifferences("x", a, message(["B", "2"]), { mask: redactLine, ignored }), []);
});
