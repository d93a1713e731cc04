import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { CurlError } from "../../../src/cli/curl/curl-error.ts";
import { Pace, parseRate } from "../../../src/cli/curl/rate.ts";

/** The time from the start of one transfer to the next. Tried with curl 8.23: which values it takes. */
const RATES: readonly [text: string, ms: number][] = [
  ["3", 1_200_000],
  ["2/s", 500],
  ["3/s", 333],
  ["10/5m", 30_000],
  ["1/2h", 7_200_000],
  ["1/30d", 2_592_000_000],
  ["3/sx", 333],
  ["3/5mm", 100_000],
  ["3/s/", 333],
  ["3x", 1_200_000],
  ["1.5/s", 3_600_000],
];
for (const [text, ms] of RATES)
  test(`--rate ${text}: a transfer begins every ${ms} ms`, () => assert.equal(parseRate(text), ms));

/** curl 8.23 ends with 2, too. */
const REFUSED = [
  "",
  " 3",
  "+3",
  "-1",
  "x",
  "3/",
  "3/x",
  "3/5",
  "3/S",
  "0/s",
  "3/0s",
  "1/99999999999999d",
  "99999999999999999999/s",
];
for (const text of REFUSED) {
  test(`--rate ${JSON.stringify(text)} is refused with 2`, () => {
    assert.throws(
      () => parseRate(text),
      (error) => error instanceof CurlError && error.exitCode === 2,
    );
  });
}

test("the first transfer begins at once, and the next one waits until its time, or until Ctrl-C", async () => {
  const pace = new Pace("1/h");
  const controller = new AbortController();
  await pace.turn(controller.signal);
  const second = pace.turn(controller.signal);
  controller.abort();
  await assert.rejects(second, { name: "AbortError" });
});

test("a transfer may have to wait longer than a timer of Node can", async () => {
  const pace = new Pace("1/30d");
  const controller = new AbortController();
  await pace.turn(controller.signal);
  const warned = once(process, "warning", { signal: controller.signal });
  const second = pace.turn(controller.signal);
  // Node would warn of the overflow, and the wait would be over after 1 ms.
  setImmediate(() => setImmediate(() => controller.abort()));
  await assert.rejects(warned, { name: "AbortError" });
  await assert.rejects(second, { name: "AbortError" });
});

test("transfers of a fast rate follow each other", async () => {
  const pace = new Pace("100000/s");
  const { signal } = new AbortController();
  for (let i = 0; i < 10; i++) await pace.turn(signal);
});
