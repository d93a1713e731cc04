import type { Fault } from "./fault.ts";
import type { Place } from "./places.ts";
import type { RandomOf } from "./random.ts";
import { isEvent, isIn, type WhenEvent } from "./when.ts";
import {
  type Beginning,
  type Ending,
  type Outcome,
  type Outlet,
  type Piece,
  partOf,
  type Work,
} from "./work.ts";

/** How much a fault may hold before the sender has to wait; `latency` may hold more. */
const DEFAULT_MAX_HELD_BYTES = 64 * 1024;
/** What a piece costs besides its bytes, so that single bytes count as what they take. */
const PIECE_COST = 128;

/** What a stage needs to know of its connection. */
export interface StageContext {
  /** Begins the work anew, each time when the fault is switched on. */
  readonly newWork: () => Work;
  /** The HTTP event that the work begins at; absent: the work begins at an offset. */
  readonly event: WhenEvent | undefined;
  /** Where the work of the fault that this one replaces began. */
  readonly beganAt: number | undefined;
  readonly maxHeldBytes: number | undefined;
  /** The work is given no longer pieces. */
  readonly maxPieceBytes: number | undefined;
  readonly random: RandomOf;
  /** Counts one more exchange of the proxy that the fault may act on; from 1. */
  readonly countExchange: () => number;
  readonly hit: Outlet["hit"];
  readonly response: Outlet["response"];
}

/** An offset where something is to be done. */
interface Mark {
  readonly offset: number;
  readonly place: Place;
  /** The work begins here; otherwise the place itself is here. */
  readonly begins: boolean;
}

interface Step {
  readonly what: Outcome;
  /** Milliseconds; `Infinity`: not before the fault is off. */
  readonly at: number;
  /** An ending of this fault's own making. */
  readonly own: boolean;
}

/**
 * One fault in one direction of one connection: the work, and a queue of what has to wait.
 *
 *     arrive ──> cut at marks ──> work ──> queue, in order of arrival ──> take
 *                     └── switched off, or not begun yet ──^
 */
export class Stage implements Outlet {
  readonly fault: Fault;
  /** The time of the call that runs now. */
  now = 0;
  readonly hit: Outlet["hit"];
  readonly response: Outlet["response"];

  readonly #context: StageContext;
  /** How far the bytes that arrived reach, as an offset in what the proxy received. */
  #position: number;
  #work: Work | undefined;
  #begun = false;
  #beganAt: number | undefined;
  /** HTTP events that lie ahead, in order. */
  #marks: Mark[] = [];
  /** The exchange that the place reached last belongs to, and whether the fault acts on it. */
  #exchange = 0;
  #isChosen = false;

  /** What arrived and has not been given to the work, which may hold no more. */
  #inbox: Outcome[] = [];
  #queue: Step[] = [];
  #heldBytes = 0;
  /** An ending is in the queue or was taken: nothing goes on behind it. */
  #ended = false;
  /** The work is asked about an ending from elsewhere: what it passes is no ending of its own. */
  #isEnding = false;

  constructor(fault: Fault, position: number, context: StageContext) {
    this.fault = fault;
    this.hit = context.hit;
    this.response = context.response;
    this.#position = position;
    this.#context = context;
    this.#beganAt = context.beganAt;
  }

  /** Where the work began, unless it waits for an HTTP event. */
  get beganAt(): number | undefined {
    return this.#beganAt;
  }

  get position(): number {
    return this.#position;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0 && this.#inbox.length === 0;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** It holds as much as it may: nothing more should arrive. */
  get full(): boolean {
    return this.#inbox.length > 0 || this.#holdsMuch;
  }

  get #holdsMuch(): boolean {
    const limit = this.#context.maxHeldBytes ?? DEFAULT_MAX_HELD_BYTES;
    return this.#heldBytes + this.#queue.length * PIECE_COST >= limit;
  }

  /** When the next thing goes on. `Infinity`: not until something arrives or the fault is switched. */
  get due(): number {
    return this.#queue[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Takes what goes on now. */
  take(now: number): Outcome | undefined {
    const step = this.#queue[0];
    if (step === undefined || step.at > now) return undefined;
    this.#queue.shift();
    if (step.what.kind === "bytes") this.#heldBytes -= step.what.bytes.length;
    this.now = now;
    this.#takeIn();
    return step.what;
  }

  pass(what: Outcome, at = this.now): number {
    const last = this.#queue.at(-1)?.at ?? this.now;
    const when = Math.max(at, last, this.now);
    if (this.#ended) return when;
    const own = what.kind !== "bytes" && !this.#isEnding;
    this.#queue.push({ what, at: when, own });
    if (what.kind === "bytes") this.#heldBytes += what.bytes.length;
    else this.#ended = true;
    return when;
  }

  hitHere(text: string): void {
    this.hit(text, this.#position, this.#position);
  }

  switchOn(now: number): void {
    if (this.#work !== undefined) return;
    this.now = now;
    this.#work = this.#context.newWork();
    this.#beginAtOffset();
  }

  /**
   * From now on everything passes. What is held goes on at once, in order. An ending that the fault planned for later does
   * not.
   */
  switchOff(now: number): void {
    const work = this.#work;
    if (work === undefined) return;
    this.now = now;
    const hadBegun = this.#begun;
    this.#work = undefined;
    this.#begun = false;
    this.#queue = this.#queue.filter(({ own }) => !own).map((step) => ({ ...step, at: now }));
    this.#ended = this.#queue.some(({ what }) => what.kind !== "bytes");
    this.#takeIn();
    if (hadBegun) work.removed?.(this);
  }

  /** An HTTP event, told before the bytes at its offset arrive. */
  expect(place: Place): void {
    // Each mark cuts the bytes: only those that matter.
    const { event } = this.#context;
    const matters = ["head", "message-end", "tunnel"].includes(place.kind) || place.kind === event?.kind;
    if (matters) this.#mark({ offset: place.offset, place, begins: false });
  }

  /** Takes in what the fault ahead passed on, or what was received. */
  arrive(what: Outcome, now: number): void {
    this.now = now;
    if (what.kind === "bytes") this.#inbox.push(...this.#partsOf(what));
    else this.#inbox.push(what);
    this.#takeIn();
  }

  /** Gives the work what waits for it, as far as the work may hold it. */
  #takeIn(): void {
    while (this.#inbox.length > 0 && !(this.#work !== undefined && this.#holdsMuch)) {
      const what = this.#inbox.shift() as Outcome;
      if (what.kind !== "bytes") this.#arriveEnding(what);
      else if (what.added) this.#give(what);
      else this.#arriveBytes(what);
    }
  }

  #partsOf(piece: Piece): readonly Piece[] {
    const { length } = piece.bytes;
    const most = this.#context.maxPieceBytes ?? length;
    if (length <= most) return [piece];
    return Array.from({ length: Math.ceil(length / most) }, (_, i) =>
      partOf(piece, i * most, Math.min((i + 1) * most, length)),
    );
  }

  #arriveEnding(ending: Ending): void {
    this.#reachMarks();
    this.#isEnding = true;
    if (this.#begun && this.#work?.end) this.#work.end(ending, this);
    else this.pass(ending);
    this.#isEnding = false;
  }

  /** Gives the work the bytes up to the next mark, then what is at the mark, and so on. */
  #arriveBytes({ bytes, start }: Piece): void {
    const end = start + bytes.length;
    this.#reach(Math.max(this.#position, start));
    for (let from = start; from < end; ) {
      const to = Math.min(end, this.#nextStop(from));
      this.#give({ kind: "bytes", bytes: bytes.subarray(from - start, to - start), start: from });
      from = to;
      this.#reach(to);
    }
  }

  #give(piece: Piece): void {
    if (this.#begun && this.#work?.bytes) this.#work.bytes(piece, this);
    else this.pass(piece);
  }

  /** The first offset behind `from` where something is to be done. */
  #nextStop(from: number): number {
    const mark = this.#marks.find(({ offset }) => offset > from)?.offset ?? Number.POSITIVE_INFINITY;
    const after = this.#context.event === undefined ? (this.fault.when.after ?? 0) : 0;
    return after > from ? Math.min(after, mark) : mark;
  }

  #reach(position: number): void {
    this.#position = position;
    this.#reachMarks();
    this.#beginAtOffset();
  }

  #beginAtOffset(): void {
    if (this.#begun || this.#context.event !== undefined) return;
    if (this.#work === undefined || this.#position < (this.fault.when.after ?? 0)) return;
    const offset = this.#beganAt ?? this.#position;
    this.#beganAt = offset;
    this.#begin({ offset });
  }

  #begin(at: Beginning): void {
    if (this.#work === undefined) return;
    this.#begun = true;
    this.#work.begin?.(at, this);
  }

  #mark(mark: Mark): void {
    const later = this.#marks.findIndex(({ offset }) => offset > mark.offset);
    this.#marks.splice(later === -1 ? this.#marks.length : later, 0, mark);
  }

  #reachMarks(): void {
    for (let mark = this.#marks[0]; mark && mark.offset <= this.#position; mark = this.#marks[0]) {
      this.#marks.shift();
      if (mark.begins) this.#begin({ offset: mark.offset, place: mark.place });
      else this.#reachPlace(mark.place);
    }
  }

  #reachPlace(place: Place): void {
    if (place.kind === "head" && place.message !== this.#exchange) {
      this.#exchange = place.message;
      this.#isChosen = this.#work !== undefined && this.#chooses(place.message);
    }
    this.#work?.place?.(place, this);
    if (place.kind === "message-end") this.#endExchange();
    const { event } = this.#context;
    if (!this.#isChosen || event === undefined || !isEvent(event, place)) return;
    const offset = place.offset + (this.fault.when.after ?? middleOf(place));
    this.#mark({ offset, place, begins: true });
  }

  /** A fault that began at an event ends with the message. */
  #endExchange(): void {
    this.#begun = false;
    this.#marks = this.#marks.filter(({ begins }) => !begins);
  }

  /** Whether the fault acts on an exchange. */
  #chooses(message: number): boolean {
    const { exchanges, every = 1 } = this.fault.when;
    if (!isIn(exchanges, message)) return false;
    const count = this.#context.countExchange();
    return count % every === 0 && this.#context.random(message, 1) < this.fault.toxicity;
  }
}

/** A chunk is hit in its middle, all else where it begins. */
function middleOf({ kind, length = 0 }: Place): number {
  return kind === "chunk" ? Math.floor(length / 2) : 0;
}
