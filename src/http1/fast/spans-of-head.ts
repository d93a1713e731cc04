import { ReceiveBuffer } from "../../bytes/receive-buffer.ts";
import { STRICT } from "../leniency.ts";
import { UNLIMITED } from "../limits.ts";
import { MessageReader } from "../message-reader.ts";
import { observerOf, type Rule } from "../observer.ts";
import { SHARED_MEMORY } from "./memory.ts";

/**
 * Gives the spans of a head that an observer was told of as a whole (`Http1Observer.head`).
 *
 * @param bytes the head, from its first byte to its last.
 * @param offset where the head begins in the stream of its direction, in bytes.
 * @param span called as `Http1Observer.span` would have been.
 */
export function spansOfHead(
  message: "request" | "response",
  bytes: Uint8Array,
  offset: number,
  span: (rule: Rule, start: number, end: number) => void,
): void {
  const buffer = new ReceiveBuffer();
  buffer.append(bytes);
  const { usualHeads } = SHARED_MEMORY;
  const shift = (rule: Rule, start: number, end: number) => {
    if (start < end) span(rule, offset + start, offset + end);
  };
  const usual =
    message === "request"
      ? usualHeads.takeRequest(buffer, UNLIMITED, shift)
      : usualHeads.takeResponse(buffer, UNLIMITED, shift);
  if (usual === undefined) spansByGrammar(message, bytes, offset, span);
}

function spansByGrammar(
  message: "request" | "response",
  bytes: Uint8Array,
  offset: number,
  span: (rule: Rule, start: number, end: number) => void,
): void {
  const spans: [rule: Rule, start: number, end: number][] = [];
  const observer = observerOf("in", { span: (_, ...found) => spans.push(found) });
  const reader = new MessageReader({ reads: message, limits: UNLIMITED, leniency: STRICT, observer });
  reader.answers({ method: "GET", version: "1.1", asksForUpgrade: true });
  reader.receive(bytes);
  try {
    reader.next();
  } catch {
    // A head that was received breaks a rule as a whole: the reader of the connection has reported that, and the spans are
    // complete. A head that was written octet by octet may break a rule in a line: what follows has spans by the line.
  }
  spans.push(...linesFrom(spans.at(-1)?.[2] ?? 0, bytes));
  for (const [rule, start, end] of spans) span(rule, offset + start, offset + end);
}

const LF = 0x0a;

/** Spans of lines in which the grammar has no part. */
function linesFrom(from: number, bytes: Uint8Array): [rule: Rule, start: number, end: number][] {
  const spans: [rule: Rule, start: number, end: number][] = [];
  for (let start = from; start < bytes.length; ) {
    const next = bytes.indexOf(LF, start) + 1 || bytes.length;
    const end = Math.max(start, next - 2);
    if (start < end) spans.push(["field-value", start, end]);
    spans.push([start < end ? "CRLF" : "empty-line", end, next]);
    start = next;
  }
  return spans;
}
