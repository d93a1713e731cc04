import { isWhitespace } from "../bytes/octets.ts";
import type { ProtocolErrorCode } from "./errors.ts";
import { type FieldLineRules, parseFieldLine, parseFoldedLine } from "./field-line.ts";
import { EMPTY_FIELDS, Fields } from "./fields.ts";
import type { LineReader, TooLong } from "./line-reader.ts";

export interface FieldSectionRules {
  readonly maxBytes: number;
  readonly tooLarge: TooLong;
  readonly maxLines: number;
  readonly tooMany: ProtocolErrorCode;
  readonly mayFold: boolean;
  /** Lower-case names that this section must not have. */
  readonly forbidden?: ReadonlySet<string>;
  /** Whether forbidden fields are discarded, not refused. */
  readonly discards?: boolean;
  readonly anyName?: boolean | undefined;
  readonly controlOctets?: boolean | undefined;
}

export const headTooLarge: TooLong = (reader, maxBytes) =>
  reader.refuse("HEAD_TOO_LARGE", `the head is larger than ${maxBytes} bytes`);
export const trailersTooLarge: TooLong = (reader, maxBytes) =>
  reader.refuse("TRAILERS_TOO_LARGE", `the trailer section is larger than ${maxBytes} bytes`);

/** Reads a header or trailer section as it arrives: field lines up to an empty line (RFC 9112 §5, §7.1.2). */
export class FieldSection {
  readonly #reader: LineReader;
  readonly #rules: FieldSectionRules;
  readonly #lineRules: FieldLineRules;
  #lines: string[] = [];
  #lineCount = 0;
  #bytes = 0;
  /** The line last read was discarded. A line that is folded to it is discarded, too. */
  #discarded = false;

  constructor(reader: LineReader, rules: FieldSectionRules) {
    this.#reader = reader;
    this.#rules = rules;
    const { forbidden, discards, anyName, controlOctets } = rules;
    this.#lineRules = { discarded: discards ? forbidden : undefined, anyName, controlOctets };
  }

  /** Counts octets that share the limit with the field lines: a start-line, an interim response. */
  count(bytes: number): void {
    this.#bytes += bytes;
  }

  reset(): void {
    this.#bytes = 0;
  }

  /** The whole section. `undefined`: it has not all arrived. */
  read(): Fields | undefined {
    const reader = this.#reader;
    const { maxBytes, tooLarge } = this.#rules;
    for (;;) {
      const room = Math.max(maxBytes - this.#bytes, 0);
      if (!reader.take(room, tooLarge, maxBytes)) return undefined;
      this.#bytes += reader.lineLength;
      if (this.#bytes > maxBytes) throw tooLarge(reader, maxBytes);
      if (reader.lineIsEmpty) {
        reader.finishLine("empty-line");
        return this.#take();
      }
      this.#readLine();
      reader.finishLine("CRLF");
    }
  }

  #readLine(): void {
    const reader = this.#reader;
    const { maxLines, tooMany, forbidden, discards, anyName } = this.#rules;
    const { bytes, start } = reader.buffer;
    if (isWhitespace(bytes[start] as number) && !(anyName && this.#lineCount === 0)) {
      this.#readFold();
      return;
    }
    if (this.#lineCount >= maxLines) throw reader.refuse(tooMany, `more than ${maxLines} field lines`);
    this.#lineCount++;
    const name = parseFieldLine(reader, this.#lines, this.#lineRules);
    if (forbidden === undefined) return;
    this.#discarded = forbidden.has(name.toLowerCase());
    if (!this.#discarded) return;
    if (!discards) {
      throw reader.refuse("FORBIDDEN_TRAILER", `${name.toLowerCase()} must not be a trailer field`, start);
    }
    this.#lines.length -= 2;
  }

  #readFold(): void {
    const reader = this.#reader;
    const { start } = reader.buffer;
    if (this.#lineCount === 0) {
      // RFC 9112 §2.2: whitespace here has been used to hide fields from a filter.
      throw reader.refuse("WHITESPACE_BEFORE_FIELDS", "whitespace before the first field line", start);
    }
    if (!this.#rules.mayFold) throw reader.refuse("FOLDED_LINE", "a folded field line", start);
    parseFoldedLine(reader, this.#discarded ? ["", ""] : this.#lines, this.#lineRules);
  }

  #take(): Fields {
    this.#lineCount = 0;
    if (this.#lines.length === 0) return EMPTY_FIELDS;
    const fields = new Fields(this.#lines);
    this.#lines = [];
    return fields;
  }
}
