import { quote } from "../../trace.ts";
import type { MessageSummary, Summary } from "./summary.ts";

const SHOWN_OCTETS = 24;

/** What differs between two recordings of one exchange, a line each. Nothing if all bytes are the same. */
export function differencesOf(a: Summary, b: Summary, mask: (line: string) => string): string[] {
  return [
    ...messageDifferences("request", a.request, b.request, mask),
    ...informationalDifferences(a, b, mask),
    ...messageDifferences("response", a.response, b.response, mask),
    ...changed("how it ended", a.incomplete ?? "complete", b.incomplete ?? "complete"),
  ];
}

function informationalDifferences(a: Summary, b: Summary, mask: (line: string) => string): string[] {
  const count = Math.max(a.informational.length, b.informational.length);
  return Array.from({ length: count }, (_, at) =>
    messageDifferences(`informational response ${at + 1}`, a.informational[at], b.informational[at], mask),
  ).flat();
}

function messageDifferences(
  what: string,
  a: MessageSummary | undefined,
  b: MessageSummary | undefined,
  mask: (line: string) => string,
): string[] {
  if (a === undefined || b === undefined) {
    if (a === b) return [];
    return [`${what}: only in ${a === undefined ? "B" : "A"}: ${quote(mask((a ?? b)?.startLine ?? ""))}`];
  }
  return [
    ...changed(`${what} line`, mask(a.startLine), mask(b.startLine)),
    ...fieldDifferences(`${what} field`, a.fields, b.fields, mask),
    ...contentDifferences(`${what} content`, a, b),
    ...fieldDifferences(`${what} trailer`, a.trailers, b.trailers, mask),
  ];
}

const changed = (what: string, a: string, b: string): string[] =>
  a === b ? [] : [`${what}: ${quote(a)} → ${quote(b)}`];

type Fields = MessageSummary["fields"];

/** Field lines with the same name are compared in their order. Then the order of all is. */
function fieldDifferences(what: string, a: Fields, b: Fields, mask: (line: string) => string): string[] {
  const names = [...new Set([...a, ...b].map(([name]) => name.toLowerCase()))];
  const lines = names.flatMap((name) => {
    const [ofA, ofB] = [a, b].map((fields) => fields.filter(([each]) => each.toLowerCase() === name));
    return Array.from({ length: Math.max(ofA?.length ?? 0, ofB?.length ?? 0) }, (_, at) => {
      const [lineA, lineB] = [textOf(ofA?.[at], mask), textOf(ofB?.[at], mask)];
      if (lineA === lineB) return [];
      if (lineA === undefined) return [`${what}: only in B: ${quote(lineB ?? "")}`];
      if (lineB === undefined) return [`${what}: only in A: ${quote(lineA)}`];
      return [`${what}: ${quote(lineA)} → ${quote(lineB)}`];
    }).flat();
  });
  const orderOf = (fields: Fields) => fields.map(([name]) => name.toLowerCase()).join(", ");
  if (lines.length === 0 && orderOf(a) !== orderOf(b)) return [`${what}s: in another order`];
  return lines;
}

const textOf = (line: Fields[number] | undefined, mask: (line: string) => string): string | undefined =>
  line && mask(`${line[0]}: ${line[1]}`);

function contentDifferences(what: string, a: MessageSummary, b: MessageSummary): string[] {
  if (a.digest === b.digest && a.contentBytes === b.contentBytes) return [];
  const lengths =
    a.contentBytes === b.contentBytes
      ? `${a.contentBytes} bytes`
      : `${a.contentBytes} → ${b.contentBytes} bytes`;
  const known = a.content.length === a.contentBytes && b.content.length === b.contentBytes;
  if (!known) return [`${what}: ${lengths}, different`];
  const at = firstDifference(a.content, b.content);
  const from = (bytes: Uint8Array) => quote(bytes.subarray(at), SHOWN_OCTETS);
  return [`${what}: ${lengths}, different from byte ${at}: ${from(a.content)} → ${from(b.content)}`];
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  return at;
}

/** `time 1.21 → 3.40 ms: wait 1.02 → 3.20, receive 0.10 → 0.12`. */
export function timesOf(a: Summary, b: Summary): string {
  const parts = (["connect", "send", "wait", "receive"] as const).flatMap((name) => {
    const [ofA = -1, ofB = -1] = [a.timings[name], b.timings[name]];
    return ofA <= 0 && ofB <= 0 ? [] : [`${name} ${shown(ofA)} → ${shown(ofB)}`];
  });
  const total = `time ${a.time.toFixed(2)} → ${b.time.toFixed(2)} ms`;
  return parts.length === 0 ? total : `${total}: ${parts.join(", ")}`;
}

const shown = (milliseconds: number): string => (milliseconds < 0 ? "–" : milliseconds.toFixed(2));
