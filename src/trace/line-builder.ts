import { copyOf, joined } from "../bytes/copy.ts";
import { COLON } from "../bytes/octets.ts";
import { counted, latin1, quote } from "../bytes/text.ts";
import type { Rule } from "../http1/observer.ts";
import { fieldMeaning } from "./meanings/fields.ts";
import type { Meaning } from "./meanings/meaning.ts";
import { methodMeaning } from "./meanings/methods.ts";
import { RULE_MEANINGS } from "./meanings/rules.ts";
import { statusMeaning } from "./meanings/statuses.ts";
import { STRUCTURE_MEANINGS } from "./meanings/structures.ts";
import type { ExplanationNode, NodeKind, Structure } from "./node.ts";
import type { NodeBuilder } from "./span-builder.ts";
import { CONTINUES, type Span } from "./streams.ts";
import type { ValuePart } from "./values/part.ts";
import { partsOfValue } from "./values/values.ts";

/** So many octets of a node are shown. */
const MAX_NODE_OCTETS = 60;

/** A span with its bytes. */
interface Piece extends Span {
  readonly bytes: Uint8Array;
}

/** Bytes that may continue. Only their front is kept. */
interface OpenNode {
  readonly kind: NodeKind;
  readonly meaning: Meaning;
  readonly start: number;
  end: number;
  front: Uint8Array;
}

/** How bytes are explained that follow no rule. */
export interface Unruled {
  readonly kind: "data" | "unread";
  readonly meaning: Meaning;
}
export const NOT_READ: Unruled = { kind: "unread", meaning: ["not read", ""] };
export const NO_GRAMMAR: Unruled = {
  kind: "data",
  meaning: ["bytes of the application: for TCP they have no structure", "RFC 9293 §1"],
};

export interface LineOptions {
  /** Bytes from this offset on were read after a fault; by default none. */
  readonly guessedFrom?: number | undefined;
  /** Milliseconds since 1970: dates say how far from now they are. By default they do not. */
  readonly now?: (() => number) | undefined;
}

/**
 * Puts the spans of one direction together to lines and contents, in the order of the bytes, without a gap. Keeps what
 * is not complete: at most a line, and the front of a content.
 */
export class LineBuilder implements NodeBuilder {
  #message: "request" | "response";
  readonly #guessedFrom: number;
  readonly #now: (() => number) | undefined;
  #pieces: Piece[] = [];
  #open: OpenNode | undefined;
  #nodes: ExplanationNode[] = [];

  /** @param message what the stream has, where its bytes do not say so. */
  constructor(
    message: "request" | "response",
    { guessedFrom = Number.POSITIVE_INFINITY, now }: LineOptions = {},
  ) {
    this.#message = message;
    this.#guessedFrom = guessedFrom;
    this.#now = now;
  }

  /** Takes the next span with its bytes. The span of a content may come in pieces. */
  add(span: Span, bytes: Uint8Array): void {
    const { rule } = span;
    if (CONTINUES.has(rule)) {
      this.#closeLine();
      this.#addContent(rule, RULE_MEANINGS[rule], span, bytes);
      return;
    }
    // The line end behind chunk-data belongs to the chunk-data.
    if (this.#open?.kind === "chunk-data" && LINE_ENDS.has(rule) && this.#open.end === span.start)
      this.#open.end = span.end;
    else if (rule === "empty-line" || rule === "empty-line-before" || this.#isEmptyLine(rule)) {
      this.close();
      this.#nodes.push(this.#leaf(rule, { ...span, bytes }, RULE_MEANINGS[rule]));
    } else {
      this.#closeContent();
      this.#pieces.push({ ...span, bytes });
      if (LINE_ENDS.has(rule)) this.#closeLine();
      return;
    }
    this.#closeContent();
  }

  /** Where a bare LF ends lines, it is also the empty line. */
  #isEmptyLine(rule: Rule): boolean {
    return rule === "bare-LF" && this.#pieces.length === 0;
  }

  /** Takes bytes that no span describes. */
  addUnruled({ kind, meaning }: Unruled, start: number, bytes: Uint8Array): void {
    this.#closeLine();
    this.#addContent(kind, meaning, { start, end: start + bytes.length }, bytes);
  }

  /** What is open is complete. */
  close(): void {
    this.#closeLine();
    this.#closeContent();
  }

  /** The nodes that are complete, once. */
  take(): ExplanationNode[] {
    const nodes = this.#nodes;
    this.#nodes = [];
    return nodes;
  }

  #addContent(
    kind: NodeKind,
    meaning: Meaning,
    { start, end }: { readonly start: number; readonly end: number },
    bytes: Uint8Array,
  ): void {
    let open = this.#open;
    if (open === undefined || open.kind !== kind || open.end !== start) {
      this.#closeContent();
      open = { kind, meaning, start, end: start, front: EMPTY };
      this.#open = open;
    }
    open.end = end;
    const room = MAX_NODE_OCTETS + 1 - open.front.length;
    if (room > 0) open.front = joined([open.front, copyOf(bytes.subarray(0, room))]);
  }

  #closeContent(): void {
    if (this.#open === undefined) return;
    const { front, meaning, kind, start, end } = this.#open;
    this.#open = undefined;
    this.#nodes.push(this.#node(kind, start, end, quote(front, MAX_NODE_OCTETS), meaning));
  }

  #closeLine(): void {
    const pieces = this.#pieces;
    const [first] = pieces;
    if (first === undefined) return;
    this.#pieces = [];
    this.#nodes.push(this.#line(structureOf(first.rule), pieces));
  }

  #line(kind: Structure, pieces: readonly Piece[]): ExplanationNode {
    if (kind === "request-line") this.#message = "request";
    if (kind === "status-line") this.#message = "response";
    const { start } = pieces[0] as Piece;
    const { end } = pieces.at(-1) as Piece;
    const shown = joined(pieces.filter(({ rule }) => !LINE_ENDS.has(rule)).map(({ bytes }) => bytes));
    const name = pieces.find(({ rule }) => rule === "field-name");
    const fieldName = name === undefined ? "" : latin1(name.bytes);
    const parts = pieces.flatMap((piece, index) =>
      isRemarkable(piece, pieces[index - 1]) ? [this.#partOfLine(piece, fieldName)] : [],
    );
    const meaning =
      kind === "chunk-line"
        ? meaningOf((pieces[0] as Piece).rule, (pieces[0] as Piece).bytes)
        : kind === "field-line" && fieldName !== ""
          ? (fieldMeaning(fieldName) ?? UNKNOWN_FIELD)
          : STRUCTURE_MEANINGS[kind];
    return this.#node(kind, start, end, quote(shown, MAX_NODE_OCTETS), meaning, parts);
  }

  #partOfLine(piece: Piece, fieldName: string): ExplanationNode {
    const { rule, start, bytes } = piece;
    if (rule !== "field-value") return this.#leaf(rule, piece, meaningOf(rule, bytes));
    const context = { message: this.#message, nowMs: this.#now?.() };
    const parts = partsOfValue(fieldName, latin1(bytes), context);
    return this.#node(
      rule,
      start,
      piece.end,
      quote(bytes, MAX_NODE_OCTETS),
      RULE_MEANINGS[rule],
      parts.map((part) => this.#partOfValue(part, start, bytes)),
    );
  }

  #partOfValue(part: ValuePart, offset: number, value: Uint8Array): ExplanationNode {
    const { kind, start, end, meaning, section, problem, parts = [] } = part;
    const node = this.#node(
      kind,
      offset + start,
      offset + end,
      quote(value.subarray(start, end), MAX_NODE_OCTETS),
      [meaning, section],
      parts.map((each) => this.#partOfValue(each, offset, value)),
    );
    if (problem === undefined) return node;
    const { start: from, end: to } = node;
    const place = { start: from, end: to, section: "" };
    return {
      ...node,
      problem: { code: "INVALID_VALUE", ...place, message: problem, readings: [], advice: "" },
    };
  }

  #leaf(kind: NodeKind, { start, end, bytes }: Piece, meaning: Meaning): ExplanationNode {
    return this.#node(kind, start, end, quote(bytes, MAX_NODE_OCTETS), meaning);
  }

  #node(
    kind: NodeKind,
    start: number,
    end: number,
    shown: string,
    [meaning, section]: Meaning,
    parts: readonly ExplanationNode[] = [],
  ): ExplanationNode {
    const node = { kind, start, end, shown, meaning, section, parts };
    return end > this.#guessedFrom ? { ...node, guessed: true } : node;
  }
}

const EMPTY = new Uint8Array(0);
const UNKNOWN_FIELD: Meaning = ["a field that this program does not know", "RFC 9110 §5.1"];
const LINE_ENDS: ReadonlySet<Rule> = new Set(["CRLF", "bare-LF"]);

/** Which line begins with this rule. A line whose beginning is missing counts as a field line. */
function structureOf(rule: Rule): Structure {
  switch (rule) {
    case "method":
    case "request-target":
      return "request-line";
    case "HTTP-version":
    case "status-code":
    case "reason-phrase":
      return "status-line";
    case "chunk-size":
    case "last-chunk":
    case "chunk-ext":
      return "chunk-line";
    default:
      return "field-line";
  }
}

/** Whether a part of a line is worth a node: not the spaces, colons and line ends that every line has. */
function isRemarkable({ rule, bytes }: Piece, before: Piece | undefined): boolean {
  switch (rule) {
    case "SP":
    case "CRLF":
    case "colon":
      return false;
    case "OWS":
      // In a guess, the whitespace may stand before the colon: the problem of the line says so.
      return !bytes.includes(COLON) && !(before?.rule === "colon" && bytes.length === 1 && bytes[0] === 0x20);
    default:
      return true;
  }
}

/** What these bytes mean, if more is known than what their rule means. */
export function meaningOf(rule: Rule, bytes: Uint8Array): Meaning {
  const known =
    rule === "method"
      ? methodMeaning(latin1(bytes))
      : rule === "status-code"
        ? statusMeaning(latin1(bytes))
        : rule === "chunk-size"
          ? chunkMeaning(latin1(bytes))
          : undefined;
  return known ?? RULE_MEANINGS[rule];
}

const chunkMeaning = (digits: string): Meaning => [
  `${counted(Number.parseInt(digits, 16), "byte")} of content follow${Number.parseInt(digits, 16) === 1 ? "s" : ""}`,
  RULE_MEANINGS["chunk-size"][1],
];
