// npm run docs:man: writes man/wirepane-http.1 from the table of curl's options.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { manPage } from "./man-page.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const outfile = `${root}build/table.mjs`;
await build({
  entryPoints: [`${root}src/cli/curl/table.ts`],
  outfile,
  bundle: true,
  format: "esm",
  logLevel: "warning",
});
const { CURL_OPTIONS } = await import(pathToFileURL(outfile).href);
mkdirSync(`${root}man`, { recursive: true });
writeFileSync(`${root}man/wirepane-http.1`, manPage(CURL_OPTIONS));
console.log("man/wirepane-http.1 is written");
