import { type Clock, systemClock } from "../tcp/clock.ts";

/**
 * Deadlines for thousands of connections on one timer.
 *
 * A timer per request costs more than parsing the request. So all deadlines share one coarse tick, which runs only
 * while one is set: a deadline is exact to within one tick, and moving it (done for every message) is an assignment.
 */

/** A moment after which `onExpired` is called, once, unless it is moved or cleared before. */
export class Deadline {
  readonly #deadlines: Deadlines;
  readonly onExpired: () => void;
  /** Whether the tick looks at it: asking this is cheaper than telling it twice. */
  watched = false;
  /** In the clock's milliseconds. */
  at = Number.POSITIVE_INFINITY;

  constructor(deadlines: Deadlines, onExpired: () => void) {
    this.#deadlines = deadlines;
    this.onExpired = onExpired;
  }

  get isSet(): boolean {
    return this.at !== Number.POSITIVE_INFINITY;
  }

  /** Expires `ms` from now, whatever was set before. Returns `now`; who knows it saves a look at the clock. */
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
        // Cleared ones leave here and not in `clear()`, which is called for every message.
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
