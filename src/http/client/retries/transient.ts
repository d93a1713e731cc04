import { TransportError, type TransportErrorCode } from "../../../tcp/errors.ts";

/**
 * The statuses after which the same request may succeed a little later: the server lost patience (408), has too much to
 * do (429, 503), failed (500), or stands before a server that failed (502, 504).
 */
export const TRANSIENT_STATUSES: readonly number[] = [408, 429, 500, 502, 503, 504];

/** The request did not reach the server. */
const NOT_SENT: ReadonlySet<TransportErrorCode> = new Set([
  "CONNECT_REFUSED",
  "CONNECT_RESET",
  "CONNECT_UNREACHABLE",
  "CONNECT_FAILED",
  "TIMEOUT_CONNECT",
  "TIMEOUT_TLS",
]);

/** The request was sent, or a part of it. Whether the server acted on the request is not known. */
const LOST: ReadonlySet<TransportErrorCode> = new Set([
  "PEER_RESET",
  "PEER_CLOSED_BEFORE_RESPONSE",
  "WRITE_FAILED",
  "TIMEOUT_WRITE",
  "TIMEOUT_HEAD",
]);

/** Whether an error is known to have come before any byte of the request was sent, and may be gone a little later. */
export function failedBeforeSending(error: unknown): boolean {
  if (!(error instanceof TransportError)) return false;
  // A name that does not exist will not exist in a second. A name server that did not answer may answer then.
  if (error.code === "DNS") return (error.cause as { code?: unknown } | undefined)?.code === "EAI_AGAIN";
  return NOT_SENT.has(error.code);
}

/** Whether an error may be gone a little later: no connection, or a connection that was lost before its response. */
export function isTransient(error: unknown): boolean {
  return failedBeforeSending(error) || (error instanceof TransportError && LOST.has(error.code));
}
