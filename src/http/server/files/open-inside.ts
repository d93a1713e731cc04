import { constants } from "node:fs";
import { type FileHandle, open, readlink, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** An open file or directory below a root. The caller closes it. */
export interface OpenedInside {
  readonly handle: FileHandle;
  readonly kind: "file" | "directory";
  readonly size: number;
  readonly mtimeNs: bigint;
  /** The path to read a directory by. It leads to the opened directory itself, if the system has such names (Linux). */
  readonly path: string;
}

/** Why nothing was opened: there is no such file, or it is not served. */
export type NotOpened = typeof NOTHING | typeof WITHHELD;

const NOTHING = { kind: "nothing" } as const;
const WITHHELD = { kind: "withheld" } as const;

/**
 * Opens the file or directory that `segments` lead to, if it lies below `root` and is meant to be served.
 *
 * The file is opened first, and then the opened file is checked: a name that was checked before may lead to another file
 * when it is opened (time of check, time of use). Links may lead anywhere below the root, but not out of it. "withheld":
 * it is not readable, lies outside, or is neither a file nor a directory.
 *
 * @throws errors of the system that say nothing about the file: EMFILE, ENFILE, EIO, …
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
 * Looks at the kind of file before it opens it: to open a named pipe lets its writer go on, and to open a device may do
 * anything. Only somebody who may write below the root can put another file there in between.
 */
async function openFileOrDirectory(path: string): Promise<FileHandle | NotOpened> {
  try {
    if (kindOf(await stat(path)) === undefined) return WITHHELD;
    // O_NONBLOCK: if it is a named pipe after all, we do not wait for a writer.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return notOpened(error);
  }
}

function kindOf(status: { isFile(): boolean; isDirectory(): boolean }): OpenedInside["kind"] | undefined {
  if (status.isFile()) return "file";
  return status.isDirectory() ? "directory" : undefined;
}

/** What an error of the system says about the file. @throws the error, if it says nothing about the file. */
function notOpened(error: unknown): NotOpened {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
    case "ENOTDIR": // a name below a file
    case "ENAMETOOLONG": // no file has such a name
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
 * The real path of the opened file, and a path to read it by. Linux knows both. Elsewhere the name is resolved again, and
 * has to lead to the opened file: only somebody who may write below the root can change the file in between.
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
    notOpened(error); // throws, unless the file is gone by now
    return undefined;
  }
}

/** Compares whole names, since /srv/public is not below /srv/pub. No name below the root may begin with a dot. */
function isServedBelow(root: string, real: string): boolean {
  if (real === root) return true;
  const prefix = root.endsWith(sep) ? root : root + sep;
  if (!real.startsWith(prefix)) return false;
  return relative(root, real)
    .split(sep)
    .every((name) => !name.startsWith("."));
}
