import assert from "node:assert/strict";
import { test } from "node:test";
import { CURL_OPTIONS } from "../../../src/cli/curl/table.ts";
import { wordsOf } from "./case.ts";
import { runTopics } from "./run-topics.ts";
import { COMMAND_LINES, TOPICS } from "./topics.ts";

runTopics(COMMAND_LINES);

test("every option of curl's is in a case", () => {
  const words = [...new Set(TOPICS.flatMap(({ cases }) => cases.flatMap(({ line }) => wordsOf(line))))];
  const missing = Object.entries(CURL_OPTIONS)
    .filter(([, { group }]) => group !== "wirepane")
    .filter(([name, { short }]) => {
      const spellings = [`--${name}`, `--no-${name}`, ...(short === undefined ? [] : [`-${short}`])];
      return !words.some((word) => spellings.includes(word.replace(/=.*/s, "")));
    });
  assert.deepEqual(
    missing.map(([name]) => name),
    [],
  );
});
