import type { TraceRecord } from "../../trace.ts";
import { keysOf, type Queues, readQueues } from "./kernel-queues.ts";

/** How often the kernel is asked, in milliseconds; less often where its answer takes long. */
const INTERVAL_MS = 50;
/** So much of the time may pass with asking: a twentieth, or one answer a second. */
const REST = 20;
const LONGEST_MS = 1000;
/** Connections that are asked for: the last ones. */
const MAX_CONNECTIONS = 200;

/** What the page is told: whether the kernel is asked, and what it said last. */
interface GaugesTold {
  readonly on: boolean;
  /** On the clock of the records, in nanoseconds. */
  readonly t: number;
  /** The number of the connection, then the bytes of both queues. */
  readonly queues: readonly (readonly [connection: number, send: number, receive: number])[];
}

/** The queues that the kernel has for the recorded connections of this machine, while a page wants to see them. */
export class Gauges {
  readonly #tell: (told: GaugesTold) => void;
  readonly #open = new Map<number, readonly string[]>();
  /** The beginning of the records on our clock: no record is told before it happened. */
  #beginning = Number.POSITIVE_INFINITY;
  #on = false;
  #watched = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (told: GaugesTold) => void) {
    this.#tell = tell;
  }

  add(record: TraceRecord): void {
    this.#beginning = Math.min(this.#beginning, now() - record.t);
    if (record.type !== "connection") return;
    const { event, connection } = record;
    if (event.kind === "connected" || event.kind === "accepted") {
      this.#open.set(connection, keysOf(event.local, event.remote));
      const [oldest] = this.#open.keys();
      if (this.#open.size > MAX_CONNECTIONS && oldest !== undefined) this.#open.delete(oldest);
    } else if (event.kind === "closed") this.#open.delete(connection);
  }

  /** A page wants to see them, or no more. */
  switch(on: boolean): void {
    this.#on = on;
    this.#tell({ on, t: this.#time, queues: [] });
    this.#schedule(0);
  }

  /** Nobody is asked for nobody. */
  readers(count: number): void {
    this.#watched = count > 0;
    this.#schedule(0);
  }

  stop(): void {
    this.#on = false;
    clearTimeout(this.#timer);
  }

  get #time(): number {
    return Number.isFinite(this.#beginning) ? now() - this.#beginning : 0;
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#on && this.#watched) this.#timer = setTimeout(() => void this.#ask(), ms).unref();
  }

  async #ask(): Promise<void> {
    const asked = now();
    const t = this.#time;
    const open = [...this.#open];
    const known =
      open.length === 0
        ? new Map<string, Queues>()
        : await readQueues(new Set(open.flatMap(([, keys]) => keys)));
    if (!this.#on) return;
    const queues = open.flatMap(([connection, keys]) => {
      const found = keys.map((key) => known.get(key)).find((each) => each !== undefined);
      return found === undefined ? [] : [[connection, found.send, found.receive] as const];
    });
    if (queues.length > 0) this.#tell({ on: true, t, queues });
    const tookMs = (now() - asked) / 1e6;
    this.#schedule(Math.min(Math.max(INTERVAL_MS, tookMs * REST), LONGEST_MS));
  }
}

function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e9 + nanoseconds;
}
