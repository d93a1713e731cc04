import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { httpDate, parseCurlDate } from "../../../src/cli/curl/date.ts";
import {
  parseCount,
  parseCountOrNone,
  parseFileMode,
  parseSeconds,
  parseSize,
  rangeOf,
} from "../../../src/cli/curl/numbers.ts";
import { ROOT } from "../../support/root.ts";

/** Recorded from curl 8.23.0: the If-Modified-Since field of `-z`; `null`: curl sends none. */
const dates = JSON.parse(
  readFileSync(new URL("test/cli/curl/recorded/dates.json", ROOT), "utf8"),
) as readonly {
  readonly date: string;
  readonly sent: string | null;
}[];

for (const { date, sent } of dates) {
  test(`-z ${JSON.stringify(date)} is the date that curl sends`, () => {
    const seconds = parseCurlDate(date);
    assert.equal(seconds === undefined ? null : httpDate(seconds), sent);
  });
}

const PROPER = "expected a proper numerical parameter";
const POSITIVE = "expected a positive numerical parameter";
const BADLY = "is badly used here";
const LARGE = "too large number";

/** Tried with curl 8.23.0: the value, or why it is refused. */
const CASES: readonly (readonly [(text: string) => number, string, number | string])[] = [
  ...["1", "0", "1b", "1B", "01"].map(
    (text) => [parseSize, text, text.startsWith("0") && text !== "01" ? 0 : 1] as const,
  ),
  [parseSize, "1k", 1024],
  [parseSize, "1.5k", 1536],
  [parseSize, "1.000M", 1048576],
  [parseSize, "1G", 2 ** 30],
  [parseSize, "1t", 2 ** 40],
  [parseSize, "9P", 9 * 2 ** 50],
  ...["1E", "1kB", "1.5", "1,5k", "1 k", "1k ", "1e3", "0x10", "1kk", "1.5.5k"].map(
    (text) => [parseSize, text, BADLY] as const,
  ),
  ...[".5k", "1.k", "1..k", "-1", "", "k", " 1", "+1"].map((text) => [parseSize, text, PROPER] as const),
  ...["9223372036854775808", "8388608T", "8192P"].map((text) => [parseSize, text, LARGE] as const),
  [parseCount, "1", 1],
  [parseCount, "99999999999", 99_999_999_999],
  [parseCount, "-1", POSITIVE],
  ...["x", "1.5", "", " 1", "1 ", "+1", "0x1"].map((text) => [parseCount, text, PROPER] as const),
  [parseCountOrNone, "-1", -1],
  [parseCountOrNone, "-2", PROPER],
  [parseCountOrNone, "7", 7],
  [parseSeconds, "1", 1000],
  [parseSeconds, "1.5", 1500],
  [parseSeconds, "0.001", 1],
  [parseSeconds, "1s", 1000],
  [parseSeconds, "1,5", 1000],
  [parseSeconds, "1.", LARGE],
  ...[".5", "-1", "x", "", " 1"].map((text) => [parseSeconds, text, PROPER] as const),
  [parseFileMode, "644", 0o644],
  [parseFileMode, "0999", PROPER],
  [parseFileMode, "1777", LARGE],
];

for (const [parse, text, expected] of CASES) {
  test(`${parse.name} of ${JSON.stringify(text)}: ${expected}`, () => {
    if (typeof expected === "number") assert.equal(parse(text), expected);
    else assert.throws(() => parse(text), { exitCode: 2, message: expected });
  });
}

test("-r: a number alone is the start of an open range, anything else goes as it is", () => {
  const texts = ["0-", "-5", "5", "x", "0-5,10-20", "1 -2", "-", "5-1", " 5", "0x1-2", "0005"];
  const sent = ["0-", "-5", "5-", "x", "0-5,10-20", "1-", "-", "5-1", " 5", "0-", "5-"];
  assert.deepEqual(texts.map(rangeOf), sent);
});
