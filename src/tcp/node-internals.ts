import type { ChildProcess } from "node:child_process";
import net from "node:net";
import type { Readable } from "node:stream";
import { SocketReader } from "./socket-reader.ts";

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

/**
 * TCP keep-alive for all that a server accepts. A socket inherits it from the one that listens (Linux, BSD), so that it
 * costs no system call for each connection, as the option of `net.createServer` would. Unix sockets have none.
 */
export function keepAcceptedAlive(server: net.Server, afterMs: number): void {
  const handle = (server as { _handle?: { setKeepAlive?(on: boolean, seconds: number): void } | null })
    ._handle;
  handle?.setKeepAlive?.(true, Math.max(1, Math.ceil(afterMs / 1000)));
}

/** A server that accepts on a handle that was received. */
export function serverOnHandle(handle: ListeningHandle, backlog: number): net.Server {
  return net.createServer({ allowHalfOpen: true, noDelay: true }).listen(handle, backlog);
}

/** A connection that was accepted, before it is a socket. */
interface AcceptedHandle {
  useUserBuffer?(buffer: Uint8Array): void;
  /** Unix sockets have none. */
  setNoDelay?(on: boolean): void;
}

type OnConnection = (status: number, handle: AcceptedHandle | undefined) => void;

/**
 * Calls `accepted` with whatever a server of `bind` accepts: sockets that read through a `SocketReader`.
 *
 * `net.Server` makes its sockets itself, and asks nobody where they should read to. So we take its place between the
 * handle that accepts and the sockets; what it would do beyond that (maxConnections, blockList) we do not use. A
 * second socket on the same handle would do too, but costs 12 µs for each connection. Absent on some Node, `accepted`
 * is called without a reader.
 */
export function acceptWithReader(
  server: net.Server,
  accepted: (socket: net.Socket, reader?: SocketReader) => void,
): void {
  server.on("connection", (socket) => accepted(socket));
  const listening = (server as { _handle?: { onconnection?: OnConnection } | null })._handle;
  const byServer = listening?.onconnection;
  if (!listening || typeof byServer !== "function") return;
  listening.onconnection = (status, handle) => {
    // An error to emit, or nothing that can be given a buffer.
    if (typeof handle?.useUserBuffer !== "function") return byServer.call(listening, status, handle);
    const reader = new SocketReader();
    accepted(socketOnHandle(handle, reader), reader);
  };
}

/**
 * Calls `received` with a socket on the same handle, one that reads through a `SocketReader`, in place of one that
 * came from another process and that nothing was read from yet. Absent on some Node, with that one.
 */
export function receiveWithReader<T>(
  socket: net.Socket,
  received: (socket: net.Socket, reader?: SocketReader) => T,
): T {
  const holder = socket as unknown as { _handle?: AcceptedHandle | null };
  const handle = holder._handle;
  if (typeof handle?.useUserBuffer !== "function") return received(socket);
  const reader = new SocketReader();
  const taken = socketOnHandle(handle, reader);
  holder._handle = null;
  socket.destroy();
  return received(taken, reader);
}

function socketOnHandle(handle: AcceptedHandle, onread: SocketReader): net.Socket {
  handle.setNoDelay?.(true);
  return new net.Socket({ handle, onread, allowHalfOpen: true, noDelay: true } as net.SocketConstructorOpts);
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
