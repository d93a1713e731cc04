// The command. What it loads here, every start pays for: the rest comes by `await import()` where it is needed.
import { writeSync } from "node:fs";
import module from "node:module";
import { privateFolder } from "./private-folder.ts";
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
  const { enableCompileCache } = module as CompileCache;
  if (enableCompileCache === undefined) return;
  const { XDG_CACHE_HOME, HOME } = process.env;
  // The XDG Base Directory Specification has relative paths ignored.
  const caches = XDG_CACHE_HOME?.startsWith("/") ? XDG_CACHE_HOME : HOME && `${HOME}/.cache`;
  // Whoever can write to the folder can leave us code to run, as in Node's default, which is in /tmp.
  const folder = caches && privateFolder(`${caches}/wirepane/compiled`);
  if (folder) enableCompileCache(folder);
}

/** What the types of Node 20 lack. */
interface CompileCache {
  enableCompileCache?(folder: string): unknown;
}
