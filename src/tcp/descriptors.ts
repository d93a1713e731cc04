import { closeSync, openSync, readFileSync } from "node:fs";
import { devNull } from "node:os";

/*
 * A process that has no file descriptor left cannot accept. Node (20 to 26) hides it: libuv keeps one descriptor aside,
 * gives it up to accept the connection, and closes that at once, without an event or an error. So we must never come
 * so far: the last descriptors are a reserve, and a connection that takes one of them is refused, which can be told.
 */

/** For what the process opens besides: files to serve, name resolution, logs, connections of its own. */
const RESERVE_SHARE = 1 / 8;
const MIN_RESERVE = 16;
const MAX_RESERVE = 256;

/** Where the limit cannot be learned. */
const UNKNOWN_RESERVE = MAX_RESERVE;

let knownLimit: number | undefined;

/**
 * The lowest descriptor that belongs to the reserve; infinite where descriptors have no limit that we can learn.
 *
 * POSIX hands out the lowest number that is free: a connection whose number lies at or beyond this says that the
 * process, whatever it opened, has only its reserve left.
 */
export function firstReservedDescriptor(): number {
  return reserveBegins(descriptorLimit());
}

/** How many descriptors the reserve has. */
export function descriptorReserve(): number {
  const limit = descriptorLimit();
  return Number.isFinite(limit) ? limit - reserveBegins(limit) : UNKNOWN_RESERVE;
}

export function reserveBegins(limit: number): number {
  if (!Number.isFinite(limit)) return limit;
  return limit - Math.min(MAX_RESERVE, Math.max(MIN_RESERVE, Math.ceil(limit * RESERVE_SHARE)));
}

/** Whether the next `count` descriptors would all come from below the reserve: found out by opening so many. */
export function hasRoomBelowReserve(count: number): boolean {
  const end = firstReservedDescriptor();
  if (!Number.isFinite(end)) return true;
  const opened: number[] = [];
  try {
    while (opened.length < count) {
      const descriptor = openSync(devNull, "r");
      opened.push(descriptor);
      if (descriptor >= end) return false;
    }
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== "EMFILE" && code !== "ENFILE"; // no such device in this container: it cannot be known
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

/** How many files this process may have open: RLIMIT_NOFILE, which Node raises as far as it may when it starts. */
export function descriptorLimit(): number {
  knownLimit ??= readDescriptorLimit();
  return knownLimit;
}

function readDescriptorLimit(): number {
  if (process.platform === "win32") return Number.POSITIVE_INFINITY;
  try {
    const row = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"));
    if (row !== null) return Number(row[1]);
  } catch {
    // Not Linux, or no /proc in this container: the report knows too, but takes 20 ms.
  }
  const report = process.report?.getReport() as
    | { userLimits?: { open_files?: { soft?: unknown } } }
    | undefined;
  const soft = report?.userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : Number.POSITIVE_INFINITY;
}
