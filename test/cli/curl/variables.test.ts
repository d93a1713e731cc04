import assert from "node:assert/strict";
import { test } from "node:test";
import { expandVariables, parseVariable } from "../../../src/cli/curl/variables.ts";

// Every expectation was tried with curl 8.23.0.

const VALUES = new Map([
  ["a", ' x/"\n\t\x01\xc3\xa4 '],
  ["nul", "a\0b"],
  ["abc", "YWJj"],
  ["short", "YQ"],
]);

const EXPANSIONS = [
  ["{{a:trim}}", 'x/"\n\t\x01\xc3\xa4'],
  ["{{a:url}}", "%20x%2F%22%0A%09%01%C3%A4%20"],
  ["{{a:json}}", ' x/\\"\\n\\t\\u0001\xc3\xa4 '],
  ["{{a:b64}}", "IHgvIgoJAcOkIA=="],
  ["{{a:trim:url}}", "x%2F%22%0A%09%01%C3%A4"],
  ["{{a:64dec}}", "[64dec-fail]"],
  ["{{short:64dec}}", "[64dec-fail]"],
  ["{{abc:64dec}}", "abc"],
  ["{{nul:b64}}{{nul:json}}{{nul:url}}", "YQBia\\u0000ba%00b"],
  ["{{ a }}{{}}{{a-b}}{{a", "{{ a }}{{}}{{a-b}}{{a"],
  ["\\{{a}}", "\\{{a}}"],
  ["<{{nope}}{{A}}>y}}", "<>y}}"],
  [`{{${"n".repeat(128)}}}`, `{{${"n".repeat(128)}}}`],
  ["<\\{{a}} {{abc}} {{a b}} \\{{ x>", "<{{a}} YWJj {{a b}} {{ x>"],
  ["{a}", "{a}"],
] as const;

for (const [text, expected] of EXPANSIONS) {
  test(`${text.slice(0, 50)} expands as in curl`, () =>
    assert.equal(expandVariables(text, VALUES), expected));
}

const REFUSED = [
  ["{{a:lower}}", "unknown variable function in ':lower'"],
  ["{{a:}}", "unknown variable function in ':'"],
  ["{{a:trim,url}}", "unknown variable function in ':trim,url'"],
  ["{{a:TRIM}}", "unknown variable function in ':TRIM'"],
  ["{{nul}}", "variable contains NUL byte"],
] as const;

for (const [text, message] of REFUSED) {
  test(`${text} is refused`, () =>
    assert.throws(() => expandVariables(text, VALUES), { exitCode: 2, message }));
}

test("--variable gives content, a part of a content, or a part of a file", () => {
  const set = (text: string) => parseVariable(text, { HOMEX: "env" });
  assert.deepEqual(set("a=b=c"), { type: "content", name: "a", content: "b=c" });
  assert.deepEqual(set("a[1-3]=abcdefg"), { type: "content", name: "a", content: "bcd" });
  assert.deepEqual(set("a[2-]=abc"), { type: "content", name: "a", content: "c" });
  assert.deepEqual(set("a[9-]=abc"), { type: "content", name: "a", content: "" });
  assert.deepEqual(set("a[1-3]@-"), { type: "file", name: "a", path: "-", start: 1, end: 3 });
  assert.deepEqual(set("%HOMEX=d"), { type: "content", name: "HOMEX", content: "env" });
  assert.deepEqual(set("%HOMEX[1-2]"), { type: "content", name: "HOMEX", content: "env" });
  assert.deepEqual(set("%OTHER=d"), { type: "content", name: "OTHER", content: "d" });
});

test("--variable without a value is skipped with a warning", () => {
  for (const text of ["a", "=b", "a b=c", "a-b=c", "a[-3]@f", "a[x]@f", "a[1-3]", "%OTHER[1-2]"]) {
    assert.equal(parseVariable(text, {}).type, "skipped", text);
  }
});

test("--variable with a wrong range, or from an environment without it, is an error", () => {
  for (const text of ["a[3-1]@f", "a[1-3", "a[1 -3]=b"]) {
    assert.throws(() => parseVariable(text, {}), {
      exitCode: 2,
      message: "syntax error in --variable argument",
    });
  }
  assert.throws(() => parseVariable("%HOMEX", {}), { exitCode: 2, message: /HOMEX.*not set/ });
});
