import { toAscii } from "./line-layout.ts";
import type { ExplanationNode } from "./node.ts";

/** How an explanation is laid out. */
export interface LayoutOptions {
  /** Use the colours of a terminal. `false` by default. */
  readonly colour?: boolean;
  /**
   * The width of the terminal: sentences are wrapped to it, and from 120 columns on there is a column of hexadecimal.
   * By default, as in a file: lines are not wrapped, and do not depend on a terminal.
   */
  readonly columns?: number | undefined;
  /** The terminal shows ASCII only. `false` by default. */
  readonly ascii?: boolean;
  /** Tells how to see what is folded, behind a number of bytes. */
  readonly unfold?: string;
}

/** A line of the table, before it has its width. */
export interface Row {
  readonly range: string;
  readonly label: string;
  readonly shown: string;
  readonly text: string;
  /** Something is wrong here. */
  readonly wrong?: boolean;
}

const WIDEST = { range: 15, label: 20, shown: 48 } as const;
/** From this width on there is room for a column of hexadecimal. */
const HEX_COLUMNS = 120;
const HEX_OCTETS = 8;
/** Sentences in fewer columns are hard to read: then they stand below their row. */
const LEAST_TEXT = 32;

/** A title, and the rows as lines below it, aligned. */
export function layOut(title: string, given: readonly Row[], options: LayoutOptions = {}): string[] {
  const { colour = false, columns, ascii = false } = options;
  const rows = ascii ? given.map(rowInAscii) : given;
  const width = (column: "range" | "label" | "shown", most: number) =>
    Math.min(
      rows.reduce((widest, row) => Math.max(widest, row[column].length), 0),
      most,
    );
  const ranges = width("range", WIDEST.range);
  const labels = width("label", WIDEST.label);
  const isWide = columns !== undefined && columns >= HEX_COLUMNS;
  const hex = isWide && rows.some(({ shown }) => isQuoted(shown)) ? HEX_OCTETS * 3 + 2 : 0;
  const most = columns === undefined ? WIDEST.shown : Math.max(16, columns - ranges - labels - 4 - hex);
  const shown = width("shown", Math.min(WIDEST.shown, most));
  const table = rows.flatMap((row) => {
    const cut = columns === undefined ? row.shown : cutTo(row.shown, shown, ascii ? "..." : "…");
    const octets =
      hex === 0 ? "" : (isQuoted(row.shown) ? hexOf(row.shown, ascii ? ".." : "…") : "").padEnd(hex);
    const front = `${row.range.padStart(ranges)}  ${row.label.padEnd(labels)}  ${octets}${cut.padEnd(shown)}  `;
    const lines = wrapped(front, row.text, ranges + 4, columns);
    return colour && row.wrong ? lines.map((line) => `\u001b[31m${line}\u001b[0m`) : lines;
  });
  return [ascii ? toAscii(title) : title, ...table];
}

const rowInAscii = ({ range, label, shown, text, ...row }: Row): Row => ({
  ...row,
  range: toAscii(range),
  label: toAscii(label),
  shown: toAscii(shown),
  text: toAscii(text),
});

const cutTo = (text: string, length: number, ellipsis: string): string =>
  text.length <= length ? text : `${text.slice(0, length - ellipsis.length)}${ellipsis}`;

function wrapped(front: string, text: string, indent: number, columns: number | undefined): string[] {
  if (columns === undefined) return [`${front}${text}`.trimEnd()];
  const beside = columns - front.length;
  if (text.length <= beside) return [`${front}${text}`.trimEnd()];
  if (beside < LEAST_TEXT)
    return [
      front.trimEnd(),
      ...linesOf(text, Math.max(columns - indent, 16)).map((line) => " ".repeat(indent) + line),
    ];
  const [first = "", ...rest] = linesOf(text, beside);
  return [`${front}${first}`, ...rest.map((line) => " ".repeat(front.length) + line)];
}

/** The text in lines of at most `width`. A longer word keeps a line of its own. */
function linesOf(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  // A section in brackets stays on one line.
  for (const word of text.split(/ (?![^[\]]*\])/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const isQuoted = (shown: string): boolean => shown.startsWith('"');

/** The octets of a quoted text in hexadecimal: the first ones. */
function hexOf(shown: string, ellipsis: string): string {
  const octets: string[] = [];
  const text = shown.replace(/^"|"(?:…|\.{3})?$/g, "");
  for (const [piece] of text.matchAll(/\\x([0-9a-f]{2})|\\.|./g)) {
    if (octets.length === HEX_OCTETS) return octets.join(" ") + ellipsis;
    octets.push(hexOfPiece(piece));
  }
  return octets.join(" ");
}

const NAMED: Readonly<Record<string, string>> = { "\\r": "0d", "\\n": "0a", "\\t": "09" };

function hexOfPiece(piece: string): string {
  if (piece.startsWith("\\x")) return piece.slice(2);
  return NAMED[piece] ?? (piece.codePointAt(piece.length - 1) ?? 0).toString(16).padStart(2, "0");
}

/** More chunks than this in a row are folded. */
const MAX_CHUNKS = 8;
const SHOWN_CHUNKS = 4;
/** A content that is longer than what its node shows. */
const isFoldable = ({ kind }: ExplanationNode): boolean =>
  kind === "content" ||
  kind === "close-delimited" ||
  kind === "chunk-data" ||
  kind === "tunnel" ||
  kind === "data";

/** The rows of lines and contents, in the order of the bytes. A row without indent for each node. */
export function rowsOf(lines: readonly ExplanationNode[], unfold = "not shown here"): Row[] {
  const rows: Row[] = [];
  let guessed = false;
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as ExplanationNode;
    if (line.kind === "request-line" || line.kind === "status-line") {
      const message = line.kind === "request-line" ? "request" : "response";
      rows.push({ range: "", label: `── ${message} ──`, shown: "", text: "" });
    }
    if (line.guessed && !guessed) rows.push(GUESS);
    guessed = line.guessed === true;
    const behind = endOfChunks(lines, index);
    if (behind - index > MAX_CHUNKS * 2) {
      const kept = index + SHOWN_CHUNKS * 2;
      for (const each of lines.slice(index, kept)) addRows(rows, each, 0, unfold);
      rows.push(foldedChunks(lines.slice(kept, behind), unfold));
      index = behind - 1;
    } else addRows(rows, line, 0, unfold);
  }
  return rows;
}

const GUESS: Row = {
  range: "",
  label: "guess",
  shown: "",
  text: "a rule was broken: from here on (?) this is how most programs would read on",
};

/** Where a run of chunks ends that begins at `index`: each is a line and its data. */
function endOfChunks(lines: readonly ExplanationNode[], index: number): number {
  let at = index;
  while (lines[at]?.kind === "chunk-line" && lines[at + 1]?.kind === "chunk-data") at += 2;
  return at;
}

function foldedChunks(chunks: readonly ExplanationNode[], unfold: string): Row {
  const { start } = chunks[0] as ExplanationNode;
  const { end } = chunks.at(-1) as ExplanationNode;
  const text = `${chunks.length / 2} more chunks, ${end - start} bytes with their framing: ${unfold}`;
  return { range: rangeOf(start, end), label: "…", shown: "", text };
}

function addRows(rows: Row[], node: ExplanationNode, depth: number, unfold: string): void {
  const { kind, shown, meaning, section, guessed, problem, start, end } = node;
  const range = `${rangeOf(start, end)}${guessed ? "?" : ""}`;
  const indent = "  ".repeat(depth);
  const source = section === "" ? "" : ` [${section}]`;
  if (kind !== "error") rows.push({ range, label: `${indent}${kind}`, shown, text: `${meaning}${source}` });
  if (isFoldable(node) && shown.endsWith("…"))
    rows.push({
      range: "",
      label: `${indent}  …`,
      shown: "",
      text: `${end - start} bytes in all: ${unfold}`,
    });
  if (problem !== undefined) addProblem(rows, node, `${indent}  `);
  for (const part of partsToShow(node)) addRows(rows, part, depth + 1, unfold);
}

function addProblem(rows: Row[], { problem }: ExplanationNode, indent: string): void {
  if (problem === undefined) return;
  const { code, message, readings, advice, start, end, section } = problem;
  const label = code === "INVALID_VALUE" ? `${indent}problem` : "error";
  const source = section === "" ? "" : ` [${section}]`;
  rows.push({
    range: rangeOf(start, end),
    label,
    shown: code === "INVALID_VALUE" ? "" : code,
    text: `${message}${source}`,
    wrong: true,
  });
  for (const { who, what } of readings)
    rows.push({ range: "", label: `${indent}read by`, shown: who, text: what });
  if (advice !== "") rows.push({ range: "", label: `${indent}to do`, shown: "", text: advice });
}

const rangeOf = (start: number, end: number): string =>
  end > start + 1 ? `${start}–${end - 1}` : `${start}`;

/** The parts that are worth a row: a field line tells its name and value already. */
function partsToShow({ kind, parts }: ExplanationNode): readonly ExplanationNode[] {
  switch (kind) {
    case "field-line":
      return parts.flatMap((part) => {
        if (part.problem !== undefined) return [part];
        if (part.kind === "field-name") return [];
        return part.kind === "field-value" ? part.parts : [part];
      });
    case "chunk-line":
      return parts.filter((part) => part.kind === "chunk-ext" || part.problem !== undefined);
    default:
      return parts;
  }
}

/** Takes messages and sections apart to lines and contents again. */
export function linesOfTree(nodes: readonly ExplanationNode[]): ExplanationNode[] {
  return nodes.flatMap((node) => (isParent(node) ? marked(node, linesOfTree(node.parts)) : [node]));
}

/** Whether the node is a section or larger, and not a line. */
export const isParent = ({ kind }: ExplanationNode): boolean => PARENTS.has(kind);

const PARENTS: ReadonlySet<string> = new Set([
  "request",
  "response",
  "header-section",
  "body",
  "chunk",
  "trailer-section",
]);

/** A problem of a section stands at its first line. */
function marked({ problem }: ExplanationNode, lines: ExplanationNode[]): ExplanationNode[] {
  const [first] = lines;
  if (problem === undefined || first === undefined) return lines;
  return [{ ...first, problem: first.problem ?? problem }, ...lines.slice(1)];
}
