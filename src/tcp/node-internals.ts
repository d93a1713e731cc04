import type { ChildProcess } from "node:child_process";
import net from "node:net";
import type { Readable } from "node:stream";
import { SocketReader } from "./socket-reader.ts";

/**
 * This is the one file that touches what Node does not document. Where a Node lacks it, the caller takes a public way.
 *
 * A server's raw listening handle. `send` passes it to another process as it is, and the receiver does not begin to
 * accept, as it would with a `net.Server`.
 */
export interface ListeningHandle {
  readonly close: () => void;
}

export function listeningHandle(server: net.Server): ListeningHandle | undefined {
  // Windows passes handles, too, but accepts connections before it is asked to.
  if (process.platform === "win32") return undefined;
  const handle = (server as { _handle?: Partial<ListeningHandle> | null })._handle;
  return typeof handle?.close === "function" ? (handle as ListeningHandle) : undefined;
}

/** Sends a handle to the process at the other end. `done` is called when it is sent. */
export function sendHandle(
  to: Pick<ChildProcess, "send"> | Required<Pick<NodeJS.Process, "send">>,
  handle: ListeningHandle,
  done?: (error: Error | null) => void,
): void {
  (to as ChildProcess).send({ type: "handle" }, handle as unknown as net.Server, {}, done);
}

/**
 * TCP keep-alive for all connections that a server accepts. On Linux and BSD a socket inherits it from the listening
 * socket, which saves the system call for each connection that the option of `net.createServer` costs. Unix sockets have
 * no keep-alive.
 */
export function keepAcceptedAlive(server: net.Server, afterMs: number): void {
  const handle = (server as { _handle?: { setKeepAlive?(on: boolean, seconds: number): void } | null })
    ._handle;
  handle?.setKeepAlive?.(true, Math.max(1, Math.ceil(afterMs / 1000)));
}

/** A server that accepts on a received handle. */
export function serverOnHandle(handle: ListeningHandle, backlog: number): net.Server {
  return net.createServer({ allowHalfOpen: true, noDelay: true }).listen(handle, backlog);
}

/** An accepted connection, before a socket is made of it. */
interface AcceptedHandle {
  useUserBuffer?(buffer: Uint8Array): void;
  /** Unix sockets lack this. */
  setNoDelay?(on: boolean): void;
}

type OnConnection = (status: number, handle: AcceptedHandle | undefined) => void;

/**
 * Calls `accepted` with each socket that a server of `bind` accepts. The sockets read through a `SocketReader`.
 *
 * `net.Server` makes its sockets itself, and lets nobody choose where they read to. So we make them from the accepted
 * handles in its place. What it does beyond that (maxConnections, blockList) we do not use. To put a second socket on
 * the same handle would cost 12 µs for each connection. Where a Node lacks this, `accepted` gets no reader.
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
    // An error, which the server emits, or a handle that cannot be given a buffer.
    if (typeof handle?.useUserBuffer !== "function") return byServer.call(listening, status, handle);
    const reader = new SocketReader();
    accepted(socketOnHandle(handle, reader), reader);
  };
}

/**
 * Takes a socket that came from another process and was not read from yet. Calls `received` with a new socket on the same
 * handle, which reads through a `SocketReader`. Where a Node lacks this, `received` gets the socket itself.
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

/** The number of a socket's file descriptor. Windows has no such numbers. */
export function descriptorOf(socket: net.Socket): number | undefined {
  const fd = (socket as { readonly _handle?: { readonly fd?: unknown } | null })._handle?.fd;
  return typeof fd === "number" && fd >= 0 ? fd : undefined;
}

/** Whether a TCP socket that nobody has ended has no peer any more: a reset came. `false` where a Node cannot tell. */
export function hasLostPeer(socket: net.Socket): boolean {
  const handle = (socket as { readonly _handle?: { getpeername?(out: object): number } | null })._handle;
  return (handle?.getpeername?.({}) ?? 0) !== 0;
}

/** How many bytes of the current write the kernel has not taken yet. A stream counts whole writes. */
export function writeQueueSize(socket: net.Socket): number | undefined {
  return (socket as { readonly _handle?: { readonly writeQueueSize?: number } | null })._handle
    ?.writeQueueSize;
}

/**
 * Calls `failed` when TLS fails after the handshake: the peer broke it, or sent an alert. A server's socket that we made
 * tells nobody, and that of a client emits "error". Neither is destroyed.
 */
export function onTlsError(socket: net.Socket, failed: (error: Error) => void): void {
  socket.on("_tlsError", failed);
}

/** Whether a stream was told its end, even if nobody has read so far. */
export function wasToldItsEnd(stream: Readable): boolean {
  return (stream as { _readableState?: { readonly ended?: boolean } })._readableState?.ended === true;
}
