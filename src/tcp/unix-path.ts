import { type BigIntStats, linkSync, lstatSync, readFileSync, unlinkSync } from "node:fs";
import net from "node:net";
import { basename, resolve } from "node:path";
import { printable } from "../bytes/text.ts";
import { TransportError } from "./errors.ts";
import type { SystemError } from "./socket-errors.ts";
import { workingFolderOf } from "./socket-owner.ts";

/*
 * The file of a Unix socket. Whoever listens makes one, and it outlives a server that was killed. So a server has to
 * tell its own file from a dead one, and a dead one from a live one, and must touch nothing else.
 */

/** The kernel's `sun_path`, without the NUL at its end. Node 20 and 22 cut a longer path; 24 and 26 say EINVAL. */
const MAX_PATH_BYTES = maxPathBytes(process.platform);

function maxPathBytes(platform: NodeJS.Platform): number {
  if (platform === "win32") return Number.POSITIVE_INFINITY; // a named pipe
  return platform === "linux" || platform === "android" ? 107 : 103;
}

/** @throws {TransportError} HOST_INVALID */
export function checkPath(path: string, phase: "connect" | "listen"): void {
  const shown = printable(path);
  const bytes = Buffer.byteLength(path);
  if (path === "" || path.includes("\0"))
    throw new TransportError("HOST_INVALID", phase, `not a path of a Unix socket: "${shown}"`);
  if (bytes <= MAX_PATH_BYTES) return;
  const message = `the path of a Unix socket may have ${MAX_PATH_BYTES} bytes; this one has ${bytes}: ${shown}`;
  throw new TransportError("HOST_INVALID", phase, message);
}

/** What lies at `path`, a symbolic link itself and not what it leads to. */
export function fileAt(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** The number of a file is given anew when the file is gone, so the time that it was made counts, too. */
function sameFile(a: BigIntStats | undefined, b: BigIntStats | undefined): boolean {
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev && a.mtimeNs === b.mtimeNs;
}

/** A server that was killed leaves its socket file behind. The file goes if it is a socket and nobody listens there. */
export async function removeDeadSocket(path: string): Promise<void> {
  const found = fileAt(path);
  if (!found?.isSocket() || isBound(found, path) || !(await refuses(path))) return;
  // Another server may have had the same idea, and have been quicker.
  removeFile({ path, own: found });
}

export interface SocketFile {
  readonly path: string;
  /** What lay there when the server had made it. */
  readonly own: BigIntStats | undefined;
}

/** Removes a file of ours, unless somebody else's lies there by now. */
export function removeFile(file: SocketFile | undefined): void {
  if (file && isOurs(file)) unlinkSync(file.path);
}

const isOurs = ({ path, own }: SocketFile): boolean => sameFile(fileIfSeen(path), own);

/**
 * Whether the kernel's table has a live socket that was bound to this file. Asked first, since a connection, even one
 * that ends at once, is a client to the server that gets it. Other systems have no such table.
 */
function isBound(file: BigIntStats, path: string): boolean {
  let table: string;
  try {
    table = readFileSync("/proc/net/unix", "utf8");
  } catch {
    return false; // no Linux, or no /proc in this container: the connection will tell
  }
  // Num RefCount Protocol Flags Type St Inode Path; the state 01 is a socket that is not connected to another one.
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
    return undefined; // in a folder of others, so it is not the file that we look for
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
  ownFiles.set(server, { path: absolute, own: fileAt(absolute) });
}

/** Closes a server. Its file goes with it, unless somebody else's lies there by now: libuv would remove either. */
export function closeServer(server: net.Server | undefined): void {
  const file = server && ownFiles.get(server);
  if (file === undefined || isOurs(file)) {
    server?.close();
    return;
  }
  try {
    closeAndKeep(server as net.Server, file.path);
  } catch {
    server?.close(); // nothing lies there, or a folder, which libuv cannot remove
  }
}

/** Closes a server whose socket another process keeps: the file stays. @throws {Error} nothing is closed then */
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
    // Never over what somebody else may have put there within these few microseconds.
    if (fileAt(path) === undefined) linkSync(aside, path);
  } finally {
    unlinkSync(aside);
  }
}
