import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CurlError } from "../../../src/cli/curl/curl-error.ts";
import type { OptionName } from "../../../src/cli/curl/table.ts";
import { checkValue } from "../../../src/cli/curl/value-checks.ts";

/** What curl 8.23 takes. */
const TAKEN: readonly [name: OptionName, value: string][] = [
  ["max-time", "1.5"],
  ["max-time", "1s"],
  ["max-redirs", "-1"],
  ["continue-at", "-"],
  ["continue-at", "9223372036854775807"],
  ["limit-rate", "1.5M"],
  ["local-port", "1000-2000"],
  ["rate", "3/5m"],
  ["proto", "=https"],
  ["retry", "0"],
  ["user-agent", "any text"],
];
for (const [name, value] of TAKEN)
  test(`--${name} ${value} is taken`, () => checkValue(`--${name}`, value, name));

/** What curl 8.23 refuses with 2. */
const REFUSED: readonly [name: OptionName, value: string][] = [
  ["max-time", "x"],
  ["max-time", "-1"],
  ["max-redirs", "-2"],
  ["continue-at", "x"],
  ["continue-at", "-5"],
  ["continue-at", "5x"],
  ["continue-at", "9223372036854775808"],
  ["limit-rate", "1x"],
  ["max-filesize", "1kk"],
  ["local-port", "70000"],
  ["local-port", "2-1"],
  ["rate", "0/s"],
  ["proto", "nope"],
  ["retry", "1x"],
];
for (const [name, value] of REFUSED) {
  test(`--${name} ${value} is refused with 2, and the line names both`, () => {
    assert.throws(
      () => checkValue(`--${name}`, value, name),
      (error) =>
        error instanceof CurlError &&
        error.exitCode === 2 &&
        error.message.startsWith(`--${name} "${value}": `),
    );
  });
}

test("the option is named as it was given", () => {
  assert.throws(() => checkValue("-m", "x", "max-time"), /^CurlError: -m "x": /);
});

test("a file that has to exist is looked for", () => {
  const here = fileURLToPath(import.meta.url);
  checkValue("--cacert", here, "cacert");
  const gone = `${here}.gone`;
  assert.throws(
    () => checkValue("--cacert", gone, "cacert"),
    (error) => error instanceof CurlError && error.exitCode === 2 && error.message.includes(gone),
  );
});
