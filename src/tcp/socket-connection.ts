import type net from "node:net";
import type { TLSSocket } from "node:tls";
import { copyOf } from "../bytes/copy.ts";
import { latin1 } from "../bytes/text.ts";
import type { Address } from "./address.ts";
import { BaseConnection, type ConnectionIdentity } from "./base-connection.ts";
import { systemClock } from "./clock.ts";
import { writeQueueSize } from "./node-internals.ts";
import { socketFailure, tlsCut } from "./socket-errors.ts";
import { BULK_BYTES, type Receiver, readerOf, type SocketReader } from "./socket-reader.ts";
import type { TlsTransport } from "./tls-transport.ts";
import { holdWriteFailures } from "./write-failure.ts";

/** What is read at most once a write has failed: more than Linux lets a receive buffer grow to by default (6 MiB). */
const MAX_LAST_BYTES = 8 * 1024 * 1024;

/** What only some sockets have. */
export interface SocketParts {
  readonly reader?: SocketReader | undefined;
  readonly tlsTransport?: TlsTransport | undefined;
}

/**
 * A connection over a socket of `node:net` or `node:tls`, which it owns from now on: nobody else listens,
 * reads, writes or destroys. The socket must have been made with `allowHalfOpen`.
 */
export class SocketConnection extends BaseConnection implements Receiver {
  readonly #socket: net.Socket;
  /** The TCP socket itself; below TLS another one. */
  readonly #transport: net.Socket;
  /** We said so, and somebody waits to hear that it has room again. */
  #full = false;
  /** A write has failed, and what the kernel holds of the peer's is read before that is told. */
  #readingLast = false;

  constructor(
    socket: net.Socket,
    identity: ConnectionIdentity,
    transport = socket,
    { reader, tlsTransport }: SocketParts = {},
  ) {
    super(identity);
    this.#socket = socket;
    this.#transport = transport;
    socket.on("end", () => {
      // After a failed write the kernel reports an end, too, where the peer has sent a reset and no FIN.
      if (!this.#readingLast) this.peerEnded(tlsTransport?.cut ? tlsCut(this.bytesIn) : undefined);
    });
    socket.on("error", (error) => {
      const failure = socketFailure(error, this.bytesIn);
      this.failed(failure.how, failure.error);
    });
    socket.on("close", () => {
      reader?.release();
      this.over();
    });
    const failing = (fail: () => void) => this.#readLast(fail);
    holdWriteFailures(socket, failing);
    // TLS writes to the socket below it by itself, or through that socket (TlsTransport).
    if (transport !== socket) holdWriteFailures(transport, failing);
    if (reader) reader.receiver = this;
    else socket.on("data", (chunk: Buffer) => this.received(plain(chunk), true));
  }

  /** What the reader brings: its memory is not ours. */
  receive(bytes: Uint8Array): void {
    this.received(bytes, false);
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  protected get unsentBytes(): number {
    return this.#socket.writableLength + (writeQueueSize(this.#socket) ?? 0);
  }

  ref(): void {
    this.#transport.ref();
  }

  unref(): void {
    this.#transport.unref();
  }

  protected transmit(bytes: Uint8Array | string): boolean {
    // A stream has no room after a large write, though the kernel may have taken all of it by now.
    if (this.#write(bytes) || this.#socket.writableLength === 0) return true;
    if (!this.#full) this.#socket.once("drain", () => this.#drained());
    this.#full = true;
    return false;
  }

  #write(bytes: Uint8Array | string): boolean {
    const socket = this.#socket;
    if (typeof bytes === "string") return socket.write(bytes, "latin1");
    // Some socket's receive memory, see there: what is queued of it must not change.
    const reader = readerOf(bytes);
    if (reader === undefined) return socket.write(bytes);
    if (bytes.length < BULK_BYTES) return socket.write(latin1(bytes), "latin1");
    if (!reader.ownsMemory) {
      reader.wantMemory();
      return socket.write(copyOf(bytes));
    }
    const hasRoom = socket.write(bytes);
    if (socket.writableLength > 0) reader.giveMemoryAway();
    return hasRoom;
  }

  /** Reads what the kernel holds of the peer's last words, whoever is ready for them or not: then the write fails. */
  #readLast(fail: () => void): void {
    const mostBytesIn = this.bytesIn + MAX_LAST_BYTES;
    const readOn = (): void => {
      const { bytesIn } = this;
      systemClock.afterPoll(() => {
        if (this.bytesIn > bytesIn && this.bytesIn < mostBytesIn) readOn();
        else fail();
      });
    };
    if (this.#socket.readableEnded) {
      fail();
      return;
    }
    this.#readingLast = true;
    this.#transport.resume();
    this.#socket.resume();
    readOn();
  }

  #drained(): void {
    this.#full = false;
    this.drained();
  }

  protected transmitEnd(done: () => void): void {
    // While a record of the handshake is being written, Node ends TCP and leaves out the end of TLS (close_notify).
    // One turn later it is through.
    if (this.tls === undefined) this.#socket.end(done);
    else setImmediate(() => this.#socket.end(done));
  }

  protected reset(): void {
    const shutting = [this.#socket, this.#transport].find(isShuttingDown);
    if (shutting) shutting.once("finish", () => this.#reset());
    else this.#outsideTls(() => this.#reset());
  }

  #reset(): void {
    // Unix sockets know no RST, and a TLS socket refuses to send one: the TCP socket below it has to.
    if (this.remote.family !== "unix" && !this.#transport.destroyed) this.#transport.resetAndDestroy();
    this.#socket.destroy();
  }

  protected release(): void {
    this.#outsideTls(() => this.#socket.destroy());
  }

  /**
   * A connection over TLS may be given up from within a callback of OpenSSL (the handshake's last), and Node 20 to 26
   * free what OpenSSL goes on to use: the process ends with SIGSEGV. One turn later it is through.
   */
  #outsideTls(destroy: () => void): void {
    if (this.tls === undefined) destroy();
    else setImmediate(destroy);
  }

  protected stopReading(): void {
    if (!this.#readingLast) this.#socket.pause();
  }

  protected startReading(): void {
    this.#socket.resume();
  }
}

/**
 * For a turn of the loop, after `end()`, a FIN is under way. libuv does not reset a socket meanwhile (EINVAL), and
 * Node, which does not expect that, forgets the descriptor while it is open: a thread could never end after it.
 */
function isShuttingDown(socket: net.Socket): boolean {
  return socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
}

/** Where the two ends of a socket are; `undefined` when the peer is gone already. */
export function socketAddresses(
  socket: net.Socket | TLSSocket,
  path?: string,
): { readonly local: Address; readonly remote: Address } | undefined {
  if (path !== undefined) {
    const unix: Address = { family: "unix", path };
    return { local: unix, remote: unix };
  }
  const local = ipAddress(socket.localAddress, socket.localPort);
  const remote = ipAddress(socket.remoteAddress, socket.remotePort);
  return local && remote && { local, remote };
}

function ipAddress(host: string | undefined, port: number | undefined): Address | undefined {
  if (host === undefined || port === undefined) return undefined;
  return { family: host.includes(":") ? "IPv6" : "IPv4", host, port };
}

/** Not a `Buffer`: its `slice` would hand out views where a `Uint8Array` promises a copy. */
function plain(chunk: Buffer): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
}
