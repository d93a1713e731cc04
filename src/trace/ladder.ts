import { quote } from "../bytes/text.ts";
import { otherRole, type Role } from "../http1/state.ts";
import { Conversations, type End } from "./conversations.ts";
import { markOf } from "./ladder-marks.ts";
import type { Band, Crossing, LadderEvent, Lane, Mark, Stretch, Transfer } from "./ladder-parts.ts";
import { type Place, Places } from "./ladder-places.ts";
import { outline } from "./outline.ts";
import type { BytesRecord, ConnectionRecord, TraceRecord, TransitionRecord } from "./record.ts";
import type { Span } from "./streams.ts";

/*
 * The ladder of one conversation: a lane for each end, and time runs down. It is made of nanoseconds and bytes, and knows
 * nothing of a screen. `ladder-layout.ts` gives it rows; the page and `formats/svg.ts` draw it.
 *
 *     client                    server
 *     write [0, 91) ━━━band━━━▶ read [0, 60)        one write that was read in two pieces
 *                   ━━━band━━━▶ read [60, 91)
 *                               ▓ the handler
 *     read  [0, 149) ◀━━band━━━ write [0, 149)
 *
 * A proxy stands between with two lanes, one for each of its ends: what is read at one end is written at the other.
 *
 *     client         proxy·client  proxy·server         server
 *     write ━━hop 0━━▶ read ━━passage━━▶ write ━━hop 1━━▶ read
 */

/** A stretch that may still get its end. */
type OpenStretch = { -readonly [Key in keyof Stretch]: Stretch[Key] };

/** Builds the ladder of one conversation, record by record. Records of its ends may come in any order of time. */
export class Ladder {
  /** In the order of time. */
  readonly events: LadderEvent[] = [];
  /** In the order in which their second transfers became known. */
  readonly bands: Band[] = [];
  /** FIN, RST and connect, where both ends told of them, or a proxy passed them on. */
  readonly crossings: Crossing[] = [];
  /** Half-close, states and the handler's time. */
  readonly stretches: Stretch[] = [];
  /** The bands of each write and of each read, and the crossings of each mark: whoever draws a part asks here. */
  #joins = new Map<LadderEvent, (Band | Crossing)[]>();
  /** Events from this index on are new or moved since the last call of `takeChanged`. */
  #changedFrom = 0;
  readonly #conversations = new Conversations();
  readonly #records: TraceRecord[] = [];
  readonly #ends = new Map<number, End>();
  #places = new Places();
  #spans = new Map<string, Span[]>();
  #open = new Map<string, OpenStretch>();
  #hits = new Map<Transfer, Mark[]>();

  /** The lanes from left to right: at least a client's and a server's, although one may not have been recorded. */
  get lanes(): readonly Lane[] {
    return this.#places.lanes;
  }

  /** Takes the next record of any end. */
  add(record: TraceRecord): void {
    this.#records.push(record);
    const end = this.#conversations.add(record);
    this.#ends.set(record.connection, end);
    if (record.type === "connection" && this.#places.areOld(end)) this.#begin();
    else this.#take(record, end);
  }

  /** The index of the first event that is new, or has moved, since the last call. */
  takeChanged(): number {
    const changed = this.#changedFrom;
    this.#changedFrom = this.events.length;
    return changed;
  }

  /** The bands or the crossings that begin or end at an event. */
  joinsOf(event: LadderEvent): readonly (Band | Crossing)[] {
    return this.#joins.get(event) ?? [];
  }

  /** The faults that hit bytes of a read. */
  hitsOf(transfer: Transfer): readonly Mark[] {
    return this.#hits.get(transfer) ?? [];
  }

  /**
   * The transfers that bytes of a connection pass: on its own lanes, and through the proxies on all others. Of long ways the
   * first part.
   */
  wayOf({
    connection,
    flow,
    start,
    end,
  }: {
    connection: number;
    flow: Role;
    start: number;
    end: number;
  }): Set<Transfer> {
    const way = new Set<Transfer>();
    const todo = this.events.flatMap((event): (readonly [Transfer, number, number])[] =>
      event.kind !== "mark" && event.connection === connection && event.flow === flow
        ? [[event, start, end]]
        : [],
    );
    for (let next = todo.pop(); next !== undefined && way.size < MAX_WAY; next = todo.pop()) {
      const [transfer, first, last] = next;
      if (way.has(transfer) || first >= transfer.end || transfer.start >= last) continue;
      way.add(transfer);
      for (const join of this.joinsOf(transfer)) {
        if (!("flow" in join)) continue;
        const shift = join.toStart - join.start;
        const isBack = join.to === transfer;
        const [from, to] = isBack ? [first - shift, last - shift] : [first, last];
        const [least, most] = [Math.max(from, join.start), Math.min(to, join.end)];
        if (least >= most) continue;
        if (isBack) todo.push([join.from, least, most]);
        else todo.push([join.to, least + shift, most + shift]);
      }
    }
    return way;
  }

  /** What a transfer carries, in a line: `GET /hello HTTP/1.1⏎ Host: …`; without a grammar the bytes. Escaped. */
  outlineOf({ connection, flow, start, end, bytes }: Transfer, maxNames = 1): string {
    const spans = this.#spansWithin(connection, flow, start, end);
    return spans.length === 0 ? quote(bytes, MAX_QUOTED_OCTETS) : outline(spans, bytes, start, maxNames);
  }

  /** The grammar rules that the bytes `[start, end)` of a flow follow, as this end read them. Cut at neither end. */
  #spansWithin(connection: number, flow: Role, start: number, end: number): readonly Span[] {
    const spans = this.#spansOf(connection, flow);
    const first = firstIndex(spans, (span) => span.end > start);
    const last = firstIndex(spans, (span) => span.start >= end);
    return spans.slice(first, last);
  }

  #spansOf(connection: number, flow: Role): Span[] {
    const key = `${connection} ${flow}`;
    const spans = this.#spans.get(key) ?? [];
    if (spans.length === 0) this.#spans.set(key, spans);
    return spans;
  }

  /** Places all records anew. */
  #begin(): void {
    this.events.length = 0;
    this.bands.length = 0;
    this.crossings.length = 0;
    this.stretches.length = 0;
    this.#joins = new Map();
    this.#places = new Places();
    this.#spans = new Map();
    this.#open = new Map();
    this.#hits = new Map();
    this.#changedFrom = 0;
    for (const record of this.#records) this.#take(record, this.#ends.get(record.connection) as End);
  }

  #take(record: TraceRecord, end: End): void {
    const place = this.#places.of(end);
    switch (record.type) {
      case "bytes":
        this.#addBytes(record, place);
        break;
      case "span":
        this.#spansOf(record.connection, flowOf(record)).push(record);
        break;
      case "transition":
        this.#addTransition(record, place);
        break;
      case "connection":
        this.#addEvent(record, place);
        break;
      default:
        record satisfies never;
    }
  }

  #addBytes(record: BytesRecord, place: Place): void {
    const { t, bytes, offset: start, connection } = record;
    if (bytes.length === 0) return;
    const { lane, column, wire, passage } = place;
    const flow = flowOf(record);
    const kind = record.direction === "in" ? "read" : "write";
    const transfer: Transfer = {
      kind,
      lane,
      column,
      connection,
      t,
      flow,
      start,
      end: start + bytes.length,
      bytes,
    };
    this.#insert(transfer);
    for (const band of [...wire.flows[flow].add(transfer), ...(passage?.flows[flow].add(transfer) ?? [])]) {
      this.bands.push(band);
      this.#join(band);
    }
    if (kind === "write") this.#close(`${connection} handler`, t);
  }

  /**
   * A server's handler works from the end of the request until the first byte of the answer. A proxy passes bytes on: it has
   * neither.
   */
  #addTransition(
    { role, side, to, cause, t }: TransitionRecord,
    { lane, column, connection, ofProxy }: Place,
  ): void {
    if (ofProxy) return;
    if (side === role) {
      this.#lasts(connection, { lane, column, kind: "state", from: t, to: undefined, text: to });
    } else if (role === "server" && cause === "end") {
      this.#lasts(connection, { lane, column, kind: "handler", from: t, to: undefined, text: "" });
    }
  }

  #addEvent({ event, t, role }: ConnectionRecord, place: Place): void {
    const mark = markOf(event);
    if (mark === undefined) return;
    const { lane, column, connection } = place;
    const hit = event.kind === "fault" && { flow: otherRole(role), start: event.start, end: event.end };
    const placed: Mark = {
      kind: "mark",
      lane,
      column,
      connection,
      t,
      mark: mark[0],
      text: mark[1],
      event,
      ...(hit && { hit }),
    };
    this.#insert(placed);
    this.#pair(placed, place);
    switch (event.kind) {
      case "connected":
      case "accepted":
        this.#lasts(connection, { lane, column, kind: "sends", from: t, to: undefined, text: "" });
        this.#lasts(connection, { lane, column, kind: "receives", from: t, to: undefined, text: "" });
        break;
      case "end":
        this.#close(`${connection} sends`, t);
        break;
      case "peer-end":
        this.#close(`${connection} receives`, t);
        break;
      case "fault":
        this.#markHits(placed);
        break;
      case "abort":
      case "peer-abort":
      case "closed":
        for (const kind of KINDS_OF_STRETCH) this.#close(`${connection} ${kind}`, t);
    }
  }

  /** A fault is told when its bytes have been read: mostly they are the last ones. */
  #markHits(fault: Mark): void {
    const { hit } = fault;
    const least = Math.max(this.events.length - MAX_LOOKED_AT, 0);
    for (let i = this.events.length - 1; i >= least && hit !== undefined; i--) {
      const event = this.events[i] as LadderEvent;
      if (event.kind !== "read" || event.connection !== fault.connection) continue;
      if (event.end <= hit.start) return;
      if (event.start >= hit.end) continue;
      this.#hits.set(event, [...(this.#hits.get(event) ?? []), fault]);
    }
  }

  #join(join: Band | Crossing): void {
    for (const event of [join.from, join.to]) {
      const joins = this.#joins.get(event);
      if (joins === undefined) this.#joins.set(event, [join]);
      else joins.push(join);
    }
  }

  #lasts(connection: number, stretch: Stretch): void {
    const key = `${connection} ${stretch.kind}`;
    this.#close(key, stretch.from);
    this.#open.set(key, stretch);
    this.stretches.push(stretch);
  }

  #close(key: string, t: number): void {
    const stretch = this.#open.get(key);
    if (stretch === undefined) return;
    stretch.to = t;
    this.#open.delete(key);
  }

  /** What one end did and another learned of: over the connection, and through the proxy. */
  #pair(mark: Mark, { wire, passage }: Place): void {
    for (const crossing of [wire.marks.add(mark), passage?.marks.add(mark)]) {
      if (crossing === undefined) continue;
      this.crossings.push(crossing);
      this.#join(crossing);
    }
  }

  /** Nearly always at the end: only records of another thread come late. */
  #insert(event: LadderEvent): void {
    let at = this.events.length;
    while (at > 0 && (this.events[at - 1] as LadderEvent).t > event.t) at--;
    this.events.splice(at, 0, event);
    this.#changedFrom = Math.min(this.#changedFrom, at);
  }
}

const KINDS_OF_STRETCH: readonly Stretch["kind"][] = ["sends", "receives", "state", "handler"];

/** So far back a fault looks for the bytes that it hit. */
const MAX_LOOKED_AT = 500;

/** Whoever chooses more bytes than that chooses everything. */
const MAX_WAY = 2000;

/** As many as fit in a box. */
const MAX_QUOTED_OCTETS = 40;

/** The side that the bytes of a record come from. */
const flowOf = ({ role, direction }: { role: Role; direction: "in" | "out" }): Role =>
  direction === "out" ? role : otherRole(role);

/** The first index for which `holds` is true: it must hold for all that follow, too. */
function firstIndex<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(items[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
