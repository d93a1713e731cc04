import { ProtocolError, type ProtocolErrorCode } from "../../http1.ts";
import { TransportError } from "../../tcp.ts";
import { described, EXIT } from "../exit-codes.ts";

/** curl's names, as its man page has them. */
export const BIND_FAILED = 45;
const UNSUPPORTED = 1;
const WEIRD_REPLY = 8;
const PARTIAL = 18;
const NOTHING = 52;
const RECEIVE = 56;
const CODING = 61;
const TOO_LARGE = 100;

const OF_PROTOCOL: Readonly<Partial<Record<ProtocolErrorCode, number>>> = {
  INVALID_VERSION: UNSUPPORTED,
  UNSUPPORTED_VERSION: UNSUPPORTED,
  INVALID_STATUS: UNSUPPORTED,
  INCOMPLETE_HEAD: NOTHING,
  INCOMPLETE_BODY: PARTIAL,
  INVALID_TRANSFER_CODING: CODING,
  UNKNOWN_TRANSFER_CODING: CODING,
  INVALID_CHUNK_SIZE: RECEIVE,
  CHUNK_SIZE_TOO_LARGE: RECEIVE,
  INVALID_CHUNK_EXT: RECEIVE,
  MISSING_CHUNK_END: RECEIVE,
  CHUNK_EXT_TOO_LONG: RECEIVE,
  CHUNK_OVERHEAD: RECEIVE,
  HEAD_TOO_LARGE: RECEIVE,
  TOO_MANY_INFORMATIONAL: RECEIVE,
  UNSOLICITED_RESPONSE: RECEIVE,
  START_LINE_TOO_LONG: TOO_LARGE,
  TOO_MANY_FIELD_LINES: TOO_LARGE,
  TRAILERS_TOO_LARGE: TOO_LARGE,
};

/** The exit code that curl 8.23 has for this error, as measured (test/cli/curl/odd-responses.test.ts). */
export function curlExitCode(error: unknown): number {
  if (error instanceof TransportError && error.code === "DECODE_BOMB") return CODING;
  // curl has written the content by then, and refuses to write what stands behind it.
  if (
    error instanceof TransportError &&
    error.code === "DECODE_FAILED" &&
    / behind its end$/.test(error.message)
  )
    return EXIT.write;
  if (error instanceof Error && isCut(error.cause)) return RECEIVE;
  // A server of TLS 1.3 may refuse us when the handshake is over for us.
  if (error instanceof TransportError && error.code === "TLS_HANDSHAKE" && error.phase === "read")
    return RECEIVE;
  // Of --local-port, the last port is taken, or wants a privilege.
  if (error instanceof TransportError && error.phase === "connect" && failedToBind(error)) return BIND_FAILED;
  if (!(error instanceof ProtocolError) || error.blame === "local") return described(error).exitCode;
  // Octets that are no HTTP at all: for curl it is HTTP/0.9, which has to be asked for.
  if (error.code === "MALFORMED_STATUS_LINE" && error.offset === 0) return UNSUPPORTED;
  if (error.code === "INVALID_VERSION" && /"HTTP\/[23][ \t]/.test(error.message)) return WEIRD_REPLY;
  return OF_PROTOCOL[error.code] ?? WEIRD_REPLY;
}

/** TCP ended where TLS had not (RFC 8446 §6.1): an error of reading, whatever is missing. */
const isCut = (cause: unknown): boolean =>
  cause instanceof TransportError && cause.code === "BODY_TRUNCATED" && cause.phase === "read";

const failedToBind = ({ cause }: TransportError): boolean =>
  (cause as { syscall?: unknown } | undefined)?.syscall === "bind";
