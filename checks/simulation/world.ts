import type { Clock } from "../../src/tcp/clock.ts";
import { Random } from "../random.ts";

/*
 * The world of one seed has its own time, its own randomness, and one queue of everything that will happen. Nothing in
 * it waits for the real clock or the real network. So a second takes microseconds, and the same seed gives the same
 * run.
 *
 * All promises settle between two events of the queue. Node settles promises between macrotasks, but a macrotask for
 * each event would cost more than the event. So the run settles them itself (see `settlePromises`).
 */

interface Happening {
  readonly at: number;
  /** Decides between events at the same time. */
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

  /** @param lines receives a line for each thing that happens, for a replay. */
  constructor(seed: number, lines?: string[]) {
    this.random = new Random(seed);
    this.#lines = lines;
  }

  /** Milliseconds since the world began. */
  now(): number {
    return this.#now;
  }

  /** The number of events that are still to happen. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The number of events so far: it gives the order of events within one moment. */
  get happened(): number {
    return this.#happened;
  }

  /** A hash of all lines in their order: runs with the same hash were the same run. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  tell(line: string): void {
    for (let i = 0; i < line.length; i++) this.#hash = Math.imul(this.#hash ^ line.charCodeAt(i), 0x01000193);
    this.#lines?.push(`${this.#now.toFixed(2).padStart(12)} ms  ${line}`);
  }

  /** Events at the same time happen in random order. */
  after(ms: number, action: () => void): () => void {
    return this.#plan(this.#now + ms, this.random.next(), action);
  }

  /** Events at the same time happen in the order in which they were planned. */
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

  /** Set by the network: gives the sockets the bytes that wait in the kernel. */
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

  /** Runs events until none is left, or until this time. */
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
 * Runs the reactions of settled promises at once. Call it only outside of promise callbacks, hence in a macrotask of
 * its own. Node does not document this function, but every line of Node has it, and every other way costs more than a
 * microsecond.
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
