import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { newerCurl } from "../../../tools/newer-curl.js";
import { CLI } from "../../support/cli.ts";
import { shown, type Topic } from "./case.ts";
import { runBoth } from "./compare.ts";
import { refusalOf, verdictOf } from "./verdict.ts";

/** All cases take minutes (`npm run check:curl`). Here is every sixth of a topic, and every third of the options. */
const SHARE: Readonly<Record<string, number>> = { "every-option": 3 };
const USUAL_SHARE = 6;

/** A test for each case: a real curl and ours, several cases at a time. Without such a curl they are skipped. */
export function runTopics(topics: readonly Topic[]): void {
  const curl = newerCurl(console.log);
  const skip = "problem" in curl ? curl.problem : false;
  const programs = [["path" in curl ? curl.path : ""], [process.execPath, CLI, "curl"]] as const;
  const folder = mkdtempSync(join(tmpdir(), "wirepane-cases-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  for (const { name, title, cases } of topics) {
    describe(title, { concurrency: 6 }, () => {
      for (const [at, given] of cases.entries()) {
        if (at % (SHARE[name] ?? USUAL_SHARE) !== 0) continue;
        const what = given.what === undefined ? "" : ` (${given.what})`;
        const skipped = skip || (given.gap !== undefined && `not the same yet: ${given.gap}`);
        test(`${name} ${at + 1}: curl ${shown(given)}${what}`, { skip: skipped }, async () => {
          const refused = refusalOf(given);
          const [theirs, ours] = await runBoth(
            { ...given, refused },
            programs,
            join(folder, `${name}-${at}`),
          );
          assert.equal(verdictOf(given, theirs, ours).join("\n    "), "");
        });
      }
    });
  }
}
