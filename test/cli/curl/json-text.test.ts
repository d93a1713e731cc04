import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { JsonText } from "../../../src/cli/curl/json-text.ts";

function setOut(pieces: readonly string[], colour = false): string {
  const text = new JsonText(colour);
  return pieces.map((piece) => text.push(piece)).join("") + text.end();
}
const withoutColours = (text: string): string => text.replace(/\x1b\[\d*m/g, "");
const withoutSpace = (text: string): string => text.replace(/\s/g, "");

test("JSON is set out as JSON.stringify would, whatever whitespace and pieces it comes in", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 1, "\t"), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      const expected = `${JSON.stringify(value, undefined, 2)}\n`;
      assert.equal(setOut([text]), expected);
      assert.equal(setOut([...text]), expected);
    }),
  );
});

test("colours change nothing else", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      assert.equal(withoutColours(setOut([text], true)), setOut([text]));
    }),
  );
});

test("names, texts and words have a colour each, which ends with them", () => {
  assert.equal(
    setOut(['{"a":"b","c":[1,null]}'], true),
    '{\n  \x1b[34m"a"\x1b[0m: \x1b[32m"b"\x1b[0m,\n  \x1b[34m"c"\x1b[0m: [\n    \x1b[33m1\x1b[0m,\n    \x1b[33mnull\x1b[0m\n  ]\n}\n',
  );
});

test("numbers and escapes stay as they were written", () => {
  assert.equal(setOut(['[1.50e+2,"\\u00e9\\"\\/",-0]']), '[\n  1.50e+2,\n  "\\u00e9\\"\\/",\n  -0\n]\n');
});

test("text that is no JSON loses nothing but whitespace", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",: \n\\ab1') }), (text) => {
      assert.equal(withoutSpace(setOut([text])), withoutSpace(text));
      assert.equal(withoutSpace(withoutColours(setOut([text], true))), withoutSpace(text));
    }),
  );
});

test("several values have a line each", () => {
  assert.equal(setOut(['{"a":1}{"a":2}\n3 4']), '{\n  "a": 1\n}\n{\n  "a": 2\n}\n3\n4\n');
});

test("a value of a thousand brackets takes no more than eighty blanks a line", () => {
  const lines = setOut(["[".repeat(1000) + "]".repeat(1000)]).split("\n");
  const blanks = lines.map((line) => line.length - line.trimStart().length);
  assert.equal(Math.max(...blanks), 80);
});
