import assert from "node:assert/strict";
import { test } from "node:test";
import { commandLineOption, configLines } from "../../../src/cli/curl/config-file.ts";
import { curlrcPaths } from "../../../src/cli/curl/curlrc.ts";

/** What curl 8.23.0 makes of one line: [option, value]. */
const LINES: readonly (readonly [string, string, string | undefined])[] = [
  ["url h/x", "url", "h/x"],
  ["url=h/x", "url", "h/x"],
  ["url: h/x", "url", "h/x"],
  ["url\th/x", "url", "h/x"],
  ["url : = h/x", "url", "h/x"],
  ["--url h/x", "--url", "h/x"],
  ["--url=h/x", "--url=h/x", undefined],
  ["--url = h", "--url", "="],
  ["-eref", "-eref", undefined],
  ["-se ref", "-se", "ref"],
  ["-e=x", "-e=x", undefined],
  ['url = "h/\\"x\\t\\n\\r\\v\\q\\\\"', "url", 'h/"x\t\n\r\vq\\'],
  ["url = 'h/x'", "url", "'h/x'"],
  ['url "h/x', "url", "h/x"],
  ['url="h/x"y', "url", "h/x"],
  ['referer "', "referer", ""],
  ['data-raw ""', "data-raw", ""],
  ["url h/x#y", "url", "h/x#y"],
  ["url h/x\r", "url", "h/x"],
  ["referer a=b", "referer", "a=b"],
  ["url =", "url", undefined],
  ["silent", "silent", undefined],
  ["silent\r", "silent\r", undefined],
  ["-s\r", "-s\r", undefined],
  ["\r", "\r", undefined],
  ["  url h", "", "url"],
  ['"url" h', '"url"', "h"],
  ["=x", "", "x"],
  ["-- h/x", "--", "h/x"],
  [";foo", ";foo", undefined],
];

for (const [row, option, value] of LINES) {
  test(`the line ${JSON.stringify(row)} is read as curl reads it`, () => {
    const [line] = configLines(row);
    assert.deepEqual([line?.option, line?.value], [option, value]);
  });
}

test("comments and blank lines count as lines, and nothing else", () => {
  const lines = [...configLines("# c\n\n \t\n  # d\nurl a\nnext\n-o b\n")];
  assert.deepEqual(
    lines.map(({ line, option }) => [line, option]),
    [
      [5, "url"],
      [6, "next"],
      [7, "-o"],
    ],
  );
  assert.deepEqual(
    lines.map(({ option }) => commandLineOption(option)),
    ["--url", "--next", "-o"],
  );
});

test("words behind a value without quotes are told, a comment is not", () => {
  const dropped = (row: string) => [...configLines(row)][0]?.wordsDropped;
  assert.deepEqual(["url a b", "url a # b", 'url "a" b', "url a"].map(dropped), [true, false, false, false]);
});

test(".curlrc is looked for where curl looks, in its order", () => {
  const environment = { CURL_HOME: "/c", XDG_CONFIG_HOME: "/x", HOME: "/h" };
  assert.deepEqual(curlrcPaths(environment), ["/c/.curlrc", "/x/curlrc", "/h/.curlrc"]);
  assert.deepEqual(curlrcPaths({ HOME: "/h" }), ["/h/.curlrc", "/h/.config/curlrc"]);
  assert.deepEqual(curlrcPaths({}), []);
});
