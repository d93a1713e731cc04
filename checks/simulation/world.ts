import type { Clock } from "../../src/tcp/clock.ts";
import { Random } from "../random.ts";

/*
 * A world of one seed: its own time, its own chance, and everything that will happen in one queue. Nothing in it waits
 * for the real clock or the real network, so that a second takes microseconds, and the same seed is the same run.
 *
 * Between two happenings all promises are settled. Node does that between macrotasks; doing it there would cost more
 * than the happening, so the run asks for it itself (`process._tickCallback`, in every Node; see `settlePromises`).
 */

interface Happening {
  readonly at: number;
  /** Of several at one time. */
  readonly order: number;
  action: (() => void) | undefined;
}

export class World implements Clock {
  readonly random: Random;
  readonly #queue: Happening[] = [];
  readonly #lines: string[] | undefined;
  #now = 0;
  #planned = 0;
  #waiting = 0;
  #hash = 0x811c9dc5;
  #happened = 0;

  /** @param lines what happens is written there, too, for a replay. */
  constructor(seed: number, lines?: string[]) {
    this.random = new Random(seed);
    this.#lines = lines;
  }

  /** Milliseconds since the world began. */
  now(): number {
    return this.#now;
  }

  /** How many things are still to happen. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Counts up with everything that happens: says what came before what within one moment. */
  get happened(): number {
    return this.#happened;
  }

  /** Of all that was told, in its order: two runs with one hash were the same run. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  tell(line: string): void {
    for (let i = 0; i < line.length; i++) this.#hash = Math.imul(this.#hash ^ line.charCodeAt(i), 0x01000193);
    this.#lines?.push(`${this.#now.toFixed(2).padStart(12)} ms  ${line}`);
  }

  /** Of what is planned for one time, chance says what comes first. */
  after(ms: number, action: () => void): () => void {
    return this.#plan(this.#now + ms, this.random.next(), action);
  }

  /** For what has to keep an order: at one time, what was planned first comes first. */
  at(time: number, action: () => void): () => void {
    return this.#plan(time, this.#planned++, action);
  }

  #plan(at: number, order: number, action: () => void): () => void {
    if (!Number.isFinite(at)) return () => {};
    const happening: Happening = { at, order, action };
    this.#waiting++;
    push(this.#queue, happening);
    return () => {
      if (happening.action === undefined) return;
      happening.action = undefined;
      this.#waiting--;
    };
  }

  every(ms: number, tick: () => void): () => void {
    let stop = (): void => {};
    let stopped = false;
    const next = (): void => {
      stop = this.after(ms, () => {
        tick();
        if (!stopped) next();
      });
    };
    next();
    return () => {
      stopped = true;
      stop();
    };
  }

  /** Set by the network: brings to the sockets what lies in the kernel for them. */
  poll: () => void = () => {};

  afterPoll(turn: () => void): void {
    this.after(0, () => {
      this.poll();
      turn();
    });
  }

  afterPromises(turn: () => void): void {
    process.nextTick(turn);
  }

  /** Lets everything happen until nothing is left, or `until`. */
  run(until: number, check: () => void): void {
    settlePromises();
    for (let next = this.#queue[0]; next !== undefined && next.at <= until; next = this.#queue[0]) {
      pop(this.#queue);
      const { action } = next;
      if (action === undefined) continue;
      next.action = undefined;
      this.#waiting--;
      this.#now = next.at;
      this.#happened++;
      action();
      settlePromises();
      check();
    }
  }
}

/**
 * Runs what awaits settled promises, now. Only outside of promise callbacks, hence from a macrotask of its own.
 * Node does not document it, but every line has it, and there is no other way that costs less than a microsecond.
 */
const settlePromises = (process as unknown as { _tickCallback: () => void })._tickCallback;

const isBefore = (a: Happening, b: Happening): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Happening[], happening: Happening): void {
  let at = heap.push(happening) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(happening, heap[parent] as Happening)) break;
    heap[at] = heap[parent] as Happening;
    at = parent;
  }
  heap[at] = happening;
}

function pop(heap: Happening[]): void {
  const last = heap.pop() as Happening;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Happening, heap[child] as Happening)) child++;
    if (!isBefore(heap[child] as Happening, last)) break;
    heap[at] = heap[child] as Happening;
    at = child;
  }
  heap[at] = last;
}
