import { ChunkQueue } from "../bytes/chunk-queue.ts";
import type { Address } from "./address.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { ByteSink, CloseReason, TcpConnection, TlsInfo } from "./connection.ts";
import { TransportError } from "./errors.ts";
import { type EndingParts, endAndLinger } from "./lingering-end.ts";
import { observeText } from "./observed-text.ts";
import { type ConnectionEvent, observe, type TcpObserver } from "./observer.ts";

export interface ConnectionIdentity {
  /** The next number by default. */
  readonly id?: number;
  readonly role: "client" | "server";
  readonly local: Address;
  readonly remote: Address;
  readonly tls?: TlsInfo | undefined;
  readonly observer?: TcpObserver | undefined;
  /** For the end: how long the peer may take for our last bytes, and for its own end. */
  readonly clock?: Clock | undefined;
  /** The bytes of the handshakes with proxies that came before: told to the observer, and counted. None by default. */
  readonly carried?: { readonly bytesIn: number; readonly bytesOut: number } | undefined;
}

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** How much is kept for a reader that does not read. Beyond this the transport stops reading. */
const MAX_INBOX_BYTES = 64 * 1024;

const DONE = Promise.resolve();
const NO_WRITERS: readonly never[] = [];

let lastConnectionId = 0;

export function nextConnectionId(): number {
  return ++lastConnectionId;
}

/**
 * What all connections have in common: both ways to receive, backpressure, and the end.
 *
 * A transport (a socket, a message port, memory) extends this class. The class calls the transport's abstract methods.
 * The transport reports by `received`, `peerEnded`, `drained`, `failed` and, last of all, `over`.
 *
 *     reader or sink  <─  inbox  <─  received()   transport
 *     write, send     ─────────────>  transmit()
 */
export abstract class BaseConnection implements TcpConnection {
  readonly id: number;
  readonly role: "client" | "server";
  readonly local: Address;
  readonly remote: Address;
  readonly tls: TlsInfo | undefined;
  readonly observer: TcpObserver | undefined;

  readonly #clock: Clock;
  #bytesIn = 0;
  #bytesSent = 0;

  #sink: ByteSink | undefined;
  #delivering = false;
  #endDelivered = false;
  #closeDelivered = false;

  /** Received bytes that wait for their reader. Made when the first bytes have to wait: most connections need none. */
  #inbox: ChunkQueue | undefined;
  #paused = false;
  #reading = true;

  #reader: Waiter<Uint8Array | undefined> | undefined;
  #writers: Waiter<void>[] | undefined;
  #ending: Promise<void> | undefined;
  #ender: Waiter<void> | undefined;

  #peerEnded = false;
  #cut: TransportError | undefined;
  #how: CloseReason["how"] = "end";
  #letGo = false;
  #failure: TransportError | undefined;
  #reason: CloseReason | undefined;
  #closed: Promise<CloseReason> | undefined;
  #settleClosed: ((reason: CloseReason) => void) | undefined;

  constructor(identity: ConnectionIdentity) {
    this.id = identity.id ?? nextConnectionId();
    this.role = identity.role;
    this.local = identity.local;
    this.remote = identity.remote;
    this.tls = identity.tls;
    this.observer = identity.observer;
    this.#clock = identity.clock ?? systemClock;
    if (identity.carried !== undefined) {
      this.#bytesIn = identity.carried.bytesIn;
      this.#bytesSent = identity.carried.bytesOut;
    }
  }

  // What the transport does.
  /** Queues bytes. `false`: the queue is full, and `drained` is called when it has room again. */
  protected abstract transmit(bytes: Uint8Array | string): boolean;
  protected abstract transmitEnd(done: () => void): void;
  /** Resets the connection, so that the peer sees that it broke; `over` follows. */
  protected abstract reset(): void;
  /** Closes the connection without waiting for the peer's end; `over` follows. */
  protected abstract release(): void;
  protected abstract stopReading(): void;
  protected abstract startReading(): void;
  abstract readonly queuedBytes: number;
  /** As `queuedBytes`, but in the middle of a large write it counts only what the kernel has not taken yet. */
  protected abstract readonly unsentBytes: number;
  abstract ref(): void;
  abstract unref(): void;

  get bytesIn(): number {
    return this.#bytesIn;
  }

  get bytesOut(): number {
    return this.#bytesSent - this.queuedBytes;
  }

  /** Bytes received, and bytes that the kernel has taken, also in the middle of a large write. */
  get bytesMoved(): number {
    return this.#bytesIn + this.#bytesSent - this.unsentBytes;
  }

  get closed(): Promise<CloseReason> {
    this.#closed ??= new Promise((resolve) => {
      if (this.#reason) resolve(this.#reason);
      else this.#settleClosed = resolve;
    });
    return this.#closed;
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#sink)
      return Promise.reject(new TypeError("a sink receives the bytes: detach() it before read()"));
    if (this.#reader) return Promise.reject(new TypeError("a read() is waiting already"));
    const chunk = this.#inbox?.take();
    if (chunk) {
      this.#updateReading();
      return Promise.resolve(chunk);
    }
    const failure = this.#failure ?? this.#cut;
    if (failure) return Promise.reject(failure);
    if (this.#peerEnded || this.#reason) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  /** A loop that is left early changes nothing: the next `read` goes on from there. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const bytes = await this.read();
      if (bytes === undefined) return;
      yield bytes;
    }
  }

  attach(sink: ByteSink): void {
    if (this.#reader) throw new TypeError("a read() is waiting: a sink cannot take over");
    this.#sink = sink;
    this.#deliver();
    this.#updateReading();
  }

  detach(unread?: Uint8Array): void {
    this.#sink = undefined;
    this.#paused = false;
    if (unread && unread.length > 0) {
      this.#queue().unshift(new Uint8Array(unread));
    }
    this.#updateReading();
  }

  send(bytes: Uint8Array | string): boolean {
    if (this.#failure || this.#reason) return false;
    if (this.#ending) throw writeAfterEnd();
    if (bytes.length === 0) return true;
    this.#bytesSent += bytes.length;
    if (this.observer !== undefined) {
      if (typeof bytes === "string") observeText(this.observer, bytes);
      else this.#observe({ kind: "write", bytes });
    }
    return this.transmit(bytes);
  }

  write(bytes: Uint8Array | string): Promise<void> {
    if (this.#failure || this.#reason || this.#ending) {
      return handled(Promise.reject(this.#failure ?? writeAfterEnd()));
    }
    if (this.send(bytes)) return DONE;
    return handled(
      new Promise((resolve, reject) => {
        // The transport may have failed within `send`.
        if (this.#failure) reject(this.#failure);
        else {
          this.#writers ??= [];
          this.#writers.push({ resolve, reject });
        }
      }),
    );
  }

  end(): Promise<void> {
    this.#ending ??= handled(
      new Promise((resolve, reject) => {
        if (this.#failure) return reject(this.#failure);
        if (this.#reason) return resolve();
        this.#ender = { resolve, reject };
        this.#observeKind("end");
        this.transmitEnd(resolve);
      }),
    );
    return this.#ending;
  }

  abort(reason?: Error): void {
    if (this.#failure || this.#reason) return;
    const error =
      reason instanceof TransportError
        ? reason
        : new TransportError(
            "ABORTED",
            "read",
            reason ? `aborted: ${reason.message}` : "the connection was aborted",
            {
              cause: reason,
              bytesReceived: this.#bytesIn,
            },
          );
    this.#inbox?.takeAll();
    this.#observeKind("abort");
    this.#fail("abort", error);
    this.reset();
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#observeKind("pause");
    this.#updateReading();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#observeKind("resume");
    this.#deliver();
    this.#updateReading();
  }

  /** Sends what is queued, then FIN, and waits a moment for the peer to end, too. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#reason) return;
    const parts: EndingParts = {
      hasReader: this.#reader !== undefined,
      unsentBytes: () => this.unsentBytes,
      peerEnded: () => this.#peerEnded,
      isOver: () => this.#failure !== undefined || this.#reason !== undefined,
      letGo: () => {
        this.#letGo = true;
        this.release();
      },
    };
    await endAndLinger(this, parts, this.#clock);
  }

  // What the transport reports.

  /** `owned`: nobody writes to this memory any more, so bytes that have to wait need not be copied. */
  protected received(bytes: Uint8Array, owned: boolean): void {
    if (this.#failure || this.#reason) return;
    this.#bytesIn += bytes.length;
    if (this.observer !== undefined) this.#observe({ kind: "read", bytes });
    if (this.#sink && !this.#paused && !this.#delivering && this.#isInboxEmpty) {
      this.#sink.onBytes(bytes);
      return;
    }
    const kept = owned ? bytes : new Uint8Array(bytes);
    if (this.#reader) {
      this.#takeReader()?.resolve(kept);
      return;
    }
    this.#queue().push(kept);
    this.#updateReading();
  }

  /** `cut`: bytes may be missing at the end, see `ByteSink.onEnd`. */
  protected peerEnded(cut?: TransportError): void {
    if (this.#peerEnded || this.#failure) return;
    this.#peerEnded = true;
    this.#cut = cut;
    this.#observeKind("peer-end");
    const reader = this.#takeReader();
    if (cut) reader?.reject(cut);
    else reader?.resolve(undefined);
    this.#deliver();
  }

  protected drained(): void {
    this.#observeKind("drain");
    for (const writer of this.#takeWriters()) writer.resolve();
    this.#sink?.onDrain?.();
  }

  protected failed(how: "peer-abort" | "error", error: TransportError): void {
    if (this.#failure || this.#reason) return;
    this.#observe(
      how === "peer-abort" ? { kind: how } : { kind: how, code: error.code, message: error.message },
    );
    this.#fail(how, error);
  }

  protected over(): void {
    if (this.#reason) return;
    const { bytesIn, bytesOut } = this;
    const counts = { how: this.#how, bytesIn, bytesOut };
    if (this.#failure) this.#reason = { ...counts, error: this.#failure };
    else this.#reason = this.#letGo && !this.#peerEnded ? { ...counts, letGo: true } : counts;
    this.#takeReader()?.resolve(undefined);
    for (const writer of this.#takeWriters()) writer.resolve();
    this.#ender?.resolve();
    this.#observe({ kind: "closed", ...counts });
    this.#deliver();
    this.#settleClosed?.(this.#reason);
  }

  #fail(how: CloseReason["how"], error: TransportError): void {
    this.#how = how;
    this.#failure = error;
    this.#takeReader()?.reject(error);
    for (const writer of this.#takeWriters()) writer.reject(error);
    this.#ender?.reject(error);
  }

  /**
   * Gives the sink what waits for it, in order: bytes, the end, the close. The sink may pause or detach in between.
   * When a connection has failed, a paused sink is given the rest, too: the drain that it may wait for never comes.
   */
  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      while (this.#sink && (!this.#paused || (this.#failure && this.#reason))) {
        const bytes = this.#inbox?.take();
        if (bytes === undefined) break;
        this.#sink.onBytes(bytes);
      }
      if (this.#sink && this.#peerEnded && !this.#endDelivered && this.#isInboxEmpty) {
        this.#endDelivered = true;
        this.#sink.onEnd(this.#cut);
      }
      if (this.#sink && this.#reason && !this.#closeDelivered && (this.#failure || this.#isInboxEmpty)) {
        this.#closeDelivered = true;
        this.#sink.onClose(this.#reason);
      }
    } finally {
      this.#delivering = false;
    }
  }

  #updateReading(): void {
    const reading = !this.#paused && (this.#inbox === undefined || this.#inbox.bytes < MAX_INBOX_BYTES);
    if (reading === this.#reading || this.#peerEnded || this.#failure || this.#reason) return;
    this.#reading = reading;
    if (reading) this.startReading();
    else this.stopReading();
  }

  get #isInboxEmpty(): boolean {
    return this.#inbox === undefined || this.#inbox.isEmpty;
  }

  #queue(): ChunkQueue {
    this.#inbox ??= new ChunkQueue();
    return this.#inbox;
  }

  #takeWriters(): readonly Waiter<void>[] {
    const writers = this.#writers ?? NO_WRITERS;
    this.#writers = undefined;
    return writers;
  }

  #takeReader(): Waiter<Uint8Array | undefined> | undefined {
    const reader = this.#reader;
    this.#reader = undefined;
    return reader;
  }

  #observe(event: ConnectionEvent): void {
    observe(this.observer, event);
  }

  #observeKind(kind: "pause" | "resume" | "drain" | "peer-end" | "end" | "abort"): void {
    if (this.observer !== undefined) observe(this.observer, { kind });
  }
}

/** `closed` says why a connection failed. A rejection that nobody waits for must not end the process as well. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function writeAfterEnd(): TransportError {
  return new TransportError("WRITE_FAILED", "write", "nothing can be written after end(): the FIN was sent");
}
