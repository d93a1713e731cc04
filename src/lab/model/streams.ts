import {
  counted,
  type ExplanationNode,
  laneName,
  laneOf,
  mayBeSame,
  type Stream,
  streamsOf,
  treeOfStream,
} from "../../browser.ts";
import type { Conversation, End } from "./conversation.ts";

type Role = "client" | "server";

/** What one side sent, with the explanation of its bytes. */
export interface ExplainedStream {
  readonly flow: Role;
  /** The lane whose records these are. */
  readonly seenBy: string;
  /** The connection of that lane. */
  readonly connection: number;
  readonly stream: Stream;
  readonly nodes: readonly ExplanationNode[];
}

/** So much before and behind the chosen byte is shown: a tree of more is longer than anybody reads. */
const AROUND_BYTES = 256 * 1024;

/**
 * The bytes that a side of the conversation sent, around one of them, as far as they are recorded. The sender's own records
 * are preferred; `seenBy` asks for those of one end, by its lane or its connection.
 */
export function streamOf(
  conversation: Conversation,
  flow: Role,
  around = 0,
  seenBy?: string | number,
): ExplainedStream | undefined {
  const end = seenBy === undefined ? nearestTo(flow, conversation) : conversation.endOf(seenBy);
  const own = end && streamAround(conversation, flow, around, end);
  if (end === undefined || own === undefined) return undefined;
  const stream = own.spans.length > 0 ? own : withSpansOf(own, otherViewsOf(conversation, flow, around, end));
  const nodes = treeOfStream(stream, { message: flow === "client" ? "request" : "response" });
  return { flow, seenBy: laneName(end.place), connection: end.connection, stream, nodes };
}

/**
 * What the proxy did to the bytes of a side, in a sentence; `undefined`: they passed as they are, or there is no proxy, or
 * one with several connections to servers, which makes each of its requests anew.
 */
export function changeInside(conversation: Conversation, flow: Role, around = 0): string | undefined {
  const [one, other, ...more] = conversation.everyEnd.filter(({ place }) => place.ofProxy);
  if (one === undefined || other === undefined || more.length > 0) return undefined;
  const [entry, exit] = flow === "client" ? [one, other] : [other, one];
  const [read, written] = [entry, exit].map((end) => streamAround(conversation, flow, around, end));
  if (read === undefined || read.base !== (written?.base ?? 0)) return undefined;
  const [came, went] = [read.bytes, written?.bytes ?? new Uint8Array(0)];
  const same = came.findIndex((octet, index) => !mayBeSame(octet, went[index]));
  if (same === -1) return went.length > came.length ? "The proxy added bytes at the end." : undefined;
  if (same >= went.length) return `The proxy passed ${went.length} of ${counted(came.length, "byte")} on.`;
  return `The proxy changed these bytes on their way: from byte ${read.base + same} on they differ.`;
}

/** The end that is nearest to the side that sends. */
const nearestTo = (flow: Role, { everyEnd }: Conversation): End | undefined =>
  flow === "client" ? everyEnd[0] : everyEnd.at(-1);

/** An end that wrote octets by hand knows no grammar. Its peer may have read them by one: both count alike. */
function otherViewsOf(conversation: Conversation, flow: Role, around: number, end: End): Stream | undefined {
  const { hop } = end.place;
  const peer = conversation.everyEnd.find(
    ({ place, role }) =>
      role !== end.role && (place.hop === hop || laneOf(place) >> 1 === laneOf(end.place) >> 1),
  );
  return peer && streamAround(conversation, flow, around, peer);
}

function streamAround(conversation: Conversation, flow: Role, around: number, end: End): Stream | undefined {
  const direction = end.role === flow ? "out" : "in";
  const middle = Math.min(around, direction === "out" ? end.bytesOut : end.bytesIn);
  const [from, to] = [middle - AROUND_BYTES, middle + AROUND_BYTES];
  const records = conversation.records.filter((record) => {
    if (record.connection !== end.connection) return false;
    if (record.type === "span")
      return record.direction === direction && record.start < to && record.end > from;
    if (record.type !== "bytes" || record.direction !== direction) return false;
    return record.offset < to && record.offset + record.bytes.length > from;
  });
  const streams = streamsOf(records);
  return streams.find(({ base, bytes }) => base <= middle && middle < base + bytes.length) ?? streams.at(-1);
}

function withSpansOf(own: Stream, other: Stream | undefined): Stream {
  const end = own.base + own.bytes.length;
  const spans = other?.spans.filter((span) => span.start >= own.base && span.end <= end) ?? [];
  return { ...own, spans };
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
