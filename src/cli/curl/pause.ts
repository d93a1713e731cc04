import { setTimeout } from "node:timers/promises";

/** The longest time that a timer can wait; it takes a longer one for 1 ms. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Waits, also for months. Ctrl-C ends the wait. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= MAX_TIMER_MS)
    await setTimeout(Math.min(leftMs, MAX_TIMER_MS), undefined, { signal });
}
