import { isFieldContent } from "../bytes/octets.ts";
import { latin1 } from "../bytes/text.ts";
import { mayBeKept } from "./field-line.ts";
import type { LineReader } from "./line-reader.ts";
import type { StatusLine } from "./start-line.ts";

const LOOSE = /^(HTTP\/(?:1\.(\d)|2\.0|2(?=[ \t]\d{3}$)))([ \t])(\d{3})([ \t]?)(.*)$/is;

/**
 * The status-line that the reader took last, as `looseStatusLine` reads it: the version in any case, HTAB for SP,
 * anything behind the three digits. `undefined`: not even that. Codes below 100 are refused when the head is read.
 */
export function parseLooseStatusLine(reader: LineReader, controlOctets = false): StatusLine | undefined {
  const { bytes, start } = reader.buffer;
  const { lineEnd: end, span } = reader;
  const [, name = "", minor, , digits = "", blank = "", reason = ""] =
    LOOSE.exec(latin1(bytes, start, end)) ?? [];
  if (digits === "") return undefined;
  const reasonStart = end - reason.length;
  for (let at = reasonStart; at < end; at++) {
    const octet = bytes[at] as number;
    if (!isFieldContent(octet) && !(controlOctets && mayBeKept(octet)))
      throw reader.refuse("INVALID_REASON", "the reason phrase has a control octet", at, at + 1);
  }
  if (span !== undefined) {
    const versionEnd = start + name.length;
    span("HTTP-version", start, versionEnd);
    span("SP", versionEnd, versionEnd + 1);
    span("status-code", versionEnd + 1, versionEnd + 4);
    span("SP", versionEnd + 4, versionEnd + 4 + blank.length);
    span("reason-phrase", reasonStart, end);
  }
  return { version: minor === "0" ? "1.0" : "1.1", status: Number(digits), reason };
}
