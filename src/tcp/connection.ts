import type { Address } from "./address.ts";
import type { TransportError } from "./errors.ts";
import type { TcpObserver } from "./observer.ts";

/** Why a connection is over. */
export interface CloseReason {
  /** "end": both sides ended (FIN). "abort": we reset it. "peer-abort": the peer did. "error": anything else. */
  readonly how: "end" | "abort" | "peer-abort" | "error";
  /** What went wrong, unless `how` is "end". */
  readonly error?: TransportError;
  /** We ended, but the peer did not within the moment that we wait for it: "end" was ours alone. */
  readonly letGo?: true;
  /** Bytes received in all. */
  readonly bytesIn: number;
  /** Bytes handed to the kernel in all. */
  readonly bytesOut: number;
}

/** The synchronous way to receive: called from the socket's callback, without a promise in between. */
export interface ByteSink {
  /** `bytes` are yours until you return; copy what you keep. */
  onBytes(bytes: Uint8Array): void;
  /**
   * The peer ended its direction (FIN). Ours stays open until `end()`.
   *
   * @param cut set when the peer did not end TLS first: anybody may have sent the FIN, and the last bytes may be
   * missing.
   */
  onEnd(cut?: TransportError): void;
  /** The queue has room again, after a `send` that returned `false`. */
  onDrain?(): void;
  /** The connection is over. Called once, last of all. */
  onClose(reason: CloseReason): void;
}

/**
 * One end of a byte stream, with RFC 9293's user calls: SEND, RECEIVE, CLOSE (`end`), ABORT.
 *
 * Two ways to receive, one at a time: awaiting (`read`, `for await`) or a sink (`attach`).
 */
export interface TcpConnection extends AsyncIterable<Uint8Array>, AsyncDisposable {
  /** The number of the connection: counts up from 1 within a process. */
  readonly id: number;
  /** Who connected: "client" after `connect`, "server" after `listen`. */
  readonly role: "client" | "server";
  /** The address of this end. */
  readonly local: Address;
  /** The address of the peer; of the client, where a PROXY header named one. */
  readonly remote: Address;
  /** What was agreed on by TLS; `undefined` without TLS. */
  readonly tls: TlsInfo | undefined;
  /** Who watches this connection, if anybody does. */
  readonly observer: TcpObserver | undefined;
  /** Bytes received so far. */
  readonly bytesIn: number;
  /** Bytes handed to the kernel so far. */
  readonly bytesOut: number;

  /**
   * Waits for the next bytes, yours to keep; `undefined` once the peer has ended.
   *
   * @throws {TransportError} when the connection failed; BODY_TRUNCATED when TCP ended before TLS did.
   */
  read(): Promise<Uint8Array | undefined>;
  /**
   * Queues bytes and resolves when the queue has room again: awaiting it is backpressure. A string is latin1.
   *
   * @throws {TransportError} when the connection failed or was ended.
   */
  write(bytes: Uint8Array | string): Promise<void>;
  /**
   * Sends FIN after what is queued; receiving goes on. Resolves when the FIN is handed to the kernel.
   *
   * @throws {TransportError} when the connection failed.
   */
  end(): Promise<void>;
  /** RST: what is queued is lost. Reading and writing fail from now on. */
  abort(reason?: Error): void;
  /** Resolves when both directions are over; never rejects. */
  readonly closed: Promise<CloseReason>;

  /**
   * Receive through `sink` from now on; bytes already here are given to it at once.
   *
   * @throws {TypeError} when a `read` waits.
   */
  attach(sink: ByteSink): void;
  /** Back to awaiting. `unread`, bytes that the sink was given but did not use, is copied and read first. */
  detach(unread?: Uint8Array): void;
  /**
   * Queues bytes at once. A string is latin1: one byte a character. `false`: wait for `onDrain`, or the connection
   * failed.
   *
   * @throws {TransportError} after `end`.
   */
  send(bytes: Uint8Array | string): boolean;
  /** Stops reading from the socket: the sink's backpressure. */
  pause(): void;
  /** Goes on reading after `pause`. */
  resume(): void;
  /** Bytes queued in this process, not yet taken by the kernel. */
  readonly queuedBytes: number;
  /** This connection keeps the process alive, as it does by default. */
  ref(): void;
  /** This connection alone does not keep the process alive. */
  unref(): void;
}

/** What the two ends agreed on by TLS. */
export interface TlsInfo {
  /** The version: "TLSv1.2" or "TLSv1.3". */
  readonly protocol: string;
  /** The IANA name of the cipher suite. */
  readonly cipher: string;
  /** The protocol chosen by ALPN (RFC 7301), if any. */
  readonly alpn: string | undefined;
  /** Whether the peer's certificate was verified. */
  readonly authorized: boolean;
  /** Why the certificate was not verified: OpenSSL's name of the error, or Node's. `undefined`: it was, or nobody asked. */
  readonly verifyError: string | undefined;
  /** Whether a TLS session was resumed. */
  readonly reused: boolean;
  /** Subject, issuer and end of validity of the peer's certificate, where the peer sent one. */
  readonly peer: { readonly subject: string; readonly issuer: string; readonly validTo: string } | undefined;
  /** The certificates that the peer sent, as DER, its own first. Empty behind the end of the connection. */
  readonly certificates: readonly Uint8Array[];
}
