import type { Clock } from "../../../tcp/clock.ts";
import { TransportError } from "../../../tcp/errors.ts";
import { onAbort } from "../../../tcp/on-abort.ts";

/**
 * How long to wait before a retry, in milliseconds: twice as long each time, up to a maximum, and of that between a half
 * and all by chance. Clients that failed together would otherwise come back together.
 *
 * @param retry 1 for the first retry.
 * @param random a number from 0 to 1.
 */
export function backoffMs(retry: number, minDelayMs: number, maxDelayMs: number, random: number): number {
  const ms = Math.min(minDelayMs * 2 ** (retry - 1), maxDelayMs);
  return ms * (0.5 + random / 2);
}

/**
 * Waits.
 *
 * @throws {TransportError} ABORTED as soon as the signal is aborted.
 */
export function delay(ms: number, clock: Pick<Clock, "after">, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      const message = "the request was aborted by its caller before it was sent again";
      reject(new TransportError("ABORTED", "connect", message, { cause: signal?.reason }));
    };
    if (signal?.aborted) {
      aborted();
      return;
    }
    const stopTimer = clock.after(ms, () => {
      stopListening?.();
      resolve();
    });
    const stopListening =
      signal &&
      onAbort(signal, () => {
        stopListening?.();
        stopTimer();
        aborted();
      });
  });
}
