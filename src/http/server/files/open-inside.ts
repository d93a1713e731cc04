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

/** Why nothing was opened: there is no such name, or what has it is not for others. */
export type NotOpened = typeof NOTHING | typeof WITHHELD;

const NOTHING = { kind: "nothing" } as const;
const WITHHELD = { kind: "withheld" } as const;

/**
 * Opens what `segments` lead to, if it is below `root` and meant for others.
 *
 * First opened, then checked, and what is checked is the opened file: a name that was checked before may be another
 * file by the time it is opened (time of check, time of use). Links may lead anywhere below the root, but not out
 * of it. "withheld" is what is not readable, outside, or neither file nor directory.
 *
 * @throws what says nothing about the file: EMFILE, ENFILE, EIO, …
 */
export async function openInside(
  root: string,
  segments: readonly string[],
): Promise<OpenedInside | NotOpened> {
  const path = join(root, ...segments);
  const handle = await openFileOrDirectory(path);
  if ("kind" in handle) return handle;
  let accepted = false;
  try {
    const status = await handle.stat({ bigint: true });
    const kind = kindOf(status);
    const names = kind && (await namesOf(handle, path));
    if (kind === undefined || names === undefined || !isServedBelow(root, names.real)) return WITHHELD;
    accepted = true;
    return { handle, kind, size: Number(status.size), mtimeNs: status.mtimeNs, path: names.current };
  } finally {
    if (!accepted) await handle.close();
  }
}

/**
 * Looks before it opens: opening a named pipe lets its writer go on, opening a device may do anything, and either may
 * lie outside the root. Only somebody who may write below the root can put another file there in between.
 */
async function openFileOrDirectory(path: string): Promise<FileHandle | NotOpened> {
  try {
    if (kindOf(await stat(path)) === undefined) return WITHHELD;
    // O_NONBLOCK: should it be a named pipe after all, one without a writer must not hold us.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return notOpened(error);
  }
}

function kindOf(status: { isFile(): boolean; isDirectory(): boolean }): OpenedInside["kind"] | undefined {
  if (status.isFile()) return "file";
  return status.isDirectory() ? "directory" : undefined;
}

/** What the system said about a name. @throws what it said about itself. */
function notOpened(error: unknown): NotOpened {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
    case "ENOTDIR": // a name below a file
    case "ENAMETOOLONG": // no file has it
      return NOTHING;
    case "EACCES":
    case "EPERM":
    case "ELOOP":
    case "ENXIO": // a socket, or a device that is not there
      return WITHHELD;
    default:
      throw error;
  }
}

/**
 * The real path of the opened file, and one to read it by. Linux tells it. Elsewhere the name is resolved again, and
 * has to lead to the same file before and after: that leaves a race to somebody who may write below the root.
 */
async function namesOf(
  handle: FileHandle,
  path: string,
): Promise<{ real: string; current: string } | undefined> {
  const descriptor = `/proc/self/fd/${handle.fd}`;
  try {
    if (process.platform === "linux") return { real: await readlink(descriptor), current: descriptor };
  } catch (error) {
    if (notOpened(error) === WITHHELD) return undefined;
    // /proc is not mounted
  }
  try {
    const real = await realpath(path);
    const [opened, named] = [await handle.stat({ bigint: true }), await stat(real, { bigint: true })];
    return opened.ino === named.ino && opened.dev === named.dev ? { real, current: real } : undefined;
  } catch (error) {
    notOpened(error); // it is gone by now, unless that throws
    return undefined;
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
