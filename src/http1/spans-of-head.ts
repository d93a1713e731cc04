import { ReceiveBuffer } from "../bytes/receive-buffer.ts";
import { STRICT } from "./leniency.ts";
import { UNLIMITED } from "./limits.ts";
import { MessageReader } from "./message-reader.ts";
import { observerOf, type Rule } from "./observer.ts";
import { takeUsualRequest, takeUsualResponse } from "./usual-head.ts";

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
  const take = message === "request" ? takeUsualRequest : takeUsualResponse;
  const usual = take(buffer, UNLIMITED, (rule, start, end) => {
    if (start < end) span(rule, offset + start, offset + end);
  });
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
    // A rule that the head as a whole breaks. Whoever read it then has said so; each byte of it has its span all the same.
  }
  for (const [rule, start, end] of spans) span(rule, offset + start, offset + end);
}
