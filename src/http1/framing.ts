import { isEvery, TCHAR } from "../bytes/octets.ts";
import { quote } from "../bytes/text.ts";
import { ProtocolError, type ProtocolErrorDetail } from "./errors.ts";
import type { InformationalHead, RequestHead, ResponseHead, Version } from "./events.ts";
import type { Fields } from "./fields.ts";
import { listMembers, trimWhitespace } from "./list.ts";

/**
 * How the body of a message ends (RFC 9112 §6.3): there is none, after `length` bytes, by chunks, or with the
 * connection. `last`: another reader may find another end, so no other exchange follows on the connection.
 */
export type BodyFraming =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked"; readonly last?: true }
  | { readonly kind: "close" };

const NONE: BodyFraming = { kind: "none" };
const CHUNKED: BodyFraming = { kind: "chunked" };
const CHUNKED_AND_LAST: BodyFraming = { kind: "chunked", last: true };
const CLOSE: BodyFraming = { kind: "close" };

export interface FramingRules extends ProtocolErrorDetail {
  readonly equalContentLengths?: boolean | undefined;
  readonly idleCodings?: boolean | undefined;
  readonly otherCodings?: boolean | undefined;
  readonly codingWins?: boolean | undefined;
  readonly ignoreContentLength?: boolean | undefined;
}

/** RFC 9112 §6.3 for a request: the body is framed by a coding or a length, or there is none. */
export function requestFraming(head: RequestHead, rules: FramingRules): BodyFraming {
  return declaredFraming(head.fields, head.version, rules) ?? NONE;
}

/**
 * RFC 9112 §6.3 for a response, in the order of its items: first a response that cannot have content, whatever its
 * fields say (1, 2), then a coding (3, 4), then a length (5, 6), and at last the end of the connection (8).
 *
 * Wrong fields are refused even where the response cannot have content: another reader may use them, and would lose
 * the next response. Behind a response that opens a tunnel there is no other: RFC 9110 §9.3.6 says to ignore the
 * fields.
 */
export function responseFraming(
  head: ResponseHead | InformationalHead,
  requestMethod: string,
  rules: FramingRules,
): BodyFraming {
  const { status } = head;
  if (switchesToTunnel(status, requestMethod)) return NONE;
  const hasContent = requestMethod !== "HEAD" && status >= 200 && status !== 204 && status !== 304;
  const declared = declaredFraming(head.fields, head.version, rules, !hasContent);
  return hasContent ? (declared ?? CLOSE) : NONE;
}

/** Whether it is a successful response to CONNECT. The connection is a tunnel after it (RFC 9110 §9.3.6). */
export function switchesToTunnel(status: number, requestMethod: string): boolean {
  return requestMethod === "CONNECT" && status >= 200 && status < 300;
}

function declaredFraming(
  fields: Fields,
  version: Version,
  rules: FramingRules,
  withoutContent = false,
): BodyFraming | undefined {
  if (!fields.controls) return undefined;
  const length = rules.ignoreContentLength ? undefined : fields.value("content-length");
  const codings = withoutContent && rules.idleCodings ? undefined : effectiveCodings(fields, rules);
  if (codings !== undefined) {
    // RFC 9112 §6.3 lets us prefer the coding; we refuse, since a proxy in front may have preferred the length.
    if (length !== undefined && !rules.codingWins)
      throw new ProtocolError("LENGTH_AND_CODING", "both Content-Length and Transfer-Encoding", rules);
    // RFC 9112 §6.1: HTTP/1.0 has no codings, so the sender and a proxy may frame this message in different ways.
    if (version === "1.0" && !rules.codingWins)
      throw new ProtocolError(
        "TRANSFER_CODING_IN_HTTP_10",
        "Transfer-Encoding in an HTTP/1.0 message",
        rules,
      );
    if (!(rules.otherCodings && undoable(codings))) checkCodings(codings, rules);
    else if (!/chunked$/i.test(codings)) return CLOSE;
    return length === undefined && version === "1.1" ? CHUNKED : CHUNKED_AND_LAST;
  }
  return length === undefined ? undefined : { kind: "length", length: contentLength(length, rules) };
}

/** The value of Transfer-Encoding, without what `idleCodings` passes over. */
function effectiveCodings(fields: Fields, { idleCodings }: FramingRules): string | undefined {
  const value = fields.value("transfer-encoding");
  if (value === undefined || !idleCodings) return value;
  const members = listMembers(value.toLowerCase());
  const chunkedAt = members.indexOf("chunked");
  const idle = (name: string, at: number) =>
    name === "" || (name === "identity" && (chunkedAt === -1 || at < chunkedAt));
  const codings = members.filter((name, at) => !idle(name, at));
  while (codings.length > 1 && codings.at(-1) === "chunked" && codings.at(-2) === "chunked") codings.pop();
  return codings.length === 0 ? undefined : codings.join(", ");
}

const UNDOABLE = /^(?:(?:(?:x-)?gzip|deflate|br|zstd)[ \t]*(?:,[ \t]*|$))+(?:chunked)?$/i;

/** Whether these are codings of `otherCodings`, with or without chunked behind them. */
function undoable(codings: string): boolean {
  return UNDOABLE.test(codings);
}

/**
 * Only one coding is supported: `chunked`. Left out: gzip and others as transfer codings (RFC 9112 §7.2). No client
 * or server on our list sends them. Before a final `chunked` they are 501 (§6.1). Without a final `chunked` the end
 * of the body is unknown: that is 400, whether the coding is known or not (§6.3, item 4).
 */
function checkCodings(value: string, rules: FramingRules): void {
  const codings = listMembers(value.toLowerCase());
  if (codings.length === 1 && codings[0] === "chunked") return;
  const last = codings.length - 1;
  const names = codings.map((coding) => trimWhitespace(coding.split(";", 1)[0] as string));
  const onceAndLast = codings[last] === "chunked" && names.indexOf("chunked") === last;
  if (!onceAndLast || !names.every((name) => isEvery(name, TCHAR))) {
    throw new ProtocolError(
      "INVALID_TRANSFER_CODING",
      `Transfer-Encoding is not one final "chunked": ${quote(value)}`,
      rules,
    );
  }
  throw new ProtocolError(
    "UNKNOWN_TRANSFER_CODING",
    `a transfer coding that is not supported: ${quote(value)}`,
    rules,
  );
}

/** 2^53-1 has 16 digits. A longer value is no length, but an attack on the integers of a reader. */
const MAX_LENGTH_DIGITS = 16;

function contentLength(value: string, rules: FramingRules): number {
  if (!value.includes(",")) return oneLength(value, rules);
  const lengths = listMembers(value).map((member) => oneLength(member, rules));
  const first = lengths[0] as number;
  if (!(rules.equalContentLengths && lengths.every((length) => length === first))) {
    throw new ProtocolError(
      "DUPLICATE_CONTENT_LENGTH",
      `more than one Content-Length: ${quote(value)}`,
      rules,
    );
  }
  return first;
}

function oneLength(text: string, rules: FramingRules): number {
  let length = 0;
  let at = 0;
  for (; at < text.length && at < MAX_LENGTH_DIGITS; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) break;
    length = length * 10 + digit;
  }
  if (at === 0 || at < text.length) {
    throw new ProtocolError(
      "INVALID_CONTENT_LENGTH",
      `Content-Length is not 1 to 16 digits: ${quote(text)}`,
      rules,
    );
  }
  if (!Number.isSafeInteger(length)) {
    throw new ProtocolError("CONTENT_LENGTH_TOO_LARGE", `Content-Length is above 2^53-1: ${text}`, rules);
  }
  return length;
}
