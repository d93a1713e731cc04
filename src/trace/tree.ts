import { counted } from "../bytes/text.ts";
import type { ProtocolError } from "../http1/errors.ts";
import { type ExplainBytesOptions, type ExplainOptions, maskedBy } from "./explain.ts";
import { LineBuilder, NO_GRAMMAR, NOT_READ } from "./line-builder.ts";
import { STRUCTURE_MEANINGS } from "./meanings/structures.ts";
import type { ExplanationNode, Problem, Structure } from "./node.ts";
import { lengthsBesideCodings, readOn, readOnStream } from "./read-on.ts";
import type { TraceRecord } from "./record.ts";
import { redact } from "./redactor.ts";
import { isParent, type LayoutOptions, layOut, linesOfTree, rowsOf } from "./rows.ts";
import { type NodeBuilder, SpanBuilder } from "./span-builder.ts";
import { type Stream, streamsOf } from "./streams.ts";

/** The explanation of one direction as a tree: message → section → line → parts. */
export interface ExplanationTree {
  /** What is explained, in a line. */
  readonly title: string;
  /** The messages, and the bytes between and behind them. In the order of the bytes, without a gap. */
  readonly nodes: readonly ExplanationNode[];
  /** The first rule that was broken, if one was. */
  readonly error?: ProtocolError;
}

/** How the tree of a stream is made. */
export interface TreeOptions {
  /** What the stream has, where its bytes do not say so: by default "request". */
  readonly message?: "request" | "response";
  /** Milliseconds since 1970: dates say how far from now they are. By default they do not. */
  readonly nowMs?: number | undefined;
  /** A node for each span of the grammar and for each 40 octets of a longer one, instead of a tree. `false` by default. */
  readonly everyByte?: boolean;
}

/**
 * Explains the messages in `bytes` as a tree.
 *
 * @throws {ProtocolError} blame "local": `method` is no method.
 */
export function explainTree(
  bytes: Uint8Array,
  options: ExplainBytesOptions & Pick<TreeOptions, "nowMs" | "everyByte"> = {},
): ExplanationTree {
  const { message, spans, certain, error, guessedFrom, problems } = readOn(
    bytes,
    options.message,
    options.method,
  );
  // A guess can be wrong: what is a secret by either reading is masked.
  const shown = options.reveal ? bytes : maskedBy(spans, maskedBy(certain, bytes));
  const { nowMs, everyByte = false } = options;
  const read = { base: 0, bytes: shown, spans };
  let nodes: readonly ExplanationNode[] = nodesOf(read, { message, nowMs, everyByte }, guessedFrom);
  for (const problem of problems) nodes = withProblem(nodes, problem);
  const title = `${message}, ${counted(bytes.length, "byte")}`;
  return error === undefined ? { title, nodes } : { title, nodes, error };
}

/** Explains both directions of every connection of a recording, each as a tree. */
export function explainRecordsAsTrees(
  records: readonly TraceRecord[],
  options: ExplainOptions & Pick<TreeOptions, "nowMs" | "everyByte"> = {},
): ExplanationTree[] {
  const { nowMs, everyByte = false } = options;
  return streamsOf(options.reveal ? records : redact(records)).map((stream) => {
    const { connection, role, direction, bytes } = stream;
    const verb = direction === "in" ? "read" : "written";
    const message = (role === "client") === (direction === "out") ? "request" : "response";
    const title = `${verb} by the ${role}, connection ${connection}, ${counted(bytes.length, "byte")}`;
    return { title, nodes: treeOfStream(stream, { message, nowMs, everyByte }) };
  });
}

/** The nodes with the problem at the line that has its first byte. A fault behind all bytes has a node of its own. */
function withProblem(nodes: readonly ExplanationNode[], problem: Problem): ExplanationNode[] {
  const { start: at, end } = problem;
  const index = nodes.findIndex((node) => node.start <= at && at < node.end);
  const node = nodes[index];
  if (node === undefined) {
    const place = { kind: "error", start: at, end: Math.max(at, end), shown: "" } as const;
    const { message: meaning, section } = problem;
    return [...nodes, { ...place, meaning, section, problem, parts: [] }];
  }
  const inside = isParent(node) && node.parts.some((part) => part.start <= at && at < part.end);
  if (inside) return nodes.with(index, { ...node, parts: withProblem(node.parts, problem) });
  // Of two problems of one line, both are told.
  const behind =
    node.problem === undefined ? undefined : { ...node, parts: [], end: node.end, start: node.end };
  const marked = { ...node, problem: node.problem ?? problem };
  if (behind === undefined) return nodes.with(index, marked);
  return nodes.toSpliced(index + 1, 0, { ...behind, kind: "error", shown: "", problem });
}

/** The tree as a table: a row for each line, with what is remarkable in it below. */
export function formatTree({ title, nodes }: ExplanationTree, options: LayoutOptions = {}): string[] {
  return layOut(title, rowsOf(linesOfTree(nodes), options.unfold), options);
}

/**
 * Explains one direction of a connection, as far as the grammar has read it, as a tree. Every byte is in one node of
 * the first level. Nothing is masked: the caller has masked what is secret.
 */
export function treeOfStream(
  stream: Pick<Stream, "base" | "bytes" | "spans">,
  options: TreeOptions = {},
): ExplanationNode[] {
  const message = options.message ?? "request";
  const again = readOnStream(stream, message);
  const problems = again?.problems ?? [];
  const ambiguous = lengthsBesideCodings(stream, message).filter(
    ({ code, start }) => !problems.some((known) => known.code === code && known.start === start),
  );
  let nodes = nodesOf({ ...stream, spans: again?.spans ?? stream.spans }, options, again?.guessedFrom);
  for (const problem of [...ambiguous, ...problems]) nodes = withProblem(nodes, problem);
  return nodes;
}

function nodesOf(
  { base, bytes, spans }: Pick<Stream, "base" | "bytes" | "spans">,
  { message = "request", nowMs, everyByte = false }: TreeOptions,
  guessedFrom?: number,
): ExplanationNode[] {
  const lines: NodeBuilder = everyByte
    ? new SpanBuilder()
    : new LineBuilder(message, { guessedFrom, now: nowMs === undefined ? undefined : () => nowMs });
  for (const span of spans) lines.add(span, bytes.subarray(span.start - base, span.end - base));
  const readEnd = spans.at(-1)?.end ?? base;
  if (readEnd < base + bytes.length)
    lines.addUnruled(spans.length === 0 ? NO_GRAMMAR : NOT_READ, readEnd, bytes.subarray(readEnd - base));
  lines.close();
  return everyByte ? lines.take() : messagesOf(lines.take(), message);
}

/** What is known of the message that lines are put into. */
interface OpenMessage {
  readonly kind: "request" | "response";
  shown: string;
  readonly parts: ExplanationNode[];
  section: { kind: Structure; parts: ExplanationNode[] } | undefined;
}

/** Puts lines and contents together to messages. */
function messagesOf(lines: readonly ExplanationNode[], fallback: "request" | "response"): ExplanationNode[] {
  const nodes: ExplanationNode[] = [];
  let message: OpenMessage | undefined;
  const endMessage = () => {
    if (message === undefined) return;
    endSection(message);
    nodes.push(parent(message.kind, message.parts, message.shown));
    message = undefined;
  };
  for (const line of lines) {
    switch (line.kind) {
      case "empty-line-before":
        endMessage();
        message = open(fallback);
        message.parts.push(line);
        break;
      case "request-line":
      case "status-line": {
        const ahead: readonly ExplanationNode[] =
          message !== undefined && isOnlyAhead(message) ? message.parts : [];
        if (ahead.length > 0) message = undefined;
        else endMessage();
        message = open(line.kind === "request-line" ? "request" : "response");
        message.shown = line.shown;
        for (const part of ahead) message.parts.push(part);
        message.parts.push(line);
        break;
      }
      case "tunnel":
      case "data":
        endMessage();
        nodes.push(line);
        break;
      default:
        message ??= open(fallback);
        addToSection(message, line);
    }
  }
  endMessage();
  return nodes;
}

const open = (kind: "request" | "response"): OpenMessage => ({
  kind,
  shown: "",
  parts: [],
  section: undefined,
});

/** Whether the message so far is only the empty lines ahead of it. */
const isOnlyAhead = ({ parts, section }: OpenMessage): boolean =>
  section === undefined && parts.every(({ kind }) => kind === "empty-line-before");

function addToSection(message: OpenMessage, line: ExplanationNode): void {
  const wanted = sectionOf(message, line);
  if (wanted === undefined) {
    endSection(message);
    message.parts.push(line);
    return;
  }
  if (message.section?.kind !== wanted) {
    endSection(message);
    message.section = { kind: wanted, parts: [] };
  }
  const { parts } = message.section as { parts: ExplanationNode[] };
  const chunk = parts.at(-1);
  if (line.kind === "chunk-line") parts.push(parent("chunk", [line], line.shown));
  else if (line.kind === "chunk-data" && chunk?.kind === "chunk" && chunk.parts.length === 1)
    parts[parts.length - 1] = parent("chunk", [...chunk.parts, line], line.shown);
  else parts.push(line);
}

/** The section of the message that the line belongs to; `undefined`: none. */
function sectionOf(message: OpenMessage, { kind }: ExplanationNode): Structure | undefined {
  switch (kind) {
    case "field-line":
    case "empty-line":
    case "bare-LF":
      return message.section?.kind === "body" || message.section?.kind === "trailer-section"
        ? "trailer-section"
        : "header-section";
    case "chunk-line":
    case "chunk-data":
    case "content":
    case "close-delimited":
      return "body";
    default:
      return undefined;
  }
}

function endSection(message: OpenMessage): void {
  const { section } = message;
  if (section === undefined) return;
  message.parts.push(parent(section.kind, section.parts, ""));
  message.section = undefined;
}

function parent(kind: Structure, parts: readonly ExplanationNode[], shown: string): ExplanationNode {
  const [meaning, section] = STRUCTURE_MEANINGS[kind];
  const start = parts[0]?.start ?? 0;
  const end = parts.at(-1)?.end ?? start;
  const node = { kind, start, end, shown, meaning, section, parts };
  return parts.some(({ guessed }) => guessed) ? { ...node, guessed: true } : node;
}
