/** Every way in which a message can be wrong: the status that a server answers with, and the rule that is broken. */
export const PROTOCOL_ERRORS = {
  // start-line
  MALFORMED_REQUEST_LINE: [400, "RFC 9112 §3"],
  INVALID_METHOD: [400, "RFC 9110 §9.1"],
  INVALID_TARGET: [400, "RFC 9112 §3.2"],
  WHITESPACE_IN_TARGET: [400, "RFC 9112 §3.2"],
  TARGET_FORM_MISMATCH: [400, "RFC 9112 §3.2"],
  HTTP_09: [400, "RFC 9112 §3"],
  MALFORMED_STATUS_LINE: [400, "RFC 9112 §4"],
  INVALID_STATUS: [400, "RFC 9112 §4"],
  INVALID_REASON: [400, "RFC 9112 §4"],
  INVALID_VERSION: [400, "RFC 9112 §2.3"],
  UNSUPPORTED_VERSION: [505, "RFC 9110 §15.6.6"],
  TOO_MANY_EMPTY_LINES: [400, "RFC 9112 §2.2"],
  // lines and fields
  BARE_LF: [400, "RFC 9112 §2.2"],
  BARE_CR: [400, "RFC 9112 §2.2"],
  WHITESPACE_BEFORE_FIELDS: [400, "RFC 9112 §2.2"],
  FOLDED_LINE: [400, "RFC 9112 §5.2"],
  WHITESPACE_BEFORE_COLON: [400, "RFC 9112 §5.1"],
  MISSING_COLON: [400, "RFC 9112 §5"],
  EMPTY_FIELD_NAME: [400, "RFC 9112 §5"],
  INVALID_FIELD_NAME: [400, "RFC 9110 §5.1"],
  INVALID_FIELD_VALUE: [400, "RFC 9110 §5.5"],
  // Host
  MISSING_HOST: [400, "RFC 9112 §3.2"],
  DUPLICATE_HOST: [400, "RFC 9112 §3.2"],
  INVALID_HOST: [400, "RFC 9112 §3.2"],
  HOST_MISMATCH: [400, "RFC 9112 §3.2.2"],
  // framing
  LENGTH_AND_CODING: [400, "RFC 9112 §6.3"],
  INVALID_CONTENT_LENGTH: [400, "RFC 9110 §8.6"],
  DUPLICATE_CONTENT_LENGTH: [400, "RFC 9112 §6.3"],
  CONTENT_LENGTH_TOO_LARGE: [413, "RFC 9110 §8.6"],
  INVALID_TRANSFER_CODING: [400, "RFC 9112 §6.1"],
  UNKNOWN_TRANSFER_CODING: [501, "RFC 9112 §6.1"],
  TRANSFER_CODING_IN_HTTP_10: [400, "RFC 9112 §6.1"],
  TRANSFER_CODING_NOT_ALLOWED: [400, "RFC 9112 §6.1"],
  INVALID_CHUNK_SIZE: [400, "RFC 9112 §7.1"],
  CHUNK_SIZE_TOO_LARGE: [413, "RFC 9112 §7.1"],
  INVALID_CHUNK_EXT: [400, "RFC 9112 §7.1.1"],
  MISSING_CHUNK_END: [400, "RFC 9112 §7.1"],
  FORBIDDEN_TRAILER: [400, "RFC 9110 §6.5.1"],
  // limits (each has a name in Http1Limits)
  METHOD_TOO_LONG: [501, "RFC 9112 §3"],
  START_LINE_TOO_LONG: [414, "RFC 9112 §3"],
  HEAD_TOO_LARGE: [431, "RFC 6585 §5"],
  TOO_MANY_FIELD_LINES: [431, "RFC 6585 §5"],
  CHUNK_EXT_TOO_LONG: [400, "RFC 9112 §7.1.1"],
  CHUNK_OVERHEAD: [400, "RFC 9112 §7.1.1"],
  TRAILERS_TOO_LARGE: [431, "RFC 6585 §5"],
  TOO_MANY_INFORMATIONAL: [400, "RFC 9110 §15.2"],
  // the order of messages
  UNASKED_SWITCH: [400, "RFC 9110 §15.2.2"],
  UNSOLICITED_RESPONSE: [400, "RFC 9112 §9.2"],
  INCOMPLETE_HEAD: [400, "RFC 9112 §8"],
  INCOMPLETE_BODY: [400, "RFC 9112 §8"],
  BODY_TOO_LONG: [400, "RFC 9112 §6.3"],
  BODY_TOO_SHORT: [400, "RFC 9112 §6.3"],
  WRONG_STATE: [500, "RFC 9112 §9"],
} as const satisfies Record<string, readonly [statusHint: number, section: string]>;

/** The name of a protocol error: a key of `PROTOCOL_ERRORS`. */
export type ProtocolErrorCode = keyof typeof PROTOCOL_ERRORS;

/** Who broke a rule, and where. */
export interface ProtocolErrorDetail {
  /** Who broke the rule: "remote" is the peer, "local" the caller of `send`. */
  readonly blame: "local" | "remote";
  /** The place in the stream of its direction, in bytes from 0. */
  readonly offset?: number | undefined;
}

/** A message broke a rule. `code` is API; the message text is for people. */
export class ProtocolError extends Error {
  /** Always "ProtocolError". */
  override readonly name = "ProtocolError";
  /** Which rule was broken: a key of `PROTOCOL_ERRORS`. */
  readonly code: ProtocolErrorCode;
  /** Who broke the rule: "remote" is the peer, "local" the caller. */
  readonly blame: "local" | "remote";
  /** The place in the stream of its direction, in bytes from 0; `undefined` for what was never sent. */
  readonly offset: number | undefined;

  /** The message is `sentence`, with the offset, the code and the section behind it. */
  constructor(code: ProtocolErrorCode, sentence: string, detail: ProtocolErrorDetail) {
    const at = detail.offset === undefined ? "" : ` (byte ${detail.offset})`;
    super(`${sentence}${at} [${code}, ${PROTOCOL_ERRORS[code][1]}]`);
    this.code = code;
    this.blame = detail.blame;
    this.offset = detail.offset;
  }

  /** The status that a server answers with. */
  get statusHint(): number {
    return PROTOCOL_ERRORS[this.code][0];
  }

  /** The section of the RFC that has the rule: "RFC 9112 §3". */
  get section(): string {
    return PROTOCOL_ERRORS[this.code][1];
  }
}

/** The caller's mistake: something was asked for out of turn. */
export const wrongState = (sentence: string): ProtocolError =>
  new ProtocolError("WRONG_STATE", sentence, { blame: "local" });
