import { parseHttpDate } from "../../date.ts";

/**
 * How long a Retry-After field asks to wait, in milliseconds: delay-seconds or an HTTP-date (RFC 9110 §10.2.3). A date
 * in the past is 0. `undefined`: there is no such field, or its value means nothing.
 *
 * @param epochMs the present, in milliseconds since 1970.
 */
export function retryAfterMs(value: string | undefined, epochMs: number): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = parseHttpDate(text, epochMs);
  return date === undefined ? undefined : Math.max(date - epochMs, 0);
}
