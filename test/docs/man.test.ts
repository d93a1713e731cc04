import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CURL_OPTIONS } from "../../src/cli/curl/table.ts";
import { manPage } from "../../tools/man-page.js";
import { ROOT } from "../support/root.ts";

test("man/wirepane-http.1 shows the table of options (npm run docs:man)", () => {
  const page = readFileSync(new URL("man/wirepane-http.1", ROOT), "utf8");
  assert.equal(page, manPage(CURL_OPTIONS));
});
