import type { FilterablePlace } from "../trace/filterables.ts";
import type { TraceRecord } from "../trace/record.ts";
import { formatTimeline } from "../trace/timeline.ts";

const WIDTH = 120;
/** Lines of the place itself, and ahead of it and behind it. */
const MAX_LINES = 30;
const MORE_LINES = 4;

/**
 * The lines of the timeline in which something happened, marked, and a few around them. Of a long place its beginning and
 * its end are shown.
 */
export function timelineAround(
  records: readonly TraceRecord[],
  place: Pick<FilterablePlace, "startedNs" | "endedNs"> | undefined,
  reveal: boolean,
): string[] {
  const lines = formatTimeline(records, { reveal, width: WIDTH });
  if (lines.length === 0) return ["(nothing was recorded)"];
  const beganNs = records[0]?.t ?? 0;
  const isIn = (line: string) => {
    if (place === undefined) return false;
    // A line says its time in hundredths of a millisecond.
    const ns = Number.parseFloat(line) * 1e6 + beganNs;
    return ns >= place.startedNs - 5_000 && ns <= place.endedNs + 5_000;
  };
  const first = lines.findIndex(isIn);
  const from = first === -1 ? Math.max(lines.length - MAX_LINES, 0) : Math.max(first - MORE_LINES, 0);
  const last = first === -1 ? lines.length - 1 : lines.findLastIndex(isIn);
  const marked = lines.map((line) => `${isIn(line) ? ">" : " "} ${line}`).slice(from, last + 1 + MORE_LINES);
  const left = lines.length - from - marked.length;
  return [
    ...(from > 0 ? [`  … ${from} more lines`] : []),
    ...shortened(marked),
    ...(left > 0 ? [`  … ${left} more lines`] : []),
  ];
}

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_LINES) return lines;
  const half = MAX_LINES / 2;
  return [...lines.slice(0, half), `  … ${lines.length - MAX_LINES} more lines`, ...lines.slice(-half)];
}
