import { messageDifferences, quote } from "../../trace.ts";
import type { Summary } from "./summary.ts";

/** What differs between two recordings of one exchange, a line each. Nothing if all bytes are the same. */
export function differencesOf(a: Summary, b: Summary, mask: (line: string) => string): string[] {
  return [
    ...messageDifferences("request", a.request, b.request, { mask }),
    ...informationalDifferences(a, b, mask),
    ...messageDifferences("response", a.response, b.response, { mask }),
    ...endDifference(a.incomplete ?? "complete", b.incomplete ?? "complete"),
  ];
}

const endDifference = (a: string, b: string): string[] =>
  a === b ? [] : [`how it ended: ${quote(a)} → ${quote(b)}`];

function informationalDifferences(a: Summary, b: Summary, mask: (line: string) => string): string[] {
  const count = Math.max(a.informational.length, b.informational.length);
  return Array.from({ length: count }, (_, at) =>
    messageDifferences(`informational response ${at + 1}`, a.informational[at], b.informational[at], {
      mask,
    }),
  ).flat();
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
