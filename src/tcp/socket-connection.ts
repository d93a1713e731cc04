import type net from "node:net";
import type { TLSSocket } from "node:tls";
import { copyOf } from "../bytes/copy.ts";
import { latin1 } from "../bytes/text.ts";
import type { Address } from "./address.ts";
import { BaseConnection, type ConnectionIdentity } from "./base-connection.ts";
import { systemClock } from "./clock.ts";
import type { TransportError } from "./errors.ts";
import { hasLostPeer, onTlsError, writeQueueSize } from "./node-internals.ts";
import { socketFailure, tlsCut } from "./socket-errors.ts";
import { BULK_BYTES, type Receiver, readerOf, type SocketReader } from "./socket-reader.ts";
import type { TlsTransport } from "./tls-transport.ts";
import { holdWriteFailures } from "./write-failure.ts";

/** How much is read after a failed write. Linux lets a receive buffer grow to 6 MiB by default. */
const MAX_LAST_BYTES = 8 * 1024 * 1024;

/**
 * How much of an observed connection is read before the others of this thread have their turn. libuv reads up to 32 times
 * in a row, and an observer may be told of 5,000 chunks for each read.
 */
const MAX_OBSERVED_BYTES = 64 * 1024;

/** Parts that only some sockets have. */
export interface SocketParts {
  readonly reader?: SocketReader | undefined;
  readonly tlsTransport?: TlsTransport | undefined;
}

/**
 * A connection over a socket of `node:net` or `node:tls`. It owns the socket: nobody else listens to it, reads, writes or
 * destroys it. The socket must have been made with `allowHalfOpen`.
 */
export class SocketConnection extends BaseConnection implements Receiver {
  readonly #socket: net.Socket;
  /** The TCP socket. Without TLS it is the same as `#socket`. */
  readonly #transport: net.Socket;
  /** `transmit` said that the queue is full: the sender waits for `drained`. */
  #full = false;
  /** A write has failed. Before that is reported, we read what the peer sent and the kernel still holds. */
  #readingLast = false;
  /** Nothing was written, to get to know whether the peer is still there. */
  #asksForPeer = false;
  /** What stops reading besides `stopReading`: others have their turn. */
  #rests = false;
  #reading = true;
  #bytesSinceRest = 0;

  constructor(
    socket: net.Socket,
    identity: ConnectionIdentity,
    transport = socket,
    { reader, tlsTransport }: SocketParts = {},
  ) {
    super(identity);
    this.#socket = socket;
    this.#transport = transport;
    socket.on("end", () => this.#ended(tlsTransport?.cut ? tlsCut(this.bytesIn) : undefined));
    const failed = (error: Error): void => {
      const failure = socketFailure(error, this.bytesIn, this.#asksForPeer ? "read" : undefined);
      this.failed(failure.how, failure.error);
    };
    socket.on("error", failed);
    // Node does not end a socket whose peer broke TLS, or sent an alert, after the handshake.
    if (identity.tls !== undefined) {
      onTlsError(socket, (error) => {
        failed(error);
        this.release();
      });
    }
    socket.on("close", () => {
      reader?.release();
      this.over();
    });
    const failing = (fail: () => void) => this.#readLast(fail);
    holdWriteFailures(socket, failing);
    // Over TLS, writes fail on the TLS socket or, if they went through TlsTransport, on the TCP socket.
    if (transport !== socket) holdWriteFailures(transport, failing);
    if (reader) reader.receiver = this;
    else socket.on("data", (chunk: Buffer) => this.#received(plain(chunk), true));
  }

  /** From the reader, whose memory the next read overwrites. */
  receive(bytes: Uint8Array): void {
    this.#received(bytes, false);
  }

  #received(bytes: Uint8Array, owned: boolean): void {
    this.received(bytes, owned);
    if (this.observer === undefined || this.#readingLast) return;
    this.#bytesSinceRest += bytes.length;
    if (this.#bytesSinceRest >= MAX_OBSERVED_BYTES) this.#rest();
  }

  #rest(): void {
    this.#bytesSinceRest = 0;
    if (this.#rests) return;
    this.#rests = true;
    this.#socket.pause();
    systemClock.afterPoll(() => {
      this.#rests = false;
      if (this.#reading) this.#socket.resume();
    });
  }

  #ended(cut: TransportError | undefined): void {
    // After a failed write the kernel reports an end although the peer sent a reset, and no FIN.
    if (this.#readingLast) return;
    const socket = this.#socket;
    const mayAsk = this.tls === undefined && !socket.writableEnded && socket.writableLength === 0;
    if (!mayAsk || !hasLostPeer(socket)) {
      this.peerEnded(cut);
      return;
    }
    // libuv tells an end, too, when a reset comes right behind data. A write of nothing fails as the next read would.
    this.#asksForPeer = true;
    socket.write("", (error: NodeJS.ErrnoException | null | undefined) => {
      if (error?.code !== "ECONNRESET") this.peerEnded(cut);
    });
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
    // After a large write a stream says that it has no room, although the kernel may have taken all of it.
    if (this.#write(bytes) || this.#socket.writableLength === 0) return true;
    if (!this.#full) this.#socket.once("drain", () => this.#drained());
    this.#full = true;
    return false;
  }

  #write(bytes: Uint8Array | string): boolean {
    const socket = this.#socket;
    if (typeof bytes === "string") return socket.write(bytes, "latin1");
    // Bytes in the memory of a SocketReader must not change while they are queued: see there.
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

  /** Reads what the kernel holds of the peer's last bytes, even while reading is paused. Then it lets the write fail. */
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
    // While a record of the handshake is being written, Node would end TCP without the end of TLS (close_notify). One
    // turn later the record is written.
    if (this.tls === undefined) this.#socket.end(done);
    else setImmediate(() => this.#socket.end(done));
  }

  protected reset(): void {
    const shutting = [this.#socket, this.#transport].find(isShuttingDown);
    if (shutting) shutting.once("finish", () => this.#reset());
    else this.#outsideTls(() => this.#reset());
  }

  #reset(): void {
    // Unix sockets have no RST. A TLS socket refuses to send one, so the TCP socket below it does.
    if (this.remote.family !== "unix" && !this.#transport.destroyed) this.#transport.resetAndDestroy();
    this.#socket.destroy();
  }

  protected release(): void {
    this.#outsideTls(() => this.#socket.destroy());
  }

  /**
   * A connection over TLS may be destroyed from within a callback of OpenSSL (the last of the handshake). Node 20 to 26
   * then free memory that OpenSSL still uses, and the process ends with SIGSEGV. One turn later OpenSSL is done.
   */
  #outsideTls(destroy: () => void): void {
    if (this.tls === undefined) destroy();
    else setImmediate(destroy);
  }

  protected stopReading(): void {
    this.#reading = false;
    if (!this.#readingLast) this.#socket.pause();
  }

  protected startReading(): void {
    this.#reading = true;
    if (!this.#rests) this.#socket.resume();
  }
}

/**
 * For a turn of the loop after `end()` the FIN is under way. libuv does not reset a socket meanwhile (EINVAL). Node does
 * not expect that, and forgets the descriptor while it is open: a thread could never end after it.
 */
function isShuttingDown(socket: net.Socket): boolean {
  return socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
}

/** The addresses of both ends of a socket; `undefined`: the peer has reset the connection already. */
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

/** Not a `Buffer`: its `slice` gives a view, where that of a `Uint8Array` gives a copy. */
function plain(chunk: Buffer): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
}
