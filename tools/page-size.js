// npm run check: the page stays small. Prints what a browser loads, as it travels compressed, and fails beyond the budget.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const budgetBytes = 150 * 1024;
const folder = fileURLToPath(new URL("../dist/page/", import.meta.url));
let total = 0;
for (const name of readdirSync(folder)) {
  const bytes = gzipSync(readFileSync(folder + name)).length;
  total += bytes;
  console.log(`${name}: ${bytes} bytes with gzip`);
}
console.log(`the page: ${total} of at most ${budgetBytes} bytes`);
process.exitCode = total > budgetBytes ? 1 : 0;
