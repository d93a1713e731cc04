import { COLON, isFieldContent, isTchar, isWhitespace } from "../bytes/octets.ts";
import { latin1 } from "../bytes/text.ts";
import type { ProtocolError } from "./errors.ts";
import type { LineReader } from "./line-reader.ts";
import { trimWhitespace } from "./list.ts";

/**
 * Parses the line last taken: `field-name ":" OWS field-value OWS` (RFC 9112 §5). Appends the name, and the value
 * without the OWS around it, to `lines`; returns the name.
 *
 * @param discarded names in lower case. The caller discards these fields, and their spans say so.
 */
export function parseFieldLine(reader: LineReader, lines: string[], discarded?: ReadonlySet<string>): string {
  const { bytes, start } = reader.buffer;
  const { lineEnd: end, span } = reader;
  let at = start;
  while (at < end && isTchar(bytes[at] as number)) at++;
  if (at === start || at === end || bytes[at] !== COLON) throw badName(reader, at);
  const nameEnd = at;
  const valueStart = skipWhitespace(bytes, nameEnd + 1, end);
  const valueEnd = checkedValueEnd(reader, valueStart);
  const name = latin1(bytes, start, nameEnd);
  if (span !== undefined) {
    span("field-name", start, nameEnd);
    span(discarded?.has(name.toLowerCase()) ? "discarded-trailer" : "colon", nameEnd, nameEnd + 1);
    span("OWS", nameEnd + 1, valueStart);
    span("field-value", valueStart, valueEnd);
    span("OWS", valueEnd, end);
  }
  lines.push(name, latin1(bytes, valueStart, valueEnd));
  return name;
}

/** A line that begins with whitespace continues the value before it. One SP replaces the fold (RFC 9112 §5.2). */
export function parseFoldedLine(reader: LineReader, lines: string[]): void {
  const { bytes, start } = reader.buffer;
  const { lineEnd: end, span } = reader;
  const valueStart = skipWhitespace(bytes, start, end);
  const valueEnd = checkedValueEnd(reader, valueStart);
  if (span !== undefined) {
    span("obs-fold", start, valueStart);
    span("field-value", valueStart, valueEnd);
    span("OWS", valueEnd, end);
  }
  const last = lines.length - 1;
  lines[last] = trimWhitespace(`${lines[last]} ${latin1(bytes, valueStart, valueEnd)}`);
}

function skipWhitespace(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isWhitespace(bytes[at] as number)) at++;
  return at;
}

function checkedValueEnd(reader: LineReader, valueStart: number): number {
  const { bytes } = reader.buffer;
  const { lineEnd: end } = reader;
  for (let at = valueStart; at < end; at++) {
    if (!isFieldContent(bytes[at] as number)) {
      throw reader.refuse("INVALID_FIELD_VALUE", "the field value has a control octet", at, at + 1);
    }
  }
  let valueEnd = end;
  while (valueEnd > valueStart && isWhitespace(bytes[valueEnd - 1] as number)) valueEnd--;
  return valueEnd;
}

/** The well-known mistakes have codes of their own. */
function badName(reader: LineReader, at: number): ProtocolError {
  const { bytes, start } = reader.buffer;
  const { lineEnd: end } = reader;
  const colon = bytes.subarray(0, end).indexOf(COLON, start);
  if (colon === -1) return reader.refuse("MISSING_COLON", "the field line has no colon", start);
  if (colon === start) return reader.refuse("EMPTY_FIELD_NAME", "the field line has no name", start);
  if (at > start && skipWhitespace(bytes, at, end) === colon) {
    // Requests are smuggled through a proxy that ignores such a field, to a server that does not.
    return reader.refuse("WHITESPACE_BEFORE_COLON", "whitespace between the field name and the colon", start);
  }
  return reader.refuse("INVALID_FIELD_NAME", "the field name is not a token", at, at + 1);
}
