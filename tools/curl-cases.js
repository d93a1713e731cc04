// The command lines of test/interop/curl/cases, by hand: the real curl beside ours, a few seconds after a change.
//     node tools/curl-cases.js                 every case; prints what differs, and a count for each topic
//     node tools/curl-cases.js proxies         one topic (its file in test/interop/curl/cases)
//     node tools/curl-cases.js proxies 12      one case: what both did, whole (12-20: these)
//     node tools/curl-cases.js --digest        the cases with that word in their line
//     … --curl                                 as the last word: curl beside itself, to try a case's script
// It builds the command itself (esbuild, not the library). The curl: WIREPANE_CURL in the environment, or what tools/newer-curl.js finds.
import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { newerCurl } from "./newer-curl.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const words = process.argv.slice(2).filter((word) => word !== "--curl");
const found = newerCurl(console.log);
if ("problem" in found) {
  console.log(found.problem);
  process.exit(1);
}
spawnSync(process.execPath, [`${root}tools/build.js`, "--command"], { stdio: "inherit" });
const outfile = `${root}build/curl-cases.mjs`;
await build({
  entryPoints: [`${root}test/interop/curl/by-hand.ts`],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20.19",
  logLevel: "warning",
});
/** @type {import("../test/interop/curl/by-hand.ts")} */
const { byHand } = await import(pathToFileURL(outfile).href);
const theirs = [found.path];
const ours = process.argv.includes("--curl") ? theirs : [process.execPath, `${root}bin/wirepane.cjs`, "curl"];
process.exitCode = (await byHand([theirs, ours], words)) ? 0 : 1;
