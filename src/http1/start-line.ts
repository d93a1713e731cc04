import { isDigit, isFieldContent, isTargetOctet, isTchar, SP } from "../bytes/octets.ts";
import { latin1 } from "../bytes/text.ts";
import type { ProtocolError, ProtocolErrorCode } from "./errors.ts";
import type { Version } from "./events.ts";
import { mayBeKept } from "./field-line.ts";
import type { Http1Leniency } from "./leniency.ts";
import type { LineReader, TooLong } from "./line-reader.ts";
import { parseLooseStatusLine } from "./loose-status-line.ts";

export interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly version: Version;
}

export interface StatusLine {
  readonly version: Version;
  readonly status: number;
  readonly reason: string;
}

/**
 * `method SP request-target SP HTTP-version`, with a single SP between the parts. RFC 9112 §3 lets a recipient split
 * at any whitespace. We do not: a proxy in front may split elsewhere.
 */
export function parseRequestLine(reader: LineReader): RequestLine {
  const { bytes, start } = reader.buffer;
  const { lineEnd: end, span } = reader;
  let at = start;
  while (at < end && isTchar(bytes[at] as number)) at++;
  if (at === start || (at < end && bytes[at] !== SP)) {
    throw reader.refuse("INVALID_METHOD", "the method is not a token", at, Math.min(at + 1, end));
  }
  const methodEnd = at;
  const targetStart = at + 1;
  const targetEnd = bytes.subarray(0, end).lastIndexOf(SP);
  if (targetEnd < targetStart) {
    throw reader.refuse("HTTP_09", "the request-line has no HTTP version", start);
  }
  if (targetEnd === end - 1) {
    throw reader.refuse("MALFORMED_REQUEST_LINE", "the request-line ends with SP", targetEnd, end);
  }
  for (at = targetStart; at < targetEnd; at++) {
    const octet = bytes[at] as number;
    if (octet === SP) throw reader.refuse("WHITESPACE_IN_TARGET", "the request-target has SP in it", at);
    if (!isTargetOctet(octet)) {
      throw reader.refuse(
        "INVALID_TARGET",
        "the request-target has an octet that a URI cannot have",
        at,
        at + 1,
      );
    }
  }
  if (targetStart === targetEnd) {
    throw reader.refuse("MALFORMED_REQUEST_LINE", "the request-target is empty", targetStart);
  }
  const version = parseVersion(reader, targetEnd + 1, end);
  if (span !== undefined) {
    span("method", start, methodEnd);
    span("SP", methodEnd, targetStart);
    span("request-target", targetStart, targetEnd);
    span("SP", targetEnd, targetEnd + 1);
    span("HTTP-version", targetEnd + 1, end);
  }
  return { method: latin1(bytes, start, methodEnd), target: latin1(bytes, targetStart, targetEnd), version };
}

/**
 * The error for a request-line without a line end in its first `maxBytes` octets. Its longest part decides: a method
 * that is longer than any known one is 501, a target is 414 (RFC 9112 §3). A version has eight octets, so a longer
 * rest means that this is no request-line.
 */
export function tooLongRequestLine(reader: LineReader, maxBytes: number): ProtocolError {
  const { bytes, start } = reader.buffer;
  const end = start + maxBytes;
  let methodEnd = start;
  while (methodEnd < end && isTchar(bytes[methodEnd] as number)) methodEnd++;
  let targetEnd = Math.min(methodEnd + 1, end);
  while (targetEnd < end && bytes[targetEnd] !== SP) targetEnd++;
  const refuse = (code: ProtocolErrorCode, what: string) =>
    reader.refuse(code, `${what}: the request-line is longer than ${maxBytes} bytes`);
  const methodLength = methodEnd - start;
  const targetLength = targetEnd - methodEnd - 1;
  const restLength = end - targetEnd;
  if (methodEnd < end && bytes[methodEnd] !== SP)
    return refuse("INVALID_METHOD", "the method is not a token");
  if (methodLength > Math.max(targetLength, restLength)) {
    return refuse("METHOD_TOO_LONG", "the method is longer than any known method");
  }
  if (targetLength >= restLength) return refuse("START_LINE_TOO_LONG", "the request-target is too long");
  return refuse("MALFORMED_REQUEST_LINE", "more than a version follows the request-target");
}

export const tooLongStatusLine: TooLong = (reader, maxBytes) =>
  reader.refuse("START_LINE_TOO_LONG", `the status-line is longer than ${maxBytes} bytes`);

const VERSION_LENGTH = "HTTP/1.1".length;
const MAX_SHOWN_VERSION = 12;
const STATUS_LENGTH = 3;

/** `HTTP-version SP status-code [SP [reason-phrase]]`. Many servers leave out the last SP, which does no harm. */
export function parseStatusLine(reader: LineReader, leniency: Http1Leniency): StatusLine {
  const { bytes, start } = reader.buffer;
  const { lineEnd: end, span } = reader;
  if (leniency.looseStatusLine) {
    const loose = parseLooseStatusLine(reader, leniency.controlOctets);
    if (loose !== undefined) return loose;
  }
  const versionEnd = start + VERSION_LENGTH;
  const statusStart = versionEnd + 1;
  const version = parseVersion(reader, start, Math.min(versionEnd, end));
  if (versionEnd === end || bytes[versionEnd] !== SP) {
    throw reader.refuse(
      leniency.looseStatusLine ? "INVALID_STATUS" : "MALFORMED_STATUS_LINE",
      "no SP after the HTTP version",
      versionEnd,
      Math.min(versionEnd + 1, end),
    );
  }
  const statusEnd = statusStart + STATUS_LENGTH;
  let status = 0;
  for (let at = statusStart; at < statusEnd; at++) {
    const octet = bytes[at] as number;
    if (at >= end || !isDigit(octet))
      throw reader.refuse(
        "INVALID_STATUS",
        "the status code is not three digits",
        statusStart,
        Math.min(at + 1, end),
      );
    status = status * 10 + octet - 0x30;
  }
  if (status < 100 || (statusEnd < end && bytes[statusEnd] !== SP)) {
    throw reader.refuse(
      "INVALID_STATUS",
      "the status code is not between 100 and 999",
      statusStart,
      Math.min(statusEnd + 1, end),
    );
  }
  const reasonStart = Math.min(statusEnd + 1, end);
  for (let at = reasonStart; at < end; at++) {
    const octet = bytes[at] as number;
    if (!isFieldContent(octet) && !(leniency.controlOctets && mayBeKept(octet))) {
      throw reader.refuse("INVALID_REASON", "the reason phrase has a control octet", at, at + 1);
    }
  }
  if (span !== undefined) {
    span("HTTP-version", start, versionEnd);
    span("SP", versionEnd, statusStart);
    span("status-code", statusStart, statusEnd);
    span("SP", statusEnd, reasonStart);
    span("reason-phrase", reasonStart, end);
  }
  return { version, status, reason: latin1(bytes, reasonStart, end) };
}

/**
 * `HTTP/` DIGIT `.` DIGIT. A minor version above 1 is read as 1 (RFC 9110 §2.5). Another major version is refused.
 */
function parseVersion(reader: LineReader, start: number, end: number): Version {
  const text = latin1(reader.buffer.bytes, start, end);
  const wellFormed = end - start === VERSION_LENGTH && text.startsWith("HTTP/") && text[6] === ".";
  if (!wellFormed || !isDigit(text.charCodeAt(5)) || !isDigit(text.charCodeAt(7))) {
    // Without "HTTP/" the line may be anything, even a secret, so it is not shown.
    const shownEnd = /^HTTP\//i.test(text) ? Math.min(start + MAX_SHOWN_VERSION, end) : start;
    throw reader.refuse("INVALID_VERSION", "the version is not HTTP/ digit . digit", start, shownEnd);
  }
  if (text[5] !== "1")
    throw reader.refuse("UNSUPPORTED_VERSION", "only HTTP/1.0 and HTTP/1.1 are supported", start, end);
  return text[7] === "0" ? "1.0" : "1.1";
}
