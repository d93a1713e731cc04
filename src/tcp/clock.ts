/**
 * Milliseconds on a clock that never goes back. Not `performance.now()`: on Node ≥ 22 the first use of `performance`
 * loads code for 2 ms, which every short command would pay. Not `hrtime.bigint()`: it takes 90 ns, and this 55.
 */
export function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** Nanoseconds on the same clock. All threads share it, and on Linux, macOS and Windows all processes do. */
export function nowNs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e9 + nanoseconds;
}

/** Where time comes from. A test or a simulator brings a clock of its own. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Calls `tick` every `ms` until the returned function is called. Does not keep the process alive. */
  every(ms: number, tick: () => void): () => void;
  /** Calls `expired` once, in `ms`, unless the returned function is called before. Keeps the process alive. */
  after(ms: number, expired: () => void): () => void;
  /** Calls `turn` once all that the kernel holds for us now has been read. */
  afterPoll(turn: () => void): void;
  /** Calls `turn` within this turn of the loop, once the code that waits for promises settled by now has run. */
  afterPromises(turn: () => void): void;
}

/** The longest time that setTimeout can wait; it takes a longer one for 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: nowMs,
  every(ms, tick) {
    const timer: { unref?(): void } = setInterval(tick, ms); // a browser's timer has no unref
    timer.unref?.();
    return () => clearInterval(timer as ReturnType<typeof setInterval>);
  },
  after(ms, expired) {
    // The time may have passed already, and Node warns of a negative timeout.
    const timer = setTimeout(expired, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
  // The first immediate runs right after the poll that may have called us, and between the first and the second lies
  // another poll. All callers before the first immediate share this pair.
  afterPoll(turn) {
    if (turnsOfNextPoll !== undefined) {
      turnsOfNextPoll.push(turn);
      return;
    }
    const turns = [turn];
    turnsOfNextPoll = turns;
    setImmediate(() => {
      turnsOfNextPoll = undefined;
      setImmediate(() => {
        for (const each of turns) each();
      });
    });
  },
  // Asked from a microtask, a tick runs when no microtask is left.
  afterPromises: (turn) => process.nextTick(turn),
};

let turnsOfNextPoll: (() => void)[] | undefined;
