import { COLON, isBlank, isFieldContent, isTchar } from "../bytes/octets.ts";
import type { ReceiveBuffer } from "../bytes/receive-buffer.ts";
import { latin1 } from "../bytes/text.ts";
import { refuse, type SpanAt } from "./start-line.ts";

/**
 * `field-name ":" OWS field-value OWS` (RFC 9112 §5), from the buffer's start to `end`. Appends the name and the
 * value, without the blanks around it, to `lines`.
 */
export function parseFieldLine(buffer: ReceiveBuffer, end: number, lines: string[], span: SpanAt): void {
  const { bytes, start } = buffer;
  let at = start;
  while (at < end && isTchar(bytes[at] as number)) at++;
  if (at === start || at === end || bytes[at] !== COLON) throw badName(buffer, at, end);
  const nameEnd = at;
  const valueStart = skipBlanks(bytes, nameEnd + 1, end);
  const valueEnd = checkedValueEnd(buffer, valueStart, end);
  if (span !== undefined) {
    span("field-name", start, nameEnd);
    span("colon", nameEnd, nameEnd + 1);
    span("OWS", nameEnd + 1, valueStart);
    span("field-value", valueStart, valueEnd);
    span("OWS", valueEnd, end);
  }
  lines.push(latin1(bytes, start, nameEnd), latin1(bytes, valueStart, valueEnd));
}

/** A line that begins with a blank continues the value before it; one SP takes the fold's place (RFC 9112 §5.2). */
export function parseFoldedLine(buffer: ReceiveBuffer, end: number, lines: string[], span: SpanAt): void {
  const { bytes, start } = buffer;
  const valueStart = skipBlanks(bytes, start, end);
  const valueEnd = checkedValueEnd(buffer, valueStart, end);
  if (span !== undefined) {
    span("obs-fold", start, valueStart);
    span("field-value", valueStart, valueEnd);
    span("OWS", valueEnd, end);
  }
  const last = lines.length - 1;
  lines[last] = `${lines[last]} ${latin1(bytes, valueStart, valueEnd)}`.trim();
}

function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(bytes[at] as number)) at++;
  return at;
}

function checkedValueEnd(buffer: ReceiveBuffer, valueStart: number, end: number): number {
  const { bytes } = buffer;
  for (let at = valueStart; at < end; at++) {
    if (!isFieldContent(bytes[at] as number)) {
      throw refuse(buffer, "INVALID_FIELD_VALUE", "the field value has a control octet", at, end);
    }
  }
  let valueEnd = end;
  while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1] as number)) valueEnd--;
  return valueEnd;
}

/** The famous mistakes have names of their own. */
function badName(buffer: ReceiveBuffer, at: number, end: number) {
  const { bytes, start } = buffer;
  const colon = bytes.subarray(0, end).indexOf(COLON, start);
  if (colon === -1) return refuse(buffer, "MISSING_COLON", "the field line has no colon", start, end);
  if (colon === start) return refuse(buffer, "EMPTY_FIELD_NAME", "the field line has no name", start, end);
  if (at > start && skipBlanks(bytes, at, end) === colon) {
    // A proxy that ignores such a field, before one that does not: that is how requests are smuggled.
    return refuse(
      buffer,
      "BLANK_BEFORE_COLON",
      "a blank stands between the field name and the colon",
      start,
      end,
    );
  }
  return refuse(buffer, "INVALID_FIELD_NAME", "the field name is not a token", at, end);
}
