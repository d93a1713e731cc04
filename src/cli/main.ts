// The command. What it loads here, every start pays for: the rest comes by `await import()` where it is needed.
import { writeSync } from "node:fs";
import { version } from "./version.ts";

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  writeSync(1, `wirepane ${version()}\n`);
} else {
  void import("./run.ts").then(({ run }) => run(args));
}
