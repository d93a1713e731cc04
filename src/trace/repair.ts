import { joined } from "../bytes/copy.ts";
import { CR, isFieldContent, isTchar, isWhitespace, LF } from "../bytes/octets.ts";
import { latin1, latin1Bytes } from "../bytes/text.ts";
import type { ProtocolErrorCode } from "../http1/errors.ts";

/*
 * What a generous reader overlooks, as a change of the bytes: then the one grammar can read on, and no second grammar is
 * needed for broken messages. A change overwrites octets, or adds octets that no reader of the result sees: so every span
 * of the changed bytes is a span of the real ones.
 */

const COLON = 0x3a;

/** `text` replaces as many octets at `at`, or stands before them if it `adds`. */
interface Edit {
  readonly at: number;
  readonly text: string;
  readonly adds?: true;
}

/** A broken rule, and where the message begins that breaks it. */
export interface Fault {
  readonly code: ProtocolErrorCode;
  /** The place that the error names. */
  readonly offset: number;
  readonly messageStart: number;
}

export interface Repaired {
  readonly bytes: Uint8Array;
  /** Where the added octets are in `bytes`, in ascending order. */
  readonly added: readonly number[];
}

/** The bytes as a generous reader takes them. `undefined`: nobody would read on here. */
export function repaired(bytes: Uint8Array, fault: Fault): Repaired | undefined {
  const repair = REPAIRS[fault.code];
  const edits = repair?.(bytes, fault) ?? [];
  return edits.length === 0 ? undefined : apply(bytes, edits);
}

function apply(bytes: Uint8Array, edits: readonly Edit[]): Repaired {
  const pieces: Uint8Array[] = [];
  const added: number[] = [];
  let from = 0;
  let length = 0;
  for (const { at, text, adds } of edits.toSorted((a, b) => a.at - b.at)) {
    pieces.push(bytes.subarray(from, at), latin1Bytes(text));
    length += at - from;
    if (adds) for (let i = 0; i < text.length; i++) added.push(length + i);
    length += text.length;
    from = adds ? at : at + text.length;
  }
  return { bytes: joined([...pieces, bytes.subarray(from)]), added };
}

/** A line without its line end. */
export interface Line {
  readonly start: number;
  readonly end: number;
}

/** The line that has this byte. */
export const lineAt = (bytes: Uint8Array, offset: number): Line => {
  // A negative index would count from the end.
  const start = offset === 0 ? 0 : bytes.lastIndexOf(LF, offset - 1) + 1;
  let end = Math.max(start, offset);
  while (end < bytes.length && bytes[end] !== CR && bytes[end] !== LF) end++;
  return { start, end };
};

/** A field line of the message's header section. */
export interface FieldLine extends Line {
  /** In lower case, without whitespace. */
  readonly name: string;
  readonly nameEnd: number;
  readonly valueStart: number;
}

/** The field lines of the head that begins at `messageStart`, up to its empty line. */
export function fieldLines(bytes: Uint8Array, messageStart: number): FieldLine[] {
  const found: FieldLine[] = [];
  let next = bytes.indexOf(LF, messageStart) + 1;
  while (next > 0 && next < bytes.length) {
    const line = lineAt(bytes, next);
    if (line.end === line.start) break;
    // Within the line: to look further for each of many lines without a colon takes quadratic time.
    const colon = line.start + bytes.subarray(line.start, line.end).indexOf(COLON);
    if (colon >= line.start) {
      const name = latin1(bytes, line.start, colon).trim().toLowerCase();
      let valueStart = colon + 1;
      while (valueStart < line.end && isWhitespace(bytes[valueStart] as number)) valueStart++;
      found.push({ ...line, name, nameEnd: colon, valueStart });
    }
    next = bytes.indexOf(LF, line.end) + 1;
  }
  return found;
}

/** The name becomes another one of the same length, so that the field no longer counts. */
const disguise = ({ nameEnd }: FieldLine): Edit => ({ at: nameEnd - 1, text: "_" });

/** Every octet that `isFine` refuses becomes an underscore. */
function mended(bytes: Uint8Array, { start, end }: Line, isFine: (octet: number) => boolean): Edit[] {
  const edits: Edit[] = [];
  for (let at = start; at < end; at++) if (!isFine(bytes[at] as number)) edits.push({ at, text: "_" });
  return edits;
}

type Repair = (bytes: Uint8Array, fault: Fault) => readonly Edit[];

const named =
  (name: string, edit: (lines: readonly FieldLine[], bytes: Uint8Array) => readonly Edit[]): Repair =>
  (bytes, { messageStart }) =>
    edit(
      fieldLines(bytes, messageStart).filter((line) => line.name === name),
      bytes,
    );

const REPAIRS: Readonly<Partial<Record<ProtocolErrorCode, Repair>>> = {
  BARE_LF: (bytes, { offset }) => bareLineFeeds(bytes, offset).map((at) => ({ at, text: "\r", adds: true })),
  BARE_CR: (_, { offset }) => [{ at: offset, text: " " }],
  WHITESPACE_BEFORE_COLON: (bytes, { offset }) => {
    const { start, end } = lineAt(bytes, offset);
    const line = latin1(bytes, start, end);
    const [, name = "", space = ""] = /^([^ \t:]+)([ \t]+):/.exec(line) ?? [];
    return [{ at: start + name.length, text: `:${space}` }];
  },
  WHITESPACE_BEFORE_FIELDS: (bytes, { offset }) => {
    const line = lineAt(bytes, offset);
    const space = /^[ \t]+/.exec(latin1(bytes, line.start, line.end))?.[0] ?? "";
    return [{ at: line.start, text: "_".repeat(space.length) }];
  },
  // The line end before the fold becomes whitespace: so both lines are one.
  FOLDED_LINE: (bytes, { offset }) => [{ at: lineAt(bytes, offset).start - 2, text: "  " }],
  MISSING_COLON: (bytes, { offset }) => [{ at: lineAt(bytes, offset).end, text: ":", adds: true }],
  EMPTY_FIELD_NAME: (bytes, { offset }) => [{ at: lineAt(bytes, offset).start, text: "_", adds: true }],
  INVALID_FIELD_NAME: (bytes, { offset }) => {
    const { start, end } = lineAt(bytes, offset);
    const colon = bytes.indexOf(0x3a, start);
    return mended(bytes, { start, end: Math.min(colon, end) }, isTchar);
  },
  INVALID_FIELD_VALUE: (bytes, { offset }) =>
    mended(bytes, { start: offset, end: lineAt(bytes, offset).end }, isFieldContent),
  INVALID_METHOD: (bytes, { messageStart }) => {
    const { start, end } = lineAt(bytes, messageStart);
    const space = bytes.indexOf(0x20, start);
    return mended(bytes, { start, end: Math.min(space === -1 ? end : space, end) }, isTchar);
  },
  WHITESPACE_IN_TARGET: inTarget,
  INVALID_TARGET: inTarget,
  UNSUPPORTED_VERSION: (bytes, { messageStart }) => withVersion(bytes, messageStart),
  TRANSFER_CODING_IN_HTTP_10: (bytes, { messageStart }) => [
    ...withVersion(bytes, messageStart),
    ...(fieldLines(bytes, messageStart).some(({ name }) => name === "host")
      ? []
      : addedHost(bytes, messageStart)),
  ],
  MISSING_HOST: (bytes, { messageStart }) => addedHost(bytes, messageStart),
  DUPLICATE_HOST: named("host", ([, ...others]) => others.map(disguise)),
  INVALID_HOST: named("host", (lines) =>
    lines.map(({ valueStart, end }) => ({ at: valueStart, text: "a".repeat(end - valueStart) })),
  ),
  HOST_MISMATCH: (bytes, { messageStart }) => {
    const { start, end } = lineAt(bytes, messageStart);
    const [front = "", target = ""] = /^([^ ]+ )([^ ]+)/.exec(latin1(bytes, start, end))?.slice(1) ?? [];
    return target === "" ? [] : [{ at: start + front.length, text: `/${"a".repeat(target.length - 1)}` }];
  },
  // RFC 9112 §6.3: the coding overrides the length.
  LENGTH_AND_CODING: named("content-length", (lines) => lines.map(disguise)),
  DUPLICATE_CONTENT_LENGTH: named("content-length", ([first, ...others], bytes) => {
    const list = first === undefined ? "" : latin1(bytes, first.valueStart, first.end);
    const comma = list.indexOf(",");
    const cut =
      first === undefined || comma === -1
        ? []
        : [{ at: first.valueStart + comma, text: " ".repeat(list.length - comma) }];
    return [...cut, ...others.map(disguise)];
  }),
  INVALID_CONTENT_LENGTH: named("content-length", (lines, bytes) =>
    lines.flatMap(({ valueStart, end }) =>
      numberOf(latin1(bytes, valueStart, end), valueStart, /^\+?(\d{1,15})$/),
    ),
  ),
  INVALID_TRANSFER_CODING: named("transfer-encoding", ([first, ...others], bytes) => {
    if (first === undefined) return [];
    const value = latin1(bytes, first.valueStart, first.end);
    if (!/chunked/i.test(value)) return others.map(disguise);
    return [{ at: first.valueStart, text: "chunked".padEnd(value.length) }, ...others.map(disguise)];
  }),
  INVALID_CHUNK_SIZE: (bytes, { offset }) => {
    const { start, end } = lineAt(bytes, offset);
    return numberOf(latin1(bytes, start, end), start, /^[ \t]*\+?(?:0x)?0*([0-9a-f]{1,13})[ \t]*$/i);
  },
  INVALID_CHUNK_EXT: (bytes, { offset }) => {
    const { start, end } = lineAt(bytes, offset);
    const [digits = ""] = /^[0-9a-f]+/i.exec(latin1(bytes, start, end)) ?? [];
    const rest = end - start - digits.length;
    if (rest === 1) return [{ at: start, text: `0${digits}` }];
    return rest > 1 ? [{ at: start + digits.length, text: `;${"a".repeat(rest - 1)}` }] : [];
  },
  MISSING_CHUNK_END: (bytes, { offset }) =>
    bytes[offset] === LF ? [{ at: offset, text: "\r", adds: true }] : [],
  FORBIDDEN_TRAILER: (bytes, { offset }) => {
    const colon = bytes.indexOf(0x3a, offset);
    return colon > offset ? [{ at: colon - 1, text: "_" }] : [];
  },
};

/** No section is longer: beyond it, another limit refuses the message. */
const MAX_SECTION_OCTETS = 64 * 1024;

/** The bare LF at `offset`, and those behind it up to the end of the section: a sender makes the mistake everywhere. */
function bareLineFeeds(bytes: Uint8Array, offset: number): number[] {
  const found = [offset];
  for (let from = offset + 1; ; ) {
    const at = bytes.indexOf(LF, from);
    if (at === -1 || at > offset + MAX_SECTION_OCTETS) return found;
    const bare = bytes[at - 1] !== CR;
    if (bare) found.push(at);
    if (at - from === (bare ? 0 : 1)) return found;
    from = at + 1;
  }
}

function inTarget(bytes: Uint8Array, { messageStart }: Fault): Edit[] {
  const { start, end } = lineAt(bytes, messageStart);
  const line = latin1(bytes, start, end);
  const [from, to] = [line.indexOf(" "), line.lastIndexOf(" ")];
  const isFine = (octet: number) => octet > 0x20 && octet < 0x7f && octet !== 0x23;
  return from === to ? [] : mended(bytes, { start: start + from + 1, end: start + to }, isFine);
}

function withVersion(bytes: Uint8Array, messageStart: number): Edit[] {
  const { start, end } = lineAt(bytes, messageStart);
  const at = latin1(bytes, start, end).lastIndexOf("HTTP/");
  return at === -1 || start + at + 8 > end ? [] : [{ at: start + at + 5, text: "1.1" }];
}

function addedHost(bytes: Uint8Array, messageStart: number): Edit[] {
  const next = bytes.indexOf(LF, messageStart) + 1;
  return next === 0 ? [] : [{ at: next, text: "Host: a\r\n", adds: true }];
}

/** The digits that `form` finds, with zeros ahead, over all of the text. */
function numberOf(text: string, at: number, form: RegExp): Edit[] {
  const digits = form.exec(text)?.[1];
  return digits === undefined || text.length > 16 ? [] : [{ at, text: digits.padStart(text.length, "0") }];
}
