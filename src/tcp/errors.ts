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

/** The closed list of what can go wrong below and around the protocol. */
export const TRANSPORT_ERRORS = [
  "ABORTED",
  "ADDRESS_IN_USE",
  "ADDRESS_NOT_AVAILABLE",
  "PERMISSION",
  "DNS",
  "HOST_INVALID",
  "URL_INVALID",
  "ADDRESS_REFUSED",
  "CONNECT_REFUSED",
  "CONNECT_RESET",
  "CONNECT_UNREACHABLE",
  "CONNECT_FAILED",
  "TIMEOUT_CONNECT",
  "TIMEOUT_TLS",
  "TIMEOUT_HEAD",
  "TIMEOUT_BODY",
  "TIMEOUT_HANDLER",
  "TIMEOUT_WRITE",
  "TIMEOUT_IDLE",
  "TIMEOUT_QUEUE",
  "TIMEOUT_TOTAL",
  "TLS_HANDSHAKE",
  "TLS_VERIFY",
  "TLS_PIN",
  "TLS_CA_FILE",
  "PROXY_HEADER",
  "PROXY_INVALID",
  "PROXY_SCHEME",
  "PROXY_DNS",
  "PROXY_HANDSHAKE",
  "TUNNEL_REFUSED",
  "TUNNEL_BROKEN",
  "PEER_RESET",
  "PEER_CLOSED_BEFORE_RESPONSE",
  "BODY_TRUNCATED",
  "BODY_MISMATCH",
  "BODY_TOO_LARGE",
  "BODY_USED",
  "DECODE_FAILED",
  "DECODE_BOMB",
  "REDIRECT_LIMIT",
  "REDIRECT_REFUSED",
  "UNSOLICITED_DATA",
  "WRITE_FAILED",
  "POOL_CLOSED",
  "POOL_QUEUE_FULL",
  "OVERLOADED",
  "DRAINING",
  "WORKER_LOST",
  "HANDLER_INVALID",
] as const;

/** What went wrong with a connection, in one word: one of `TRANSPORT_ERRORS`. */
export type TransportErrorCode = (typeof TRANSPORT_ERRORS)[number];

/** One address that was tried, and how it ended. */
export interface ConnectAttempt {
  /** The address as text: `127.0.0.1:80`. */
  readonly address: string;
  /** How the attempt ended, in words. */
  readonly error: string;
  /** Milliseconds from the beginning of the attempt to its end. */
  readonly afterMs: number;
}

/** The connection that an exchange failed on. */
export interface FailedConnection {
  /** The number of the connection, as observers and recordings have it. */
  readonly id: number;
  /** The address of the peer as text: `127.0.0.1:80`. */
  readonly remote: string;
  /** Milliseconds since the connection was opened. */
  readonly ageMs: number;
  /** Whether the connection had served another exchange before. */
  readonly reused: boolean;
  /** Who ended the connection; `undefined` if neither did, such as when the network is gone. */
  readonly closedBy: "us" | "peer" | undefined;
  /** Bytes that the kernel had taken from us in all. */
  readonly bytesSent: number;
  /** Bytes received in all. */
  readonly bytesReceived: number;
}

/** What is known of a transport error besides its code. */
export interface TransportErrorOptions {
  /** The error behind this one. */
  readonly cause?: unknown;
  /** The addresses that were tried; none by default. */
  readonly attempts?: readonly ConnectAttempt[];
  /** Bytes received before the error, 0 by default. */
  readonly bytesReceived?: number;
  /** The connection that failed; none by default. */
  readonly connection?: FailedConnection;
  /** The certificates that were refused; none by default. */
  readonly certificates?: readonly Uint8Array[];
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
  /** The connection that an exchange of a client failed on; `undefined` for other errors. */
  readonly connection: FailedConnection | undefined;
  /**
   * The certificates that the peer sent, as DER, its own first: what TLS_VERIFY and TLS_PIN refused. Empty for other errors.
   */
  readonly certificates: readonly Uint8Array[];

  /** An error with its `cause`, if there is one. */
  constructor(code: TransportErrorCode, phase: Phase, message: string, options: TransportErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.phase = phase;
    this.attempts = options.attempts ?? [];
    this.bytesReceived = options.bytesReceived ?? 0;
    this.connection = options.connection;
    this.certificates = options.certificates ?? [];
  }
}
