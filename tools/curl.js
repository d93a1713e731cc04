// npm run docs:curl: writes docs/curl.md from the table of curl's options and the cases beside a real curl.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { curlDocument } from "./curl-document.js";

const root = new URL("../", import.meta.url);
const tsc = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.test.json"];
if (spawnSync(process.execPath, tsc, { cwd: fileURLToPath(root), stdio: "inherit" }).status !== 0)
  process.exit(1);
/** @type {import("../src/cli/curl/table.ts")} */
const { CURL_OPTIONS } = await import(new URL("build/src/cli/curl/table.js", root).href);
/** @type {import("../test/interop/curl/topics.ts")} */
const { TOPICS } = await import(new URL("build/test/interop/curl/topics.js", root).href);
/** @type {import("../test/interop/curl/case.ts")} */
const { shown } = await import(new URL("build/test/interop/curl/case.js", root).href);
/** @type {import("../test/interop/curl/verdict.ts")} */
const { refusalOf } = await import(new URL("build/test/interop/curl/verdict.js", root).href);
writeFileSync(new URL("docs/curl.md", root), curlDocument(CURL_OPTIONS, TOPICS, { shown, refusalOf }));
console.log("docs/curl.md is written");
