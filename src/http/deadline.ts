import { type Clock, systemClock } from "../tcp/clock.ts";

/**
 * Deadlines for thousands of connections on one timer.
 *
 * A timer for each request would cost more than parsing the request. So all deadlines share one coarse tick, which runs
 * only while a deadline is set. A deadline expires up to one tick late. Moving it, which every message does, is only an
 * assignment.
 */

/** A moment. `onExpired` is called once after it, unless the deadline is moved or cleared before. */
export class Deadline {
  readonly #deadlines: Deadlines;
  readonly onExpired: () => void;
  /** Whether the tick looks at this deadline. Reading this is cheaper than adding the deadline a second time. */
  watched = false;
  /** In milliseconds of the clock; infinite while no deadline is set. */
  at = Number.POSITIVE_INFINITY;

  constructor(deadlines: Deadlines, onExpired: () => void) {
    this.#deadlines = deadlines;
    this.onExpired = onExpired;
  }

  get isSet(): boolean {
    return this.at !== Number.POSITIVE_INFINITY;
  }

  /** Expires in `ms`, whatever was set before. A caller that knows `now` saves a look at the clock. @returns `now`. */
  set(ms: number, now = this.#deadlines.clock.now()): number {
    this.at = now + ms;
    if (!this.watched) this.#deadlines.watch(this);
    return now;
  }

  clear(): void {
    this.at = Number.POSITIVE_INFINITY;
  }
}

export class Deadlines {
  readonly clock: Clock;
  readonly #resolutionMs: number;
  readonly #watched = new Set<Deadline>();
  #stop: (() => void) | undefined;

  constructor(clock: Clock = systemClock, resolutionMs = 250) {
    this.clock = clock;
    this.#resolutionMs = resolutionMs;
  }

  create(onExpired: () => void): Deadline {
    return new Deadline(this, onExpired);
  }

  watch(deadline: Deadline): void {
    deadline.watched = true;
    this.#watched.add(deadline);
    this.#stop ??= this.clock.every(this.#resolutionMs, () => this.#tick());
  }

  #tick(): void {
    const now = this.clock.now();
    for (const deadline of this.#watched) {
      if (deadline.at > now) {
        // A cleared deadline is removed here rather than in `clear()`, which every message calls.
        if (deadline.at === Number.POSITIVE_INFINITY) this.#forget(deadline);
        continue;
      }
      this.#forget(deadline);
      deadline.clear();
      deadline.onExpired();
    }
    if (this.#watched.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #forget(deadline: Deadline): void {
    this.#watched.delete(deadline);
    deadline.watched = false;
  }
}
