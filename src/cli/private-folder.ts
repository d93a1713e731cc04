import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { dirname } from "node:path";

const OTHERS_MAY_ANYTHING = 0o077;
const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * The real path of the folder, which is made if it is missing. `undefined`: another user could put a file into it.
 *
 * The folder must be ours, and closed to all others. Only root and we may rename or replace a folder above it: each one
 * must be root's or ours, and closed to writers, or have a sticky bit, which protects what is ours (`/tmp`).
 */
export function privateFolder(path: string): string | undefined {
  const user = process.getuid?.();
  if (user === undefined) return undefined;
  try {
    makeFolder(path);
    // The real path has no links, and nobody else can change a folder on the way.
    const folder = realpathSync(path);
    const { uid, mode } = lstatSync(folder);
    if (uid !== user || (mode & OTHERS_MAY_ANYTHING) !== 0) return undefined;
    for (let at = dirname(folder); ; at = dirname(at)) {
      const { uid: owner, mode: rights } = lstatSync(at);
      if (owner !== user && owner !== 0) return undefined;
      if ((rights & OTHERS_MAY_WRITE) !== 0 && (rights & STICKY) === 0) return undefined;
      if (at === dirname(at)) return folder;
    }
  } catch {
    return undefined; // No folder can be made here: do without.
  }
}

/** Not `recursive`: Node never returns where a parent is there and nothing can be made in it (`/proc`). */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || path === dirname(path)) throw error;
    makeFolder(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}
