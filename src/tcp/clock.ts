/**
 * Milliseconds on a clock that never goes back. Not `performance.now()`: on Node ≥ 22 the first look at `performance`
 * loads what takes 2 ms, which every short command would pay. Nor `hrtime.bigint()`: a BigInt makes it 90 ns, not 55.
 */
export function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** Where time comes from. A test or a simulator brings a clock of its own. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Calls `tick` every `ms` until the returned function is called. Does not keep the process alive. */
  every(ms: number, tick: () => void): () => void;
  /** Calls `expired` once, in `ms`, unless the returned function is called before. Keeps the process alive. */
  after(ms: number, expired: () => void): () => void;
  /** Calls `turn` once all that the kernel holds for us by now was read. */
  afterPoll(turn: () => void): void;
  /** Calls `turn` within this turn of the loop, once all that waits for promises settled by now has gone on. */
  afterPromises(turn: () => void): void;
}

/** More than this setTimeout takes for 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: nowMs,
  every(ms, tick) {
    const timer: { unref?(): void } = setInterval(tick, ms); // a browser's cannot be unref'd
    timer.unref?.();
    return () => clearInterval(timer as ReturnType<typeof setInterval>);
  },
  after(ms, expired) {
    // What is late already is asked for with less than nothing: Node would warn of it.
    const timer = setTimeout(expired, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
  // The first immediate comes right after the poll that may have called us; between it and the second lies another
  // one. Whoever asks before the first has come shares both: a pair of them for all connections, not for each.
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
  // Within a microtask that is when none is left.
  afterPromises: (turn) => process.nextTick(turn),
};

let turnsOfNextPoll: (() => void)[] | undefined;
