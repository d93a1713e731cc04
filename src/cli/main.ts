// The command. Every start loads what this file imports. Everything else comes by `await import()` when it is needed.
import { writeSync } from "node:fs";
import module from "node:module";
import { privateFolder } from "./private-folder.ts";
import { version } from "./version.ts";

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  writeSync(1, `wirepane ${version()}\n`);
} else {
  keepCompiledCode();
  void running(args).then(({ run }) => run(args));
}

/** The file of the command that has what these words need, and little more: reading code is most of a start. */
function running(words: readonly string[]): Promise<typeof import("./run.ts")> {
  if (watches(words)) return import("./run.ts");
  return words[0] === "http" || words[0] === "curl" ? import("./run-curl.ts") : import("./run-unwatched.ts");
}

/** Whether the command line shows or keeps what happens. In doubt it does: that costs time, and nothing else. */
function watches(words: readonly string[]): boolean {
  const [command = "demo"] = words;
  return (
    ["demo", "explain", "lab", "proxy", "replay", "trace", "watch"].includes(command) ||
    words.some((word) => /^--(?:expand-)?(?:timeline|explain|record|open|from$|from=)/.test(word))
  );
}

/** From the second start on, V8 reuses the code that it compiled at the first (Node ≥ 22.1). `http` starts a fifth faster. */
function keepCompiledCode(): void {
  const { enableCompileCache } = module as CompileCache;
  if (enableCompileCache === undefined) return;
  const { XDG_CACHE_HOME, HOME } = process.env;
  // The XDG Base Directory Specification says to ignore a relative path.
  const caches = XDG_CACHE_HOME?.startsWith("/") ? XDG_CACHE_HOME : HOME && `${HOME}/.cache`;
  // Anybody who can write to the folder can make us run code. Node's default folder is in /tmp.
  const folder = caches && privateFolder(`${caches}/wirepane/compiled`);
  if (folder) enableCompileCache(folder);
}

/** What the types of Node 20 lack. */
interface CompileCache {
  enableCompileCache?(folder: string): unknown;
}
