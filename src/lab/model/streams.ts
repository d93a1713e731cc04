import { type ExplanationNode, type Stream, streamsOf, treeOfStream } from "../../browser.ts";
import type { Conversation } from "./conversation.ts";

type Role = "client" | "server";

/** What one end sent, with the explanation of its bytes. */
export interface ExplainedStream {
  readonly flow: Role;
  /** The end whose records these are. */
  readonly seenBy: Role;
  readonly stream: Stream;
  readonly nodes: readonly ExplanationNode[];
}

/** So much before and behind the chosen byte is shown: a tree of more is longer than anybody reads. */
const AROUND_BYTES = 256 * 1024;

/**
 * The bytes that an end of the conversation sent, around one of them, as far as they are recorded. The sender's own
 * records are preferred; `seenBy` asks for those of one end.
 */
export function streamOf(
  conversation: Conversation,
  flow: Role,
  around = 0,
  seenBy: Role = conversation.ends[flow] === undefined ? otherRole(flow) : flow,
): ExplainedStream | undefined {
  const direction = seenBy === flow ? "out" : "in";
  const end = conversation.ends[seenBy];
  const length = direction === "out" ? (end?.bytesOut ?? 0) : (end?.bytesIn ?? 0);
  const middle = Math.min(around, length);
  const [from, to] = [middle - AROUND_BYTES, middle + AROUND_BYTES];
  const records = conversation.records.filter((record) => {
    if (record.role !== seenBy) return false;
    if (record.type === "span")
      return record.direction === direction && record.start < to && record.end > from;
    if (record.type !== "bytes" || record.direction !== direction) return false;
    return record.offset < to && record.offset + record.bytes.length > from;
  });
  const streams = streamsOf(records);
  const stream =
    streams.find(({ base, bytes }) => base <= middle && middle < base + bytes.length) ?? streams.at(-1);
  if (stream === undefined) return undefined;
  const nodes = treeOfStream(stream, { message: flow === "client" ? "request" : "response" });
  return { flow, seenBy, stream, nodes };
}

/** The nodes from the top down to the smallest that has this byte. */
export function pathTo(nodes: readonly ExplanationNode[], offset: number): ExplanationNode[] {
  const path: ExplanationNode[] = [];
  let level = nodes;
  for (;;) {
    const node = level.find(({ start, end }) => start <= offset && offset < end);
    if (node === undefined) return path;
    path.push(node);
    level = node.parts;
  }
}

/** A node in its place, as a list shows it. */
export interface TreeRow {
  readonly node: ExplanationNode;
  readonly depth: number;
  readonly open: boolean;
  /** Unique within the stream: nodes of one place differ in depth. */
  readonly key: string;
}

/** The rows of a tree whose nodes are open or not. Messages, sections and lines are open until somebody closes them. */
export function rowsOf(nodes: readonly ExplanationNode[], toggled: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  const walk = (level: readonly ExplanationNode[], depth: number) => {
    for (const node of level) {
      const key = `${node.start} ${node.end} ${node.kind} ${depth}`;
      const open = node.parts.length > 0 && toggled.has(key) === CLOSED_AT_FIRST.has(node.kind);
      rows.push({ node, depth, open, key });
      if (open) walk(node.parts, depth + 1);
    }
  };
  walk(nodes, 0);
  return rows;
}

/** Lines whose parts would be more rows than most readers want. */
const CLOSED_AT_FIRST: ReadonlySet<string> = new Set(["field-line", "chunk-line", "field-value"]);

const otherRole = (role: Role): Role => (role === "client" ? "server" : "client");
