import type { TransportErrorCode } from "../../errors.ts";
import { observe, type TcpObserver, tell } from "../../observer.ts";
import type { ObservedBatch, ObservedEvent, ToWorker } from "./messages.ts";

interface Watched {
  readonly observer: TcpObserver;
  bytesIn: number;
  bytesOut: number;
}

const WORKER_LOST: TransportErrorCode = "WORKER_LOST";

/** Tells the observers in this thread what the connections of one worker do. */
export class ObservationReceiver {
  readonly #worker: number;
  readonly #observe: () => TcpObserver | undefined;
  readonly #answer: (message: ToWorker) => void;
  /** The connections that somebody watches, by the worker's numbers. */
  readonly #watched = new Map<number, Watched>();
  #offsetNs = 0;

  constructor(worker: number, observe: () => TcpObserver | undefined, answer: (message: ToWorker) => void) {
    this.#worker = worker;
    this.#observe = observe;
    this.#answer = answer;
  }

  /** The worker read its clock between these two moments of ours. */
  compareClocks(before: number, workers: number, after: number): void {
    this.#offsetNs = clockOffset(before, workers, after);
  }

  receive({ events, bytes, size }: ObservedBatch): void {
    const memory = typeof bytes === "string" ? Buffer.from(bytes, "base64") : bytes;
    let start = 0;
    for (const each of events) {
      const length = "length" in each.event ? each.event.length : 0;
      this.#pass(each, memory.subarray(start, start + length));
      start += length;
    }
    this.#answer({ type: "seen", size });
  }

  /** The worker is gone. Every connection that it had is over. */
  lost(reason: string): void {
    const message = `worker ${this.#worker} is gone: ${reason}`;
    for (const { observer, bytesIn, bytesOut } of this.#watched.values()) {
      observe(observer, { kind: "error", code: WORKER_LOST, message });
      observe(observer, { kind: "closed", how: "error", bytesIn, bytesOut });
    }
    this.#watched.clear();
  }

  #pass({ end, at, event }: ObservedEvent, bytes: Uint8Array): void {
    const ourTime = at + this.#offsetNs;
    if (event.kind === "accepted") {
      const observer = tell(this.#observe, undefined);
      if (observer === undefined) {
        this.#answer({ type: "dismiss", end });
        return;
      }
      this.#watched.set(end, { observer, bytesIn: 0, bytesOut: 0 });
      observe(observer, { ...event, worker: this.#worker }, ourTime);
      return;
    }
    const watched = this.#watched.get(end);
    if (watched === undefined) return;
    if (event.kind === "dropped") {
      watched.bytesIn += event.bytesIn;
      watched.bytesOut += event.bytesOut;
    }
    if (event.kind === "read") watched.bytesIn += bytes.length;
    if (event.kind === "write") watched.bytesOut += bytes.length;
    if (event.kind === "closed") this.#watched.delete(end);
    observe(watched.observer, "length" in event ? { kind: event.kind, bytes } : event, ourTime);
  }
}

/**
 * What to add to a worker's time. The worker answered between our `before` and `after`. If its time lies between them,
 * both read the same clock, as threads do, and processes on Linux, macOS and Windows. Otherwise its answer counts as read
 * at once, so that nothing seems to happen later than we heard of it.
 */
export function clockOffset(before: number, workers: number, after: number): number {
  return before <= workers && workers <= after ? 0 : after - workers;
}
