import { copyOf } from "../../../bytes/copy.ts";
import { nowNs } from "../../clock.ts";
import type { ConnectionEvent, TcpObserver } from "../../observer.ts";
import type { ObservedBatch, ObservedEvent } from "./messages.ts";

/** How many bytes may be on their way to a parent that has not seen them. Beyond it events are dropped, and counted. */
export const MAX_UNSEEN_BYTES = 8 * 1024 * 1024;
/** What an event counts for, besides its bytes. */
const EVENT_BYTES = 128;
const FIRST_MEMORY_BYTES = 64 * 1024;

/** The events that end something. They are told even beyond the limit: a connection has only a few of them. */
const LASTING: ReadonlySet<ConnectionEvent["kind"]> = new Set<ConnectionEvent["kind"]>([
  "tls",
  "peer-end",
  "end",
  "abort",
  "peer-abort",
  "error",
  "closed",
]);

/**
 * Tells the parent what the connections of this worker do: one message at the end of each turn of the event loop.
 *
 * The parent answers how much it has seen. A parent that is busy answers nothing, so what waits for the parent is
 * bounded. Each connection counts what was dropped, and tells the count when there is room again.
 */
export class ObservationSender {
  readonly #send: (batch: ObservedBatch) => void;
  readonly #ends = new Map<number, ObservedEnd>();
  #lastEnd = 0;
  #events: ObservedEvent[] = [];
  /** The bytes of the events, one after the other. */
  #memory = new Uint8Array(FIRST_MEMORY_BYTES);
  #bytes = 0;
  /** Connections that came and went while there was no room. */
  #unobserved = 0;
  /** Sent and not seen yet. */
  #unseenBytes = 0;

  constructor(send: (batch: ObservedBatch) => void) {
    this.#send = send;
  }

  /** Returns an observer for one connection. */
  observe(): TcpObserver {
    const number = ++this.#lastEnd;
    const end = new ObservedEnd(this, number);
    this.#ends.set(number, end);
    return end;
  }

  /** Whether an event with so many bytes may be told now. */
  hasRoom(bytes: number): boolean {
    return this.#unseenBytes + this.#batchBytes + EVENT_BYTES + bytes <= MAX_UNSEEN_BYTES;
  }

  add(end: number, event: ConnectionEvent, at: number): void {
    if (this.#events.length === 0) setImmediate(() => this.flush());
    if ("bytes" in event) {
      this.#keep(event.bytes);
      this.#events.push({ end, at, event: { kind: event.kind, length: event.bytes.length } });
    } else this.#events.push({ end, at, event });
  }

  /** The connection is over. `unobserved`: the parent never heard of the connection. */
  over(end: number, unobserved: boolean): void {
    this.#ends.delete(end);
    if (unobserved) this.#unobserved++;
  }

  flush(): void {
    if (this.#events.length === 0 && this.#unobserved === 0) return;
    const batch: ObservedBatch = {
      events: this.#events,
      bytes: copyOf(this.#memory.subarray(0, this.#bytes)),
      size: this.#batchBytes,
      unobserved: this.#unobserved,
    };
    this.#unseenBytes += batch.size;
    this.#events = [];
    this.#bytes = 0;
    this.#unobserved = 0;
    this.#send(batch);
  }

  /** The parent has seen batches of this size. */
  seen(size: number): void {
    this.#unseenBytes -= size;
    if (this.#unobserved > 0) this.flush();
  }

  /** Nobody watches this connection. */
  dismiss(end: number): void {
    this.#ends.get(end)?.dismiss();
    this.#ends.delete(end);
  }

  get #batchBytes(): number {
    return this.#bytes + this.#events.length * EVENT_BYTES;
  }

  #keep(bytes: Uint8Array): void {
    const needed = this.#bytes + bytes.length;
    if (needed > this.#memory.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#memory.length));
      larger.set(this.#memory.subarray(0, this.#bytes));
      this.#memory = larger;
    }
    this.#memory.set(bytes, this.#bytes);
    this.#bytes = needed;
  }
}

/** One connection of a worker, as its parent is told of it. */
class ObservedEnd implements TcpObserver {
  readonly #sender: ObservationSender;
  readonly #number: number;
  /** How the connection began, until the parent is told. */
  #beginning: { readonly event: ConnectionEvent; readonly at: number } | undefined;
  #told = false;
  #dismissed = false;
  #dropped = { events: 0, bytesIn: 0, bytesOut: 0 };

  constructor(sender: ObservationSender, number: number) {
    this.#sender = sender;
    this.#number = number;
  }

  connection(event: ConnectionEvent): void {
    if (this.#dismissed) return;
    const at = nowNs();
    const bytes = "bytes" in event ? event.bytes.length : 0;
    if (this.#sender.hasRoom(bytes) || (this.#told && LASTING.has(event.kind))) this.#tell(event, at);
    else this.#drop(event, at);
    if (event.kind === "closed") this.#sender.over(this.#number, !this.#told);
  }

  dismiss(): void {
    this.#dismissed = true;
  }

  #tell(event: ConnectionEvent, at: number): void {
    this.#told = true;
    const beginning = this.#beginning;
    this.#beginning = undefined;
    if (beginning !== undefined) this.#sender.add(this.#number, beginning.event, beginning.at);
    if (this.#dropped.events > 0) {
      this.#sender.add(this.#number, { kind: "dropped", ...this.#dropped }, at);
      this.#dropped = { events: 0, bytesIn: 0, bytesOut: 0 };
    }
    this.#sender.add(this.#number, event, at);
  }

  #drop(event: ConnectionEvent, at: number): void {
    if (event.kind === "accepted") {
      this.#beginning = { event, at };
      return;
    }
    this.#dropped.events++;
    if (event.kind === "read") this.#dropped.bytesIn += event.bytes.length;
    if (event.kind === "write") this.#dropped.bytesOut += event.bytes.length;
  }
}
