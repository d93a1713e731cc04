import { isEvery, isWhitespace, TCHAR } from "../../bytes/octets.ts";
import type { PartKind, ValuePart } from "./part.ts";

/** Octets `[start, end)` of a value. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export const textOf = (value: string, { start, end }: Range): string => value.slice(start, end);

export const isToken = (text: string): boolean => isEvery(text, TCHAR);

/** The range without the whitespace at its ends. */
export function trimmed(value: string, from: number, to: number): Range {
  let start = from;
  let end = to;
  while (start < end && isWhitespace(value.charCodeAt(start))) start++;
  while (end > start && isWhitespace(value.charCodeAt(end - 1))) end--;
  return { start, end };
}

/**
 * The pieces between separators that stand outside of quoted strings, without the whitespace around them. Empty
 * pieces, too. One pass over the value.
 */
export function split(
  value: string,
  separator: string,
  { start, end }: Range = { start: 0, end: value.length },
): Range[] {
  const pieces: Range[] = [];
  let from = start;
  let quoted = false;
  for (let at = start; at < end; at++) {
    const octet = value[at];
    if (octet === '"') quoted = !quoted;
    else if (quoted && octet === "\\") at++;
    else if (!quoted && octet === separator) {
      pieces.push(trimmed(value, from, at));
      from = at + 1;
    }
  }
  pieces.push(trimmed(value, from, end));
  return pieces;
}

/** The members of a list, without empty ones: a recipient ignores these (RFC 9110 §5.6.1.2). */
export const listOf = (value: string): Range[] => split(value, ",").filter(({ start, end }) => end > start);

/** `name`, or `name=value`. */
export interface Pair {
  readonly name: string;
  /** Without quotes. `undefined`: there is no "=". */
  readonly value: string | undefined;
  readonly nameRange: Range;
  readonly valueRange: Range;
  /** The value is in double quotes. */
  readonly quoted: boolean;
  /** What is wrong with its form, if something is. */
  readonly problem: string | undefined;
}

/**
 * Reads `token [ "=" ( token / quoted-string ) ]`, as parameters and directives are written.
 *
 * @param mayPad older grammars allow whitespace around "=" (RFC 2616 §2.1, BWS of RFC 9110 §5.6.3).
 */
export function pairOf(value: string, range: Range, mayPad = false): Pair {
  const equals = value.slice(range.start, range.end).indexOf("=");
  const nameEnd = equals === -1 ? range.end : range.start + equals;
  const nameRange = trimmed(value, range.start, nameEnd);
  const name = textOf(value, nameRange).toLowerCase();
  const valueRange =
    equals === -1 ? { start: range.end, end: range.end } : trimmed(value, nameEnd + 1, range.end);
  const text = equals === -1 ? undefined : textOf(value, valueRange);
  const quoted = text?.startsWith('"') === true;
  const problem =
    pairProblem(name, text) ??
    (!mayPad && equals !== -1 && (nameRange.end < nameEnd || valueRange.start > nameEnd + 1)
      ? "no whitespace may stand around ="
      : undefined);
  return {
    name,
    value: text === undefined ? undefined : unquoted(text),
    nameRange,
    valueRange,
    quoted,
    problem,
  };
}

function pairProblem(name: string, text: string | undefined): string | undefined {
  if (!isToken(name)) return "a token is expected as the name: letters, digits and a few signs";
  if (text === undefined || isToken(text) || isQuotedString(text)) return undefined;
  if (text === "") return "a value is expected behind =";
  return text.startsWith('"')
    ? "the quoted string is expected to end with a double quote"
    : "a token or a quoted string is expected as the value";
}

function isQuotedString(text: string): boolean {
  if (text.length < 2 || !text.startsWith('"')) return false;
  for (let at = 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at === text.length - 1;
  }
  return false;
}

/** The text within the quotes, without the backslashes that quote (RFC 9110 §5.6.4). Other text as it is. */
const unquoted = (text: string): string =>
  isQuotedString(text) ? text.slice(1, -1).replace(/\\(.)/g, "$1") : text;

/** A part, without a property that is undefined. */
export function part(
  kind: PartKind,
  { start, end }: Range,
  meaning: string,
  section: string,
  problem?: string | undefined,
  parts?: readonly ValuePart[],
): ValuePart {
  return {
    kind,
    start,
    end,
    meaning,
    section,
    ...(problem !== undefined && { problem }),
    ...(parts !== undefined && parts.length > 0 && { parts }),
  };
}

/** The weight of a member: `q=0.8` (RFC 9110 §12.4.2). */
export function weightPart(value: string, range: Range): ValuePart | undefined {
  const text = textOf(value, range);
  if (!/^q[ \t]*=/i.test(text)) return undefined;
  const section = "RFC 9110 §12.4.2";
  const weight = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i.exec(text)?.[1];
  if (weight === undefined)
    return part(
      "weight",
      range,
      "how much this is wanted",
      section,
      "q is 0 to 1, with at most three decimals",
    );
  const meaning =
    Number(weight) === 0 ? "not acceptable" : `wanted with weight ${Number(weight)}; 1 is the most`;
  return part("weight", range, meaning, section);
}

/** A whole number of seconds in words: "1 h 30 min". `undefined`: no number. */
export function durationOf(text: string): string | undefined {
  if (!/^\d{1,15}$/.test(text)) return undefined;
  let rest = Number(text);
  const shown: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) shown.push(`${count} ${unit}`);
  }
  return shown.length === 0 ? "0 s" : shown.slice(0, 2).join(" ");
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;
