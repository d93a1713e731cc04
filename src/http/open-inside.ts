import { constants } from "node:fs";
import { type FileHandle, open, readlink, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** A file or directory below a root, open. Whoever gets it closes it. */
export interface OpenedInside {
  readonly handle: FileHandle;
  readonly kind: "file" | "directory";
  readonly size: number;
  readonly mtimeNs: bigint;
  /** Where a directory is read from: names the opened one itself, where the system has names for that. */
  readonly path: string;
}

/**
 * Opens what `segments` lead to, if it is below `root` and meant for others.
 *
 * First opened, then checked, and what is checked is the opened file: a name that was checked before may be another
 * file by the time it is opened (time of check, time of use). Links may lead anywhere below the root, but not out
 * of it. `undefined` for what is not there, not readable, outside, or neither file nor directory.
 */
export async function openInside(
  root: string,
  segments: readonly string[],
): Promise<OpenedInside | undefined> {
  const handle = await openOrNothing(join(root, ...segments));
  if (handle === undefined) return undefined;
  let accepted = false;
  try {
    const status = await handle.stat({ bigint: true });
    const kind = status.isFile() ? "file" : status.isDirectory() ? "directory" : undefined;
    const path = await pathOf(handle, join(root, ...segments));
    if (kind === undefined || path === undefined || !isServedBelow(root, path.real)) return undefined;
    accepted = true;
    return { handle, kind, size: Number(status.size), mtimeNs: status.mtimeNs, path: path.current };
  } finally {
    if (!accepted) await handle.close();
  }
}

async function openOrNothing(path: string): Promise<FileHandle | undefined> {
  try {
    // O_NONBLOCK: a named pipe without a writer must not hold us.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined; // ENOENT, EACCES, ELOOP, ENOTDIR, ENAMETOOLONG, …: to the client all are one
  }
}

/**
 * The real path of the opened file. Linux tells it. Elsewhere the name is resolved again, and has to lead to the
 * same file before and after: that leaves a race to somebody who may write below the root.
 */
async function pathOf(
  handle: FileHandle,
  path: string,
): Promise<{ real: string; current: string } | undefined> {
  const descriptor = `/proc/self/fd/${handle.fd}`;
  try {
    if (process.platform === "linux") return { real: await readlink(descriptor), current: descriptor };
  } catch {
    // /proc is not mounted
  }
  try {
    const real = await realpath(path);
    const [opened, named] = [await handle.stat({ bigint: true }), await stat(real, { bigint: true })];
    return opened.ino === named.ino && opened.dev === named.dev ? { real, current: real } : undefined;
  } catch {
    return undefined; // it is gone by now
  }
}

/** By whole names, since /srv/pub is not a part of /srv/public; and no name of them begins with a dot. */
function isServedBelow(root: string, real: string): boolean {
  if (real === root) return true;
  const prefix = root.endsWith(sep) ? root : root + sep;
  if (!real.startsWith(prefix)) return false;
  return relative(root, real)
    .split(sep)
    .every((name) => !name.startsWith("."));
}
