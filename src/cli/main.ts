// The command. Every start loads what this file imports. Everything else comes by `await import()` when it is needed.
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { keepCompiledCode } from "./compiled-code.ts";
import { version } from "./version.ts";

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  writeSync(1, `wirepane ${version()}\n`);
} else {
  keepCompiledCode(fileURLToPath(import.meta.url));
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
