import type { Address } from "./address.ts";
import type { TransportError } from "./errors.ts";
import type { TcpObserver } from "./observer.ts";

/** Why a connection is over. `bytesIn` and `bytesOut` count what was received and what was handed to the kernel. */
export interface CloseReason {
  /** "end": both sides ended (FIN). "abort": we reset it. "peer-abort": the peer did. "error": anything else. */
  readonly how: "end" | "abort" | "peer-abort" | "error";
  readonly error?: TransportError;
  /** We ended, and the peer did not within the moment that we wait for it: "end" was ours alone. */
  readonly letGo?: true;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** The synchronous way to receive: called from the socket's callback, without a promise in between. */
export interface ByteSink {
  /** `bytes` are yours until you return; copy what you keep. */
  onBytes(bytes: Uint8Array): void;
  /**
   * The peer ended its direction (FIN). Ours stays open until `end()`.
   *
   * `cut`: it did not end TLS before, so that anyone may have sent the FIN, and the last bytes may be missing.
   */
  onEnd(cut?: TransportError): void;
  /** What `send` refused to queue more of has been written. */
  onDrain?(): void;
  /** Once, last of all. */
  onClose(reason: CloseReason): void;
}

/**
 * One end of a byte stream, with RFC 9293's user calls: SEND, RECEIVE, CLOSE (`end`), ABORT.
 *
 * Two ways to receive, one at a time: awaiting (`read`, `for await`) or a sink (`attach`).
 */
export interface TcpConnection extends AsyncIterable<Uint8Array>, AsyncDisposable {
  /** Counts up from 1 within a process. */
  readonly id: number;
  readonly role: "client" | "server";
  readonly local: Address;
  readonly remote: Address;
  readonly tls: TlsInfo | undefined;
  readonly observer: TcpObserver | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;

  /**
   * The next bytes, yours to keep; `undefined` once the peer has ended.
   *
   * @throws {TransportError} BODY_TRUNCATED where TCP ended and TLS had not.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves when the queue has room again; awaiting it is backpressure. @throws {TransportError} */
  write(bytes: Uint8Array | string): Promise<void>;
  /** Sends FIN after what is queued; receiving goes on. Resolves when the FIN is handed to the kernel. */
  end(): Promise<void>;
  /** RST: what is queued is lost. Reading and writing fail from now on. */
  abort(reason?: Error): void;
  /** Settles when it is all over, never rejects. */
  readonly closed: Promise<CloseReason>;

  /** Receive through `sink` from now on; bytes already here are given to it at once. */
  attach(sink: ByteSink): void;
  /** Back to awaiting. `unread`, what the sink was given but did not use, is read first (it is copied). */
  detach(unread?: Uint8Array): void;
  /** Queues synchronously. A string is latin1 (one byte a character). `false`: wait for `onDrain`. */
  send(bytes: Uint8Array | string): boolean;
  /** Stop and go on reading from the socket (the sink's backpressure). */
  pause(): void;
  resume(): void;
  /** Bytes queued in this process, not yet taken by the kernel. */
  readonly queuedBytes: number;
  /** Keep the process alive, or not, for this connection alone (an idle pooled one does not). */
  ref(): void;
  unref(): void;
}

export interface TlsInfo {
  readonly protocol: string;
  readonly cipher: string;
  readonly alpn: string | undefined;
  readonly authorized: boolean;
  readonly reused: boolean;
  /** Subject, issuer and last day of the peer's certificate, where it sent one. */
  readonly peer: { readonly subject: string; readonly issuer: string; readonly validTo: string } | undefined;
}
