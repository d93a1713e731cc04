import { systemClock } from "../tcp/clock.ts";
import { observe, type TcpObserver } from "../tcp/observer.ts";
import { ExchangeReader, type RecordedExchange } from "../trace/exchanges.ts";
import { GrammarReader } from "../trace/grammar-reader.ts";
import type { TraceRecord } from "../trace/record.ts";
import { recordTrace } from "../trace/recorder.ts";
import { tunnelOf } from "./script.ts";

/** The records are passed on at once. */
const KEPT_BYTES = 64 * 1024;

/** What came back so far on one connection of a replay. */
export class Live {
  /** Watches the connection. */
  readonly observer: TcpObserver;
  /** Exchanges with a request, in their order. */
  readonly exchanges: RecordedExchange[] = [];
  bytesIn = 0;
  /** A 100 (Continue), or any other interim response, came behind the last final response. */
  continues = false;
  /** Why nothing more is read: a response broke a rule of HTTP, or far too much came. */
  broken: string | undefined;
  /** The server has ended its direction: nothing more comes. */
  ended = false;
  /** The connection is closed. */
  over = false;
  readonly #isHttp: boolean;
  readonly #received: Uint8Array[] = [];
  #keptBytes = 0;
  readonly #maxKeptBytes: number;
  readonly #maxBytes: number;
  readonly #maxWaitMs: number;
  /** A wait has taken as long as it may, though bytes came all the time. */
  isLate = false;
  readonly #reader: ExchangeReader;
  #changed: (() => void)[] = [];

  /**
   * @param isHttp the bytes are read as HTTP.
   * @param limits how much is kept of what is no HTTP, how much may come in all, and how long a wait may take in all.
   */
  constructor(
    isHttp: boolean,
    limits: { readonly keptBytes: number; readonly bytes: number; readonly waitMs: number },
    watch: TcpObserver | undefined,
  ) {
    this.#isHttp = isHttp;
    this.#maxKeptBytes = limits.keptBytes;
    this.#maxBytes = limits.bytes;
    this.#maxWaitMs = limits.waitMs;
    this.#reader = new ExchangeReader({ onExchange: (exchange) => this.#exchange(exchange) });
    const take = (record: TraceRecord) => this.#take(record);
    const grammar = new GrammarReader(take);
    const recorder = recordTrace({
      maxBytes: KEPT_BYTES,
      onRecord: isHttp ? (record) => grammar.add(record) : take,
    }).observe("client");
    this.observer = {
      connection(event) {
        observe(watch, event);
        recorder.connection(event);
      },
    };
  }

  peerEnded(): void {
    this.ended = true;
    this.wake();
  }

  /** The connection is over: tells what is not complete. */
  end(): void {
    this.ended = true;
    this.over = true;
    this.#reader.end();
    this.wake();
  }

  /** What came besides HTTP: in a tunnel, or without HTTP. */
  get received(): Uint8Array {
    const all = Buffer.concat(this.#received);
    return all.subarray(Math.min(this.#tunnelFrom, all.length));
  }

  /** How many bytes came besides HTTP. */
  get receivedBytes(): number {
    return Math.max(this.bytesIn - this.#tunnelFrom, 0);
  }

  /** Where bytes begin that are no HTTP. */
  get #tunnelFrom(): number {
    if (!this.#isHttp) return 0;
    return this.exchanges.length === 0 ? Number.POSITIVE_INFINITY : tunnelOf(this.exchanges).receivedFrom;
  }

  /**
   * Resolves when `isHere` is true or nothing more can come; with `false` if nothing happens for `silenceMs`, or if the wait
   * is as long as a wait may be.
   */
  async until(isHere: () => boolean, silenceMs: number): Promise<boolean> {
    const inTime = systemClock.after(this.#maxWaitMs, () => {
      this.isLate = true;
      this.wake();
    });
    try {
      while (!isHere() && !this.ended && this.broken === undefined)
        if (this.isLate || !(await this.#next(silenceMs))) return false;
      return true;
    } finally {
      inTime();
    }
  }

  #next(silenceMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), silenceMs);
      this.#changed.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  #take(record: TraceRecord): void {
    this.#reader.add(record);
    if (record.type === "bytes" && record.direction === "in") {
      this.bytesIn += record.bytes.length;
      if (this.#keptBytes < this.#maxKeptBytes) this.#received.push(record.bytes);
      this.#keptBytes += record.bytes.length;
      if (this.bytesIn > this.#maxBytes) this.broken ??= "the server sends without end";
    }
    if (record.type === "span" && record.direction === "in" && record.rule === "empty-line")
      this.continues = true;
    if (record.type === "transition" && record.cause === "error" && record.side === "server")
      this.broken ??= "the bytes break a rule of HTTP (--explain shows which)";
    this.wake();
  }

  #exchange(exchange: RecordedExchange): void {
    this.continues = false;
    if (exchange.request === undefined) return;
    // The reader lets the contents go: it replaces the lists in its own objects.
    this.exchanges.push({ ...exchange, response: exchange.response && { ...exchange.response } });
  }

  /** Everybody who waits looks again. */
  wake(): void {
    for (const tell of this.#changed.splice(0)) tell();
  }
}
