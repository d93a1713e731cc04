// The command. What it loads here, every start pays for: the rest comes by `await import()` where it is needed.
import { writeSync } from "node:fs";
import module from "node:module";
import { version } from "./version.ts";

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  writeSync(1, `wirepane ${version()}\n`);
} else {
  keepCompiledCode();
  void import("./run.ts").then(({ run }) => run(args));
}

/** From the second start on, V8 takes what it compiled at the first (Node ≥ 22.1): a fifth of the start of `http`. */
function keepCompiledCode(): void {
  const { XDG_CACHE_HOME, HOME } = process.env;
  const caches = XDG_CACHE_HOME || (HOME && `${HOME}/.cache`);
  // Never in a folder that others write to, as Node's default is: whoever can write there can leave us code to run.
  if (caches) (module as CompileCache).enableCompileCache?.(`${caches}/wirepane`);
}

/** What the types of Node 20 lack. */
interface CompileCache {
  enableCompileCache?(folder: string): unknown;
}
