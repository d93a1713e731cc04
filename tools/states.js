// npm run docs:states: writes docs/states.md from the tables in src/http1/state.ts.
import { writeFileSync } from "node:fs";
import { statesDocument } from "./states-document.js";

const root = new URL("../", import.meta.url);
/** @type {import("../src/http1/state.ts")} */
const tables = await import(new URL("dist/http1/state.js", root).href);
/** @type {import("../src/trace/meanings/states.ts")} */
const { STATE_MEANINGS } = await import(new URL("dist/trace/meanings/states.js", root).href);
writeFileSync(new URL("docs/states.md", root), statesDocument(tables, STATE_MEANINGS));
console.log("docs/states.md is written");
