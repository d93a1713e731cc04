// npm run docs:conformance: runs every program on every row of wire/verdicts.md, and writes docs/conformance.md.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** @typedef {import("../checks/verdicts/panel.ts")} PanelModule */
/** @typedef {import("../checks/verdicts/compare.ts")} CompareModule */
/** @typedef {import("../checks/verdicts/document.ts")} DocumentModule */

const root = new URL("../", import.meta.url);
const tsc = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.test.json"];
if (spawnSync(process.execPath, tsc, { cwd: fileURLToPath(root), stdio: "inherit" }).status !== 0)
  process.exit(1);
/** @type {PanelModule} */
const { everybody } = await import(new URL("build/checks/verdicts/panel.js", root).href);
/** @type {CompareModule} */
const { missesOf } = await import(new URL("build/checks/verdicts/compare.js", root).href);
/** @type {DocumentModule} */
const { conformanceDocument } = await import(new URL("build/checks/verdicts/document.js", root).href);
const panel = await everybody();
const misses = missesOf(panel).map(
  ({ row, where, got }) => `${row.id}: ${where} ${got}, wanted ${row.wanted}`,
);
const problems = [...panel.problems, ...misses];
for (const problem of problems) console.log(problem);
if (problems.length > 0) process.exit(1);
writeFileSync(new URL("docs/conformance.md", root), conformanceDocument(panel));
console.log(`docs/conformance.md: ${panel.rows.length} rows`);
