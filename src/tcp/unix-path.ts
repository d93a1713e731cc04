import { type BigIntStats, linkSync, lstatSync, readFileSync, statSync, unlinkSync } from "node:fs";
import net from "node:net";
import { basename, dirname, resolve } from "node:path";
import { printable } from "../bytes/text.ts";
import { TransportError } from "./errors.ts";
import type { SystemError } from "./socket-errors.ts";
import { workingFolderOf } from "./socket-owner.ts";

/*
 * The file of a Unix socket. A server makes it, and it stays behind when the server is killed. So a server has to know
 * its own file, a dead server's file and a live server's file apart. It removes the first two, and nothing else.
 */

/** The size of the kernel's `sun_path`, less a NUL. Node 20 and 22 cut a longer path; 24 and 26 fail with EINVAL. */
const MAX_PATH_BYTES = maxPathBytes(process.platform);

function maxPathBytes(platform: NodeJS.Platform): number {
  if (platform === "win32") return Number.POSITIVE_INFINITY; // a named pipe
  return platform === "linux" || platform === "android" ? 107 : 103;
}

/** @throws {TransportError} HOST_INVALID */
export function checkPath(path: string, phase: "connect" | "listen"): void {
  const shown = printable(path);
  const bytes = Buffer.byteLength(path);
  // Linux: a NUL in front makes it a name in the abstract namespace (unix(7)), and no file.
  const isAbstract = phase === "connect" && process.platform === "linux" && /^\0[^\0]/.test(path);
  if (path === "" || path.includes("\0", isAbstract ? 1 : 0))
    throw new TransportError("HOST_INVALID", phase, `not a path of a Unix socket: "${shown}"`);
  if (bytes <= MAX_PATH_BYTES) return;
  const message = `the path of a Unix socket may have ${MAX_PATH_BYTES} bytes; this one has ${bytes}: ${shown}`;
  throw new TransportError("HOST_INVALID", phase, message);
}

/** The file at `path`. Of a symbolic link, the link itself. */
export function fileAt(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Whether the folder of the file is missing. `false` as well where we may not look. */
export function hasNoFolder(path: string): boolean {
  try {
    return statSync(dirname(path), { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** The number (inode) of a removed file is given to a new one, so the times are compared, too. */
function sameFile(a: BigIntStats | undefined, b: BigIntStats | undefined): boolean {
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev && a.mtimeNs === b.mtimeNs;
}

/** Removes the file that a killed server left behind: a socket where nobody listens. */
export async function removeDeadSocket(path: string): Promise<void> {
  const found = fileAt(path);
  if (!found?.isSocket() || isBound(found, path) || !(await refuses(path))) return;
  // Another server may have removed it meanwhile and made its own: then the file is not the same any more.
  removeFile({ path, own: found });
}

export interface SocketFile {
  readonly path: string;
  /** The file as the server made it. */
  readonly own: BigIntStats | undefined;
}

/** Removes our file. If another file lies there by now, that one stays. */
export function removeFile(file: SocketFile | undefined): void {
  if (file === undefined) return;
  filesInUse.delete(file);
  if (isOurs(file)) unlinkSync(file.path);
}

const filesInUse = new Set<SocketFile>();
let removesAtExit = false;

/** A process may end while its servers are open, as at a second Ctrl-C. */
function removeAtExit(file: SocketFile): void {
  filesInUse.add(file);
  if (removesAtExit) return;
  removesAtExit = true;
  process.once("exit", () => {
    for (const each of filesInUse) {
      try {
        removeFile(each);
      } catch {
        // The folder may no longer be ours. There are other files to remove.
      }
    }
  });
}

const isOurs = ({ path, own }: SocketFile): boolean => sameFile(fileIfSeen(path), own);

/**
 * Whether the kernel's table (Linux) has a live socket that was bound to this file. This is looked up first, since to
 * try a connection would be a client for a live server, although a short one.
 */
function isBound(file: BigIntStats, path: string): boolean {
  let table: string;
  try {
    table = readFileSync("/proc/net/unix", "utf8");
  } catch {
    return false; // not Linux, or a container without /proc: a connection is tried then
  }
  // Num RefCount Protocol Flags Type St Inode Path. State 01: the socket is not connected to another one.
  const sockets = table.matchAll(/^\S+: \S+ \S+ \S+ \S+ 01 +(\d+) (.+)$/gm);
  for (const [, inode = "", bound = ""] of sockets) {
    if (basename(bound) !== basename(path)) continue;
    const folder = bound.startsWith("/") ? "/" : workingFolderOf(inode);
    if (folder !== undefined && sameFile(fileIfSeen(resolve(folder, bound)), file)) return true;
  }
  return false;
}

function fileIfSeen(path: string): BigIntStats | undefined {
  try {
    return fileAt(path);
  } catch {
    return undefined; // we may not look into that folder, so it is not our file
  }
}

function refuses(path: string): Promise<boolean> {
  return new Promise((settle) => {
    const probe = net.connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      settle(false);
    });
    probe.once("error", (error: SystemError) => settle(error.code === "ECONNREFUSED"));
  });
}

const ownFiles = new WeakMap<net.Server, SocketFile>();

/** Remembers the file that a server has just made. */
export function rememberFile(server: net.Server, path: string): void {
  const absolute = resolve(path);
  const file = { path: absolute, own: fileAt(absolute) };
  ownFiles.set(server, file);
  removeAtExit(file);
}

/** Closes a server and removes its file. If another file lies there by now, it stays, although libuv would remove it. */
export function closeServer(server: net.Server | undefined): void {
  const file = server && ownFiles.get(server);
  if (file !== undefined) filesInUse.delete(file);
  if (file === undefined || isOurs(file)) {
    server?.close();
    return;
  }
  try {
    closeAndKeep(server as net.Server, file.path);
  } catch {
    server?.close(); // there is no file, or a folder, which libuv cannot remove
  }
}

/** Closes a server whose socket another process keeps: the file stays. @throws {Error} and closes nothing */
export function closeKeepingFile(server: net.Server): SocketFile | undefined {
  const file = ownFiles.get(server);
  if (file === undefined) server.close();
  else closeAndKeep(server, file.path);
  return file;
}

function closeAndKeep(server: net.Server, path: string): void {
  const aside = `${path}.${process.pid}-kept`;
  linkSync(path, aside);
  try {
    server.close();
    // Another process may have put a file there within these few microseconds: that one stays.
    if (fileAt(path) === undefined) linkSync(aside, path);
  } finally {
    unlinkSync(aside);
  }
}
