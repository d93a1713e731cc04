import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import module, { createRequire } from "node:module";
import { basename, dirname } from "node:path";
import { Script } from "node:vm";
import { privateFolder } from "./private-folder.ts";
import { version } from "./version.ts";

/** A multiple of eight, since V8 copies code that is not aligned. */
const STAMP_LENGTH = 64;

/** What the types of Node 20 lack. */
interface CompileCache {
  enableCompileCache?(folder: string): unknown;
}

/**
 * From the second start on, V8 reuses the code that it compiled at the first: `http` starts a fifth faster. Node ≥ 22.1 does
 * it when asked. For older lines we do it, and `NODE_DISABLE_COMPILE_CACHE` turns it off there too.
 */
export function keepCompiledCode(here: string): void {
  const folder = cacheFolder();
  if (folder === undefined) return;
  const { enableCompileCache } = module as CompileCache;
  if (enableCompileCache) enableCompileCache(folder);
  else if (!process.env.NODE_DISABLE_COMPILE_CACHE) keepCompiledFiles(dirname(here), folder);
}

/** Where the user's caches are. A home without `.cache` gets none: a program that only reads leaves nothing behind. */
function cacheFolder(): string | undefined {
  const { XDG_CACHE_HOME, HOME } = process.env;
  // The XDG Base Directory Specification says to ignore a relative path.
  const named = XDG_CACHE_HOME?.startsWith("/") ? XDG_CACHE_HOME : undefined;
  const usual =
    HOME && statSync(`${HOME}/.cache`, { throwIfNoEntry: false })?.isDirectory() && `${HOME}/.cache`;
  const caches = named ?? usual;
  // Anybody who can write to the folder can make us run code. Node's default folder is in /tmp.
  return caches ? privateFolder(`${caches}/wirepane/compiled`) : undefined;
}

/** Files of ours are CommonJS with the extension `.cjs`, for which Node has no loader of its own: it takes that of `.js`. */
function keepCompiledFiles(ours: string, folder: string): void {
  const { extensions } = createRequire(`${ours}/`);
  const usual = extensions[".js"];
  extensions[".cjs"] = (loaded, path) => {
    // What a Script of ours runs cannot call `import()`.
    if (dirname(path) === ours && basename(path) !== "import-file.cjs") runKept(loaded, path, folder);
    else usual?.(loaded, path);
  };
}

/** Runs a file of ours as Node would, with what V8 compiled at an earlier start. */
function runKept(loaded: NodeJS.Module, path: string, folder: string): void {
  const kept = `${folder}/${basename(path)}-${process.version}-${process.arch}`;
  const { size, ctimeMs } = statSync(path);
  // V8 compares its own version and flags, but of the source no more than the length.
  const stamp = `${version()} ${size} ${ctimeMs}`.padEnd(STAMP_LENGTH);
  const cachedData = readKept(kept, stamp);
  const code = `(function(exports,require,module,__filename,__dirname){${readFileSync(path, "utf8")}\n})`;
  const script = new Script(code, {
    filename: path,
    ...(cachedData && { cachedData }),
  });
  if (script.cachedDataRejected ?? true)
    process.once("exit", () => writeKept(kept, stamp, script.createCachedData()));
  script.runInThisContext()(loaded.exports, createRequire(path), loaded, path, dirname(path));
}

function readKept(path: string, stamp: string): Buffer | undefined {
  try {
    const kept = readFileSync(path);
    return kept.toString("latin1", 0, STAMP_LENGTH) === stamp ? kept.subarray(STAMP_LENGTH) : undefined;
  } catch {
    return undefined; // The first start.
  }
}

/** Another start may read at this moment: the file appears as a whole. */
function writeKept(path: string, stamp: string, compiled: Buffer): void {
  const unfinished = `${path}.${process.pid}`;
  try {
    writeFileSync(unfinished, Buffer.concat([Buffer.from(stamp), compiled]), { mode: 0o600 });
    renameSync(unfinished, path);
  } catch {
    rmSync(unfinished, { force: true }); // No place is left: the next start compiles again.
  }
}
