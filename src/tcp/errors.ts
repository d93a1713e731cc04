/** How far a conversation had come when it failed. */
export type Phase =
  | "resolve"
  | "connect"
  | "tls"
  | "proxy"
  | "listen"
  | "read"
  | "write"
  | "head"
  | "body"
  | "idle"
  | "drain";

/** The closed list of what can go wrong below and around the protocol, with curl's exit code for each. */
export const TRANSPORT_ERRORS = {
  ABORTED: 130,
  ADDRESS_IN_USE: 7,
  ADDRESS_NOT_AVAILABLE: 7,
  PERMISSION: 7,
  DNS: 6,
  HOST_INVALID: 3,
  URL_INVALID: 3,
  ADDRESS_REFUSED: 7,
  CONNECT_REFUSED: 7,
  CONNECT_RESET: 7,
  CONNECT_UNREACHABLE: 7,
  CONNECT_FAILED: 7,
  TIMEOUT_CONNECT: 28,
  TIMEOUT_TLS: 28,
  TIMEOUT_HEAD: 28,
  TIMEOUT_BODY: 28,
  TIMEOUT_HANDLER: 28,
  TIMEOUT_WRITE: 28,
  TIMEOUT_IDLE: 28,
  TIMEOUT_QUEUE: 28,
  TIMEOUT_TOTAL: 28,
  TLS_HANDSHAKE: 35,
  TLS_VERIFY: 60,
  TLS_PIN: 90,
  TLS_CA_FILE: 77,
  PROXY_HEADER: 97,
  PEER_RESET: 56,
  PEER_CLOSED_BEFORE_RESPONSE: 52,
  BODY_TRUNCATED: 18,
  BODY_MISMATCH: 55,
  BODY_TOO_LARGE: 63,
  BODY_USED: 23,
  DECODE_FAILED: 61,
  DECODE_BOMB: 63,
  REDIRECT_LIMIT: 47,
  REDIRECT_REFUSED: 47,
  UNSOLICITED_DATA: 56,
  WRITE_FAILED: 55,
  POOL_CLOSED: 7,
  POOL_QUEUE_FULL: 7,
  OVERLOADED: 7,
  DRAINING: 7,
  WORKER_LOST: 56,
  HANDLER_INVALID: 2,
} as const;

/** The name of a transport error: a key of `TRANSPORT_ERRORS`. */
export type TransportErrorCode = keyof typeof TRANSPORT_ERRORS;

/** One address that was tried, and how it ended. */
export interface ConnectAttempt {
  /** The address as text: `127.0.0.1:80`. */
  readonly address: string;
  /** How the attempt ended, in words. */
  readonly error: string;
  /** Milliseconds from the beginning of the attempt to its end. */
  readonly afterMs: number;
}

/** What is known of a transport error besides its code. */
export interface TransportErrorOptions {
  /** The error behind this one. */
  readonly cause?: unknown;
  /** The addresses that were tried; none by default. */
  readonly attempts?: readonly ConnectAttempt[];
  /** Bytes received before the error, 0 by default. */
  readonly bytesReceived?: number;
}

/** What went wrong on the way to, or on, a connection. `code` is API; the message is for people. */
export class TransportError extends Error {
  /** Always "TransportError". */
  override readonly name = "TransportError";
  /** What went wrong: a key of `TRANSPORT_ERRORS`. */
  readonly code: TransportErrorCode;
  /** How far the conversation had come. */
  readonly phase: Phase;
  /** The addresses that `connect` tried, in their order; empty for other errors. */
  readonly attempts: readonly ConnectAttempt[];
  /** Bytes received on the connection before the error. */
  readonly bytesReceived: number;

  /** An error with its `cause`, if there is one. */
  constructor(code: TransportErrorCode, phase: Phase, message: string, options: TransportErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.phase = phase;
    this.attempts = options.attempts ?? [];
    this.bytesReceived = options.bytesReceived ?? 0;
  }

  /** curl's exit code for this. */
  get exitCode(): number {
    return TRANSPORT_ERRORS[this.code];
  }
}
