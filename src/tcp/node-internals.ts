import type { ChildProcess } from "node:child_process";
import net from "node:net";
import type { Readable } from "node:stream";

/**
 * The one place that touches what Node does not document.
 *
 * A server's raw listening handle, and that `send` passes it between processes as it is, so that who receives it
 * does not begin to accept (a `net.Server` would). Absent on some Node, `listeningHandle` is `undefined` and the
 * caller takes its public way.
 */
export interface ListeningHandle {
  readonly close: () => void;
}

export function listeningHandle(server: net.Server): ListeningHandle | undefined {
  // Windows hands over handles, but accepts ahead of being asked.
  if (process.platform === "win32") return undefined;
  const handle = (server as { _handle?: Partial<ListeningHandle> | null })._handle;
  return typeof handle?.close === "function" ? (handle as ListeningHandle) : undefined;
}

/** Sends a handle to the process at the other end; `done` once it is out of our hands. */
export function sendHandle(
  to: Pick<ChildProcess, "send"> | Required<Pick<NodeJS.Process, "send">>,
  handle: ListeningHandle,
  done?: (error: Error | null) => void,
): void {
  (to as ChildProcess).send({ type: "handle" }, handle as unknown as net.Server, {}, done);
}

/** A server that accepts on a handle that was received. */
export function serverOnHandle(handle: ListeningHandle, backlog: number): net.Server {
  return net.createServer({ allowHalfOpen: true, noDelay: true }).listen(handle, backlog);
}

/** The number of a socket's file descriptor, where there are such numbers. */
export function descriptorOf(socket: net.Socket): number | undefined {
  const fd = (socket as { readonly _handle?: { readonly fd?: unknown } | null })._handle?.fd;
  return typeof fd === "number" && fd >= 0 ? fd : undefined;
}

/** What the kernel has not taken yet of the write that is under way: a stream counts writes, not bytes. */
export function writeQueueSize(socket: net.Socket): number | undefined {
  return (socket as { readonly _handle?: { readonly writeQueueSize?: number } | null })._handle
    ?.writeQueueSize;
}

/** Whether a stream knows its end, though its reader may not have come that far. */
export function wasToldItsEnd(stream: Readable): boolean {
  return (stream as { _readableState?: { readonly ended?: boolean } })._readableState?.ended === true;
}
