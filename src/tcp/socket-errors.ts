import { counted } from "../bytes/text.ts";
import { type Phase, TransportError, type TransportErrorCode } from "./errors.ts";
import { tlsReason } from "./tls-reason.ts";

export interface SystemError extends Error {
  readonly code?: string;
  readonly syscall?: string;
  /** The port that was to be connected to, or bound to. */
  readonly port?: number;
}

/** TCP ended where TLS had not (RFC 8446 §6.1). */
export function tlsCut(bytesReceived: number): TransportError {
  const message = `the connection ended after ${counted(bytesReceived, "byte")} received, but TLS did not (no close_notify): there may have been more`;
  return new TransportError("BODY_TRUNCATED", "read", message, { bytesReceived });
}

/** What happened to an open socket, as a TransportError. A reset by the peer is a "peer-abort". */
export function socketFailure(
  error: SystemError,
  bytesReceived: number,
  phase: Phase = error.syscall === "write" ? "write" : "read",
): { readonly how: "peer-abort" | "error"; readonly error: TransportError } {
  const failure = (
    how: "peer-abort" | "error",
    code: TransportErrorCode,
    message: string,
    at: Phase = phase,
  ) => ({
    how,
    error: new TransportError(code, at, message, { cause: error, bytesReceived }),
  });
  switch (error.code) {
    case "ECONNRESET":
      return failure(
        "peer-abort",
        "PEER_RESET",
        `the peer reset the connection after ${counted(bytesReceived, "byte")} received`,
      );
    // Linux reports EPIPE for the second write after the peer's RST.
    case "EPIPE":
      return failure(
        "peer-abort",
        "PEER_RESET",
        "the peer had closed the connection before we wrote",
        "write",
      );
    case "ETIMEDOUT":
      return failure("error", "TIMEOUT_IDLE", "the peer no longer answers (the kernel gave up)", "idle");
    default:
      if (error.code?.startsWith("ERR_SSL") || error.code?.startsWith("ERR_TLS")) {
        return failure("error", "TLS_HANDSHAKE", `TLS failed: ${tlsReason(error)}`);
      }
      return failure(
        "error",
        phase === "write" ? "WRITE_FAILED" : "PEER_RESET",
        `the connection failed: ${error.code ?? error.message}`,
      );
  }
}
