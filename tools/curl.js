// npm run docs:curl: writes docs/curl.md from the table of curl's options and the cases beside a real curl.
import { writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { curlDocument } from "./curl-document.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const outfile = `${root}build/curl-document.mjs`;
// A bundle: to compile every test first would take longer than all the rest.
await build({
  stdin: {
    contents: `export { CURL_OPTIONS } from "./src/cli/curl/table.ts";
      export { TOPICS } from "./test/interop/curl/topics.ts";
      export { shown } from "./test/interop/curl/case.ts";
      export { refusalOf } from "./test/interop/curl/verdict.ts";`,
    resolveDir: root,
  },
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  logLevel: "warning",
});
const { CURL_OPTIONS, TOPICS, shown, refusalOf } = await import(pathToFileURL(outfile).href);
writeFileSync(`${root}docs/curl.md`, curlDocument(CURL_OPTIONS, TOPICS, { shown, refusalOf }));
console.log("docs/curl.md is written");
