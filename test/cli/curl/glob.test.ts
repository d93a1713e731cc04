import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseGlob, plainGlob, withGlobValues } from "../../../src/cli/curl/glob.ts";
import { ROOT } from "../../support/root.ts";

/** Recorded from curl 8.23.0. */
interface RecordedGlob {
  readonly pattern: string;
  readonly texts?: readonly string[];
  readonly message?: string;
}

const recorded = JSON.parse(
  readFileSync(new URL("test/cli/curl/recorded/globs.json", ROOT), "utf8"),
) as RecordedGlob[];

for (const { pattern, texts, message } of recorded) {
  test(`globs as curl does: ${pattern.slice(0, 60)}`, () => {
    if (texts === undefined) {
      assert.throws(() => [...parseGlob(pattern).texts()], { exitCode: 3, message });
      return;
    }
    assert.deepEqual(
      [...parseGlob(pattern).texts()].map(({ text }) => text),
      texts,
    );
  });
}

test("a range of nine quintillion texts costs nothing until they are asked for", () => {
  const glob = parseGlob("h/[1-9000000000000000000]");
  assert.equal(glob.count, 9_000_000_000_000_000_000n);
  assert.deepEqual(glob.texts().next().value, { text: "h/1", values: ["1"] });
});

test("#1 is the value of the first set or range, and no number without one is replaced", () => {
  const [first] = parseGlob("h/{a/b,c}x[01-02]").texts();
  const named = (template: string) => withGlobValues(template, first?.values ?? []);
  assert.equal(named("#2_#1"), "01_a/b");
  assert.equal(named("#0#3##1\\#1"), "#0#3#a/b\\a/b");
  assert.equal(named("#01#99999999999999999999#"), "a/b#99999999999999999999#");
});

test("-g: a pattern stands for itself", () => {
  assert.deepEqual([...plainGlob("h/{a,b}[").texts()], [{ text: "h/{a,b}[", values: [] }]);
});
