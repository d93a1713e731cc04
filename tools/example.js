// npm run example -- server [arguments]: runs examples/server.ts, also on a Node that cannot run TypeScript.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));
const [name = "", ...args] = process.argv.slice(2);
const source = `${root}examples/${name}.ts`;
if (!existsSync(source)) {
  const names = readdirSync(`${root}examples`).filter((file) => file.endsWith(".ts"));
  console.error(`which example? ${names.map((file) => file.replace(".ts", "")).join(", ")}`);
  process.exit(2);
}
const outfile = `${root}build/examples/${name}.js`;
buildSync({ entryPoints: [source], outfile, format: "esm", target: "node20.19", logLevel: "warning" });
const example = spawn(process.execPath, [outfile, ...args], { stdio: "inherit" });
// Ctrl-C reaches both processes. The example ends in its own way, and then this process ends.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => example.kill("SIGTERM"));
example.on("close", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143);
});
