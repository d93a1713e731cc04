import { copyOf } from "../bytes/copy.ts";
import { type Http1Observer, RULES, type Rule } from "../http1/observer.ts";
import type { Role } from "../http1/state.ts";
import type { TcpObserver } from "../tcp/observer.ts";
import { Block, ENTRY_BYTES } from "./block.ts";
import { nanoseconds } from "./clock.ts";
import { type Entry, withoutHalves, withSpansOfHeads } from "./heads.ts";
import { type Direction, TRACE_VERSION, type TraceRecord, type TransitionRecord } from "./record.ts";

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
const MAX_BLOCK_BYTES = 64 * 1024;
/** Records are dropped a block at a time. */
const LEAST_BLOCKS = 16;

/** How much a recorder keeps, and who is told. */
export interface RecorderOptions {
  /** How many bytes are kept: beyond them the oldest records are dropped, and counted. 16 MiB by default. */
  readonly maxBytes?: number;
  /** A monotonic clock, in nanoseconds; the system's by default. */
  readonly now?: () => number;
  /**
   * Told of each record at once, and of what a worker did as soon as the worker tells it: a `TimeOrder` puts such
   * records in order. Nobody by default: the records are then made when `records` is read.
   */
  readonly onRecord?: (record: TraceRecord) => void;
}

/** Watches one end of one connection: both its socket and its HTTP. */
export type ConnectionRecorder = TcpObserver & Required<Omit<Http1Observer, "head">> & Http1Observer;

/** Records connections. */
export interface Recorder {
  /** Returns an observer for one end of one connection. Call this once for each. */
  observe(role: Role): ConnectionRecorder;
  /**
   * In the order of time. The records are made when you ask for them: while it happens, a recorder only takes notes.
   * After records were dropped, bytes and their spans are here together or not at all.
   */
  readonly records: readonly TraceRecord[];
  /** How many records were dropped to stay within `maxBytes`. The spans of a whole head count as one. */
  readonly dropped: number;
}

/** Records what happens on every connection that it observes, both ends on one clock. */
export function recordTrace(options: RecorderOptions = {}): Recorder {
  return new TraceRecorder(options);
}

type Transition = Pick<TransitionRecord, "side" | "from" | "to" | "cause">;

const KINDS = ["bytes", "span", "head", "transition", "connection"] as const;
const KIND = { bytes: 0, span: 4, head: 8, transition: 12, connection: 16 } as const satisfies Record<
  (typeof KINDS)[number],
  number
>;
const OUT = 2;
const SERVER = 1;
/** The second number of an entry: the connection times this, plus kind, direction and role. */
const CONNECTION = 32;

const RULE_NUMBERS = new Map<Rule, number>(RULES.map((rule, index) => [rule, index]));

class TraceRecorder implements Recorder {
  readonly #now: () => number;
  readonly #beginning: number;
  /** The time of the current synchronous step, once the clock was read in it. */
  #time: number | undefined;
  readonly #forgetTime = (): void => {
    this.#time = undefined;
  };
  readonly #onRecord: ((record: TraceRecord) => void) | undefined;
  readonly #maxBytes: number;
  readonly #blockBytes: number;
  /** In the order of time. */
  readonly #blocks: Block[] = [];
  #block: Block;
  #bytes = 0;
  #dropped = 0;
  #connections = 0;
  /** Something was told later than it happened. */
  #late = false;
  /** Each transition that was seen, once. */
  readonly #transitions: Transition[] = [];

  constructor({ maxBytes = DEFAULT_MAX_BYTES, now = nanoseconds, onRecord }: RecorderOptions) {
    this.#now = now;
    this.#beginning = now();
    this.#onRecord = onRecord;
    this.#maxBytes = maxBytes;
    this.#blockBytes = wholeNumbers(Math.min(MAX_BLOCK_BYTES, maxBytes / LEAST_BLOCKS));
    this.#block = this.#startBlock(0);
  }

  get records(): readonly TraceRecord[] {
    const entries: Entry[] = [];
    for (const block of this.#blocks) {
      for (let i = 0; i < block.length; i++) entries.push(this.#entry(block, i));
    }
    if (this.#late) entries.sort((a, b) => a.t - b.t);
    const records = withSpansOfHeads(entries);
    return this.#dropped === 0 ? records : withoutHalves(records);
  }

  get dropped(): number {
    return this.#dropped;
  }

  observe(role: Role): ConnectionRecorder {
    const number = ++this.#connections;
    const whose = number * CONNECTION + (role === "server" ? SERVER : 0);
    const offsets = { in: 0, out: 0 };
    let lastTransition = 0;
    const recorder: ConnectionRecorder = {
      number,
      connection: (event, at) => {
        this.#readClock(at);
        if (!("bytes" in event)) {
          const { events } = this.#blockWithRoom(0);
          this.#add(whose + KIND.connection, events.push(event) - 1, 0, 0);
          if (event.kind === "dropped") {
            offsets.in += event.bytesIn;
            offsets.out += event.bytesOut;
          }
        } else if (event.kind === "read") {
          this.#addBytes(whose, offsets.in, event.bytes);
          offsets.in += event.bytes.length;
        } else {
          this.#addBytes(whose + OUT, offsets.out, event.bytes);
          offsets.out += event.bytes.length;
        }
      },
      span: (direction, rule, start, end) => {
        this.#blockWithRoom(0);
        this.#add(whose + KIND.span + numberOf(direction), start, end, RULE_NUMBERS.get(rule) as number);
      },
      transition: (side, from, to, cause) => {
        lastTransition = this.#transitionBehind(lastTransition, side, from, to, cause);
        this.#blockWithRoom(0);
        this.#add(whose + KIND.transition, lastTransition, 0, 0);
      },
    };
    if (this.#onRecord !== undefined) return recorder;
    return {
      ...recorder,
      // The bytes are kept, so the spans of a head can be made later. `onRecord` wants them at once.
      head: (direction, start, end) => {
        if (direction === "out") this.#readClock();
        this.#blockWithRoom(0);
        this.#add(whose + KIND.head + numberOf(direction), start, end, 0);
      },
    };
  }

  #addBytes(whose: number, offset: number, bytes: Uint8Array): void {
    const start = this.#blockWithRoom(bytes.length).keep(bytes);
    this.#add(whose + KIND.bytes, offset, start, bytes.length);
  }

  #add(whose: number, a: number, b: number, c: number): void {
    const block = this.#block;
    block.add(this.#time ?? this.#readClock(), whose, a, b, c);
    this.#onRecord?.(this.#entry(block, block.length - 1) as TraceRecord);
  }

  /**
   * Everything in one synchronous step has the same time. A step ends before the next promise is settled.
   *
   * `at`: when it happened, on the system's clock, if it is told later.
   */
  #readClock(at?: number): number {
    if (this.#time === undefined) {
      settled.then(this.#forgetTime);
    }
    if (at === undefined || this.#now !== nanoseconds) this.#time = this.#now() - this.#beginning;
    else {
      this.#time = Math.max(at - this.#beginning, 0);
      this.#late = true;
    }
    return this.#time;
  }

  /** The index of a transition. Exchanges repeat the same transitions in the same order, so search from the last one. */
  #transitionBehind(
    last: number,
    side: Transition["side"],
    from: Transition["from"],
    to: Transition["to"],
    cause: Transition["cause"],
  ): number {
    const known = this.#transitions;
    for (let i = 1; i <= known.length; i++) {
      const index = last + i < known.length ? last + i : last + i - known.length;
      const one = known[index] as Transition;
      if (one.from === from && one.to === to && one.cause === cause && one.side === side) return index;
    }
    return known.push({ side, from, to, cause }) - 1;
  }

  #blockWithRoom(bytes: number): Block {
    if (!this.#block.hasRoom(bytes)) this.#block = this.#startBlock(bytes);
    return this.#block;
  }

  #startBlock(bytes: number): Block {
    const size = Math.max(this.#blockBytes, wholeNumbers(ENTRY_BYTES + bytes));
    let spare: Block | undefined;
    while (this.#blocks.length > 0 && this.#bytes + size > this.#maxBytes) {
      spare = this.#blocks.shift() as Block;
      this.#bytes -= spare.size;
      this.#dropped += spare.length;
    }
    // A full recorder uses the memory of the dropped block again, and allocates no more.
    const block = spare?.size === size ? spare : new Block(size);
    block.clear();
    this.#bytes += size;
    this.#blocks.push(block);
    return block;
  }

  /** Written out, without `...`: on Node 20 a spread costs 10 µs, more than all else that happens for a span. */
  #entry(block: Block, index: number): Entry {
    const whose = block.number(index, 1);
    const v = TRACE_VERSION;
    const t = block.number(index, 0);
    const connection = Math.floor(whose / CONNECTION);
    const role = (whose & SERVER) === 0 ? "client" : "server";
    const direction: Direction = (whose & OUT) === 0 ? "in" : "out";
    const a = block.number(index, 2);
    const b = block.number(index, 3);
    const c = block.number(index, 4);
    const type = KINDS[(whose % CONNECTION) >> 2] as (typeof KINDS)[number];
    switch (type) {
      case "bytes":
        return { v, t, connection, role, type, direction, offset: a, bytes: copyOf(block.bytes(b, c)) };
      case "span":
        return { v, t, connection, role, type, direction, rule: RULES[c] as Rule, start: a, end: b };
      case "head":
        return { v, t, connection, role, type, direction, start: a, end: b };
      case "transition": {
        const { side, from, to, cause } = this.#transitions[a] as Transition;
        return { v, t, connection, role, type, side, from, to, cause };
      }
      case "connection":
        return { v, t, connection, role, type, event: block.events[a] as ConnectionEventKept };
      default:
        return type satisfies never;
    }
  }
}

const settled = Promise.resolve();

type ConnectionEventKept = Block["events"][number];

const numberOf = (direction: Direction): number => (direction === "in" ? 0 : OUT);

/** Entries are numbers of eight bytes. */
const wholeNumbers = (bytes: number): number => Math.ceil(bytes / 8) * 8;
