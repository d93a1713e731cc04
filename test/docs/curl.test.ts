import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CURL_OPTIONS } from "../../src/cli/curl/table.ts";
import { curlDocument } from "../../tools/curl-document.js";
import { shown } from "../interop/curl/case.ts";
import { TOPICS } from "../interop/curl/topics.ts";
import { refusalOf } from "../interop/curl/verdict.ts";
import { ROOT } from "../support/root.ts";

test("docs/curl.md shows the table of options and the cases (npm run docs:curl)", () => {
  const page = readFileSync(new URL("docs/curl.md", ROOT), "utf8");
  assert.equal(page, curlDocument(CURL_OPTIONS, TOPICS, { shown, refusalOf }));
});
