import assert from "node:assert/strict";
import { test } from "node:test";
import { CURL_OPTIONS } from "../../../src/cli/curl/table.ts";
import { wordsOf } from "./case.ts";
import { runTopics } from "./run-topics.ts";
import { TOPICS } from "./topics.ts";

runTopics(TOPICS);

test("every option of curl's is in a case", () => {
  const words = new Set(TOPICS.flatMap(({ cases }) => cases.flatMap(({ line }) => wordsOf(line))));
  const text = [...words].join(" ");
  const missing = Object.entries(CURL_OPTIONS)
    .filter(([, { group }]) => group !== "wirepane")
    .filter(
      ([name, { short }]) =>
        !words.has(`--${name}`) && !text.includes(`--${name}=`) && !isShort(words, short),
    );
  assert.deepEqual(
    missing.map(([name]) => name),
    [],
  );
});

function isShort(words: ReadonlySet<string>, short: string | undefined): boolean {
  return short !== undefined && [...words].some((word) => word.startsWith(`-${short}`));
}
