import { COLON, CR, isFieldContent, isTchar, isWhitespace, LF } from "../bytes/octets.ts";
import { latin1 } from "../bytes/text.ts";
import type { ProtocolError } from "./errors.ts";
import type { LineReader } from "./line-reader.ts";
import { trimWhitespace } from "./list.ts";

/** What a field line may have beyond the grammar. */
export interface FieldLineRules {
  /** Names in lower case. The caller discards these fields, and their spans say so. */
  readonly discarded?: ReadonlySet<string> | undefined;
  readonly anyName?: boolean | undefined;
  readonly controlOctets?: boolean | undefined;
}

/**
 * Parses the line last taken: `field-name ":" OWS field-value OWS` (RFC 9112 §5). Appends the name, and the value
 * without the OWS around it, to `lines`; returns the name.
 */
export function parseFieldLine(reader: LineReader, lines: string[], rules: FieldLineRules): string {
  const { bytes, start } = reader.buffer;
  const { lineEnd: end, span } = reader;
  let at = start;
  while (at < end && isTchar(bytes[at] as number)) at++;
  const isToken = at > start && at < end && bytes[at] === COLON;
  const nameEnd = isToken ? at : oddNameEnd(reader, at, rules);
  const valueStart = skipWhitespace(bytes, nameEnd + 1, end);
  const valueEnd = checkedValueEnd(reader, valueStart, rules.controlOctets);
  const name = latin1(bytes, start, nameEnd);
  if (span !== undefined) {
    span("field-name", start, nameEnd);
    const colon = rules.discarded?.has(name.toLowerCase()) ? "discarded-trailer" : "colon";
    span(isToken ? colon : "any-field-name", nameEnd, nameEnd + 1);
    span("OWS", nameEnd + 1, valueStart);
    span("field-value", valueStart, valueEnd);
    span("OWS", valueEnd, end);
  }
  lines.push(name, latin1(bytes, valueStart, valueEnd));
  return name;
}

/** A line that begins with whitespace continues the value before it. One SP replaces the fold (RFC 9112 §5.2). */
export function parseFoldedLine(reader: LineReader, lines: string[], rules: FieldLineRules): void {
  const { bytes, start } = reader.buffer;
  const { lineEnd: end, span } = reader;
  const valueStart = skipWhitespace(bytes, start, end);
  const valueEnd = checkedValueEnd(reader, valueStart, rules.controlOctets);
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

/** NUL, CR and LF end a value for other readers: nobody may keep them (RFC 9110 §5.5). */
export const mayBeKept = (octet: number): boolean => octet !== 0 && octet !== CR && octet !== LF;

function checkedValueEnd(reader: LineReader, valueStart: number, controlOctets = false): number {
  const { bytes } = reader.buffer;
  const { lineEnd: end } = reader;
  for (let at = valueStart; at < end; at++) {
    const octet = bytes[at] as number;
    if (!isFieldContent(octet) && !(controlOctets && mayBeKept(octet))) {
      throw reader.refuse("INVALID_FIELD_VALUE", "the field value has a control octet", at, at + 1);
    }
  }
  let valueEnd = end;
  while (valueEnd > valueStart && isWhitespace(bytes[valueEnd - 1] as number)) valueEnd--;
  return valueEnd;
}

/** The end of a name that is no token. */
function oddNameEnd(reader: LineReader, at: number, { anyName, controlOctets }: FieldLineRules): number {
  const { bytes, start } = reader.buffer;
  const colon = bytes.subarray(0, reader.lineEnd).indexOf(COLON, start);
  if (!anyName || colon === -1) throw badName(reader, at);
  for (let i = start; i < colon; i++) {
    const octet = bytes[i] as number;
    if (!isFieldContent(octet) && !(controlOctets && mayBeKept(octet)))
      throw reader.refuse("INVALID_FIELD_NAME", "the field name has a control octet", i, i + 1);
  }
  return colon;
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
