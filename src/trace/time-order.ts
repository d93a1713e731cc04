import type { TraceRecord } from "./record.ts";

/** What a record counts for, besides its bytes. */
const RECORD_BYTES = 200;
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

/**
 * Puts records in the order of time, where some of them are told late. A worker tells what its connections did at the
 * end of a turn of its event loop; by then this thread may have recorded the answer that the client read.
 *
 * Records of the same time keep their order. A record that is later than the caller waits comes out at once.
 */
export class TimeOrder {
  readonly #pass: (record: TraceRecord) => void;
  readonly #maxBytes: number;
  #waiting: TraceRecord[] = [];
  #waitingBytes = 0;

  /**
   * @param pass called with each record, in order.
   * @param maxBytes how much may wait until `isFull`, 16 MiB by default.
   */
  constructor(pass: (record: TraceRecord) => void, maxBytes = DEFAULT_MAX_BYTES) {
    this.#pass = pass;
    this.#maxBytes = maxBytes;
  }

  /** Takes the next record. */
  add(record: TraceRecord): void {
    this.#waiting.push(record);
    this.#waitingBytes += sizeOf(record);
  }

  /** Whether more waits than may: call `flush` when this turn of the event loop is over. */
  get isFull(): boolean {
    return this.#waitingBytes > this.#maxBytes;
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Passes on what happened up to this time (`t`), all of it by default. */
  flush(upTo: number = Number.POSITIVE_INFINITY): void {
    const records = this.#waiting.sort((a, b) => a.t - b.t);
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const record of records) {
      if (record.t <= upTo) this.#pass(record);
      else this.add(record);
    }
  }
}

const sizeOf = (record: TraceRecord): number =>
  RECORD_BYTES + (record.type === "bytes" ? record.bytes.length : 0);
