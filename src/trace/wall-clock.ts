import type { TraceRecord } from "./record.ts";

/** The wall clock at the beginning of the recording, in milliseconds since 1970, from a record that tells. */
export function beginningOf({ at, t }: TraceRecord): number | undefined {
  const milliseconds = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(milliseconds) ? undefined : milliseconds - t / 1e6;
}

/** The farthest times that a `Date` can have (ECMA-262 §21.4.1.1). A recording of somebody may have any number. */
const MAX_MS = 8.64e15;

/** Milliseconds since 1970 as ISO 8601 in UTC. */
export const isoOf = (milliseconds: number): string =>
  new Date(Math.min(Math.max(milliseconds, -MAX_MS), MAX_MS)).toISOString();
