import type { TraceRecord } from "./record.ts";

/** The wall clock at the beginning of the recording, in milliseconds since 1970, from a record that tells. */
export function beginningOf({ at, t }: TraceRecord): number | undefined {
  const milliseconds = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(milliseconds) ? undefined : milliseconds - t / 1e6;
}
