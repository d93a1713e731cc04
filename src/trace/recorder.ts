import { copyOf } from "../bytes/copy.ts";
import type { Http1Observer } from "../http1/observer.ts";
import type { Role } from "../http1/state.ts";
import type { TcpObserver } from "../tcp/observer.ts";
import { nanoseconds } from "./clock.ts";
import { type BytesRecord, TRACE_VERSION, type TraceRecord } from "./record.ts";

/** What one record takes beside its bytes, roughly. */
const RECORD_BYTES = 100;
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

export interface RecorderOptions {
  /** What is kept; beyond it the oldest records are dropped, and counted. 16 MiB. */
  readonly maxBytes?: number;
  /** A monotonic clock, in nanoseconds. */
  readonly now?: () => number;
  /** Called with each record as it is made. */
  readonly onRecord?: (record: TraceRecord) => void;
}

/** Watches one end of one connection: its socket and its HTTP, both. */
export type ConnectionRecorder = TcpObserver & Required<Http1Observer>;

export interface Recorder {
  /** Give the result to whatever takes an observer. Each call is a connection of its own. */
  observe(role: Role): ConnectionRecorder;
  /** In the order of time. */
  readonly records: readonly TraceRecord[];
  /** Records that had to go to stay within `maxBytes`. */
  readonly dropped: number;
}

/** Records what happens on every connection that it observes, both ends on one clock. */
export function recordTrace(options: RecorderOptions = {}): Recorder {
  return new TraceRecorder(options);
}

class TraceRecorder implements Recorder {
  readonly #maxBytes: number;
  readonly #now: () => number;
  readonly #onRecord: ((record: TraceRecord) => void) | undefined;
  #records: TraceRecord[] = [];
  #first = 0;
  #droppedBefore = 0;
  #bytes = 0;
  #connections = 0;

  constructor({ maxBytes = DEFAULT_MAX_BYTES, now = nanoseconds, onRecord }: RecorderOptions) {
    const beginning = now();
    this.#now = () => now() - beginning;
    this.#maxBytes = maxBytes;
    this.#onRecord = onRecord;
  }

  get records(): readonly TraceRecord[] {
    return this.#records.slice(this.#first);
  }

  get dropped(): number {
    return this.#droppedBefore + this.#first;
  }

  observe(role: Role): ConnectionRecorder {
    const connection = ++this.#connections;
    const received = { in: 0, out: 0 };
    const common = () => ({ v: TRACE_VERSION, t: this.#now(), connection, role }) as const;
    return {
      connection: (event) => {
        if (!("bytes" in event)) {
          this.#add({ ...common(), type: "connection", event });
          return;
        }
        const direction = event.kind === "read" ? "in" : "out";
        const offset = received[direction];
        received[direction] += event.bytes.length;
        // The bytes alias live buffers.
        this.#add({ ...common(), type: "bytes", direction, offset, bytes: copyOf(event.bytes) });
      },
      span: (direction, rule, start, end) => {
        this.#add({ ...common(), type: "span", direction, rule, start, end });
      },
      transition: (side, from, to, cause) => {
        this.#add({ ...common(), type: "transition", side, from, to, cause });
      },
    };
  }

  #add(record: TraceRecord): void {
    this.#records.push(record);
    this.#bytes += sizeOf(record);
    while (this.#bytes > this.#maxBytes && this.#first < this.#records.length - 1) {
      this.#bytes -= sizeOf(this.#records[this.#first++] as TraceRecord);
    }
    // Now and then, so that dropping costs the same for each.
    if (this.#first > 1024 && this.#first * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#first);
      this.#droppedBefore += this.#first;
      this.#first = 0;
    }
    this.#onRecord?.(record);
  }
}

const sizeOf = (record: TraceRecord): number =>
  RECORD_BYTES + (record.type === "bytes" ? (record as BytesRecord).bytes.length : 0);
