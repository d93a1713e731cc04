import { closeSync, openSync, readFileSync } from "node:fs";
import { devNull } from "node:os";

/*
 * A process without a free file descriptor cannot accept. Node (20 to 26) hides this: libuv keeps a spare descriptor,
 * uses it to accept the connection, and closes the connection at once, without an event or an error. So we keep the last
 * descriptors as a reserve. A connection that gets one of them is refused, and that is reported.
 */

/** The reserve is for files to serve, name resolution, logs, and connections that the process itself opens. */
const RESERVE_SHARE = 1 / 8;
const MIN_RESERVE = 16;
const MAX_RESERVE = 256;

/** The reserve where the limit is not known. */
const UNKNOWN_RESERVE = MAX_RESERVE;

let knownLimit: number | undefined;

/**
 * The lowest descriptor of the reserve; infinite where the limit is not known.
 *
 * POSIX hands out the lowest free number. So a connection with this number or a higher one means that only the reserve
 * is left, whatever the process has opened.
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

/** Whether `count` descriptors below the reserve are free. Found out by opening so many. */
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
    return code !== "EMFILE" && code !== "ENFILE"; // the container has no such device: assume that there is room
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

/** How many files this process may have open: RLIMIT_NOFILE, which Node raises to its maximum when it starts. */
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
    // Not Linux, or a container without /proc. The report below says it, too, but takes 20 ms.
  }
  const report = process.report?.getReport() as
    | { userLimits?: { open_files?: { soft?: unknown } } }
    | undefined;
  const soft = report?.userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : Number.POSITIVE_INFINITY;
}
