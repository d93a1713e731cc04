import { counted, quote } from "../bytes/text.ts";
import type { RecordedMessage } from "./message-stream.ts";

const SHOWN_OCTETS = 24;

type Fields = ComparedMessage["fields"];

/** What is compared of a message. */
export interface ComparedMessage {
  /** The start-line, or what of it is compared. */
  readonly startLine: string;
  /** The field lines of the head. */
  readonly fields: RecordedMessage["fields"];
  /** The field lines behind a chunked body. */
  readonly trailers: RecordedMessage["fields"];
  /** How long the content is. */
  readonly contentBytes: number;
  /** Empty: it was longer than what is kept. */
  readonly content: Uint8Array;
  /** Equal digests are equal contents. */
  readonly digest: string;
}

/** Which differences count, and how they are shown. */
export interface DifferenceOptions {
  /** What is shown of a start-line or a field line: it hides secrets. */
  readonly mask: (line: string) => string;
  /** Whether two lines count as the same. By default they do if their masked texts are equal. */
  readonly isSame?: (a: string, b: string) => boolean;
  /** Names of fields, in lower case, that are not compared. None by default. */
  readonly ignored?: ReadonlySet<string>;
  /** Field lines of different names may stand in any order. `false` by default. */
  readonly anyOrder?: boolean;
  /** How the two sides are called: "A" and "B" by default. */
  readonly sides?: readonly [a: string, b: string];
}

/** What differs between two messages, a line each. Nothing if they are the same. */
export function messageDifferences(
  what: string,
  a: ComparedMessage | undefined,
  b: ComparedMessage | undefined,
  options: DifferenceOptions,
): string[] {
  const { mask } = options;
  if (a === undefined || b === undefined) {
    if (a === b) return [];
    return [`${what}: ${only(a, b, options)}: ${quote(mask((a ?? b)?.startLine ?? ""))}`];
  }
  return [
    ...startLineDifference(`${what} line`, a.startLine, b.startLine, options),
    ...fieldDifferences(`${what} field`, a.fields, b.fields, options),
    ...contentDifferences(`${what} content`, a, b),
    ...fieldDifferences(`${what} trailer`, a.trailers, b.trailers, options),
  ];
}

function startLineDifference(what: string, a: string, b: string, options: DifferenceOptions): string[] {
  return isSame(a, b, options) ? [] : [`${what}: ${quote(options.mask(a))} → ${quote(options.mask(b))}`];
}

const isSame = (a: string, b: string, { mask, isSame }: DifferenceOptions): boolean =>
  isSame === undefined ? mask(a) === mask(b) : isSame(a, b);

const only = (a: unknown, b: unknown, { sides = ["A", "B"] }: DifferenceOptions): string =>
  `only in ${a === undefined ? sides[1] : b === undefined ? sides[0] : ""}`;

/** Field lines with the same name are compared in their order. Then the order of all is. */
function fieldDifferences(what: string, a: Fields, b: Fields, options: DifferenceOptions): string[] {
  const { ignored = NONE, anyOrder = false } = options;
  const namesOf = (fields: Fields) =>
    fields.map(([name]) => name.toLowerCase()).filter((name) => !ignored.has(name));
  const lines = [...new Set([...namesOf(a), ...namesOf(b)])].flatMap((name) => {
    const [ofA = [], ofB = []] = [a, b].map((fields) => linesOf(fields, name));
    return Array.from({ length: Math.max(ofA.length, ofB.length) }, (_, at) =>
      lineDifference(what, ofA[at], ofB[at], options),
    ).flat();
  });
  if (lines.length === 0 && !anyOrder && namesOf(a).join() !== namesOf(b).join())
    return [`${what}s: in another order`];
  return lines;
}

const NONE: ReadonlySet<string> = new Set();

const linesOf = (fields: Fields, name: string): string[] =>
  fields.filter(([each]) => each.toLowerCase() === name).map(([each, value]) => `${each}: ${value}`);

function lineDifference(
  what: string,
  a: string | undefined,
  b: string | undefined,
  options: DifferenceOptions,
): string[] {
  const { mask } = options;
  if (a === undefined || b === undefined)
    return [`${what}: ${only(a, b, options)}: ${quote(mask(a ?? b ?? ""))}`];
  return isSame(a, b, options) ? [] : [`${what}: ${quote(mask(a))} → ${quote(mask(b))}`];
}

function contentDifferences(what: string, a: ComparedMessage, b: ComparedMessage): string[] {
  if (a.digest === b.digest && a.contentBytes === b.contentBytes) return [];
  const known = a.content.length === a.contentBytes && b.content.length === b.contentBytes;
  return known
    ? [byteDifference(what, a.content, b.content)]
    : [`${what}: ${lengthsOf(a.contentBytes, b.contentBytes)}, different`];
}

const lengthsOf = (a: number, b: number): string =>
  a === b ? counted(a, "byte") : `${a} → ${counted(b, "byte")}`;

/** Two byte strings that differ: their lengths, and what they have from the first difference on. */
export function byteDifference(what: string, a: Uint8Array, b: Uint8Array): string {
  const at = firstDifference(a, b);
  const from = (bytes: Uint8Array) => quote(bytes.subarray(at), SHOWN_OCTETS);
  return `${what}: ${lengthsOf(a.length, b.length)}, different from byte ${at}: ${from(a)} → ${from(b)}`;
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  return at;
}
