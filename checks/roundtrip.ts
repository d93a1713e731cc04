import fc from "fast-check";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { carry } from "./roundtrip/carry.ts";
import { exchange } from "./roundtrip/exchanges.ts";

export const check: Check = {
  promise: "one side reads what the other side sent, however the bytes are cut",
  runs: { quick: 5_000, full: 20_000, long: 200_000 },
  run,
};

/** A run is one message, so an exchange counts as two runs. */
async function run({ runs, seed, print }: CheckOptions): Promise<CheckResult> {
  const numRuns = Math.ceil(runs / 2);
  const details = fc.check(fc.property(exchange, carry), { numRuns, seed });
  if (details.failed) print(fc.defaultReportMessage(details) ?? "");
  const messages = (details.numRuns * 2).toLocaleString("en");
  return {
    passed: !details.failed,
    figures: `${messages} messages, ${details.failed ? 1 : 0} not read as sent`,
  };
}
