import { quote } from "../bytes/text.ts";
import type { Role } from "../http1/state.ts";
import { formatAddress } from "../tcp/address.ts";
import { outline } from "./outline.ts";
import type { BytesRecord, ConnectionRecord, TraceRecord, TransitionRecord } from "./record.ts";
import type { Span } from "./streams.ts";

/*
 * The ladder of one conversation: the client's lane, the server's lane, and time runs down. It is made of nanoseconds
 * and bytes, and knows nothing of a screen. `ladder-layout.ts` gives it rows; the page and `formats/svg.ts` draw it.
 *
 *     client                    server
 *     write [0, 91) ━━━band━━━▶ read [0, 60)        one write that was read in two pieces
 *                   ━━━band━━━▶ read [60, 91)
 *                               ▓ the handler
 *     read  [0, 149) ◀━━band━━━ write [0, 149)
 */

/** What stands on a lane at a moment: bytes that were written or read, or a mark. */
export type LadderEvent = Transfer | Mark;

interface OnLane {
  /** Whose lane. */
  readonly lane: Role;
  /** Nanoseconds from the beginning of the recording. */
  readonly t: number;
}

/** Bytes that one end handed to the kernel, or took from it. */
export interface Transfer extends OnLane {
  /** Tells the events apart. */
  readonly kind: "write" | "read";
  /** The end that sent these bytes. Offsets count from 0 in the stream of this end, and both ends count alike. */
  readonly flow: Role;
  /** The first byte. */
  readonly start: number;
  /** The byte behind the last one. */
  readonly end: number;
  /** The bytes. */
  readonly bytes: Uint8Array;
}

/** What a mark stands for. */
export type MarkKind =
  | "resolve"
  | "connect"
  | "connected"
  | "accept"
  | "tls"
  | "FIN"
  | "FIN received"
  | "RST"
  | "RST received"
  | "refused"
  | "pause"
  | "resume"
  | "drain"
  | "error"
  | "dropped"
  | "fault"
  | "closed";

/** Something that happened to the connection besides its bytes. */
export interface Mark extends OnLane {
  /** Tells the events apart. */
  readonly kind: "mark";
  /** What happened. */
  readonly mark: MarkKind;
  /** More about it, for people; not escaped. */
  readonly text: string;
}

/** The bytes `[start, end)` of a flow, from the write that sent them to the read they came out of. */
export interface Band {
  /** The end that sent the bytes. */
  readonly flow: Role;
  /** The first byte. */
  readonly start: number;
  /** The byte behind the last one. */
  readonly end: number;
  /** The write. */
  readonly from: Transfer;
  /** The read. */
  readonly to: Transfer;
}

/** A sign that crossed from one lane to the other: FIN, RST, or the handshake of the connection. */
export interface Crossing {
  /** The mark on the lane of the sender. */
  readonly from: Mark;
  /** The mark on the other lane. */
  readonly to: Mark;
}

/** A time on a lane that has a meaning of its own. */
export interface Stretch {
  /** Whose lane. */
  readonly lane: Role;
  /** `sends`, `receives`: the direction is open. `state`: the side's state of HTTP. `handler`: the answer is made. */
  readonly kind: "sends" | "receives" | "state" | "handler";
  /** When the stretch began, in nanoseconds. */
  readonly from: number;
  /** When it ended; `undefined`: it lasts. */
  readonly to: number | undefined;
  /** The name of the state; empty for the other kinds. */
  readonly text: string;
}

/** A stretch that may still get its end. */
type OpenStretch = { -readonly [Key in keyof Stretch]: Stretch[Key] };

/** Two kinds of mark that belong together: what one end does, and how the other end learns of it. */
const CROSSES: readonly (readonly [sent: MarkKind, arrived: MarkKind])[] = [
  ["connect", "accept"],
  ["FIN", "FIN received"],
  ["RST", "RST received"],
];

/** Builds the ladder of one conversation, record by record. Records of both ends may come in any order of time. */
export class Ladder {
  /** In the order of time. */
  readonly events: LadderEvent[] = [];
  /** In the order in which their reads became known. */
  readonly bands: Band[] = [];
  /** FIN, RST and connect, where both ends told of them. */
  readonly crossings: Crossing[] = [];
  /** The bands of each write and of each read, and the crossing of each mark: whoever draws a part asks here. */
  readonly #joins = new Map<LadderEvent, (Band | Crossing)[]>();
  /** Half-close, states and the handler's time. */
  readonly stretches: Stretch[] = [];
  /** The ends of which there are records. */
  readonly recorded = new Set<Role>();
  /** Events from this index on are new or moved since the last call of `takeChanged`. */
  #changedFrom = 0;
  readonly #flows = { client: new Flow(), server: new Flow() };
  readonly #spans = new Map<string, Span[]>();
  readonly #marks = new Map<string, Mark[]>();
  readonly #open = new Map<string, OpenStretch>();

  /** Takes the next record of either end. */
  add(record: TraceRecord): void {
    this.recorded.add(record.role);
    switch (record.type) {
      case "bytes":
        this.#addBytes(record);
        break;
      case "span":
        this.#spansOf(record.role, flowOf(record)).push(record);
        break;
      case "transition":
        this.#addTransition(record);
        break;
      case "connection":
        this.#addEvent(record);
        break;
      default:
        record satisfies never;
    }
  }

  /** The index of the first event that is new, or has moved, since the last call. */
  takeChanged(): number {
    const changed = this.#changedFrom;
    this.#changedFrom = this.events.length;
    return changed;
  }

  /** The bands or the crossing that begin or end at an event. */
  joinsOf(event: LadderEvent): readonly (Band | Crossing)[] {
    return this.#joins.get(event) ?? [];
  }

  /** What a transfer carries, in a line: `GET /hello HTTP/1.1⏎ Host: …`; without a grammar the bytes. Escaped. */
  outlineOf({ lane, flow, start, end, bytes }: Transfer, maxNames = 1): string {
    const spans = this.spansWithin(lane, flow, start, end);
    return spans.length === 0 ? quote(bytes, MAX_QUOTED_OCTETS) : outline(spans, bytes, start, maxNames);
  }

  /** The grammar rules that the bytes `[start, end)` of a flow follow, as this lane read them. Cut at neither end. */
  spansWithin(lane: Role, flow: Role, start: number, end: number): readonly Span[] {
    const spans = this.#spansOf(lane, flow);
    const first = firstIndex(spans, (span) => span.end > start);
    const last = firstIndex(spans, (span) => span.start >= end);
    return spans.slice(first, last);
  }

  #spansOf(lane: Role, flow: Role): Span[] {
    const key = `${lane} ${flow}`;
    const spans = this.#spans.get(key) ?? [];
    if (spans.length === 0) this.#spans.set(key, spans);
    return spans;
  }

  #addBytes(record: BytesRecord): void {
    const { role: lane, t, bytes, offset: start } = record;
    if (bytes.length === 0) return;
    const flow = flowOf(record);
    const kind = record.direction === "in" ? "read" : "write";
    const transfer: Transfer = { kind, lane, t, flow, start, end: start + bytes.length, bytes };
    this.#insert(transfer);
    for (const band of this.#flows[flow].add(transfer)) {
      this.bands.push(band);
      this.#join(band);
    }
    if (kind === "write") this.#close(`${lane} handler`, t);
  }

  /** A server's handler works from the end of the request until the first byte of the answer. */
  #addTransition({ role: lane, side, to, cause, t }: TransitionRecord): void {
    if (side === lane) {
      this.#close(`${lane} state`, t);
      this.#begin({ lane, kind: "state", from: t, to: undefined, text: to });
    } else if (lane === "server" && cause === "end") {
      this.#begin({ lane, kind: "handler", from: t, to: undefined, text: "" });
    }
  }

  #addEvent({ role: lane, event, t }: ConnectionRecord): void {
    const mark = markOf(event);
    if (mark === undefined) return;
    const placed: Mark = { kind: "mark", lane, t, mark: mark[0], text: mark[1] };
    this.#insert(placed);
    this.#pair(placed);
    switch (event.kind) {
      case "connected":
      case "accepted":
        this.#begin({ lane, kind: "sends", from: t, to: undefined, text: "" });
        this.#begin({ lane, kind: "receives", from: t, to: undefined, text: "" });
        break;
      case "end":
        this.#close(`${lane} sends`, t);
        break;
      case "peer-end":
        this.#close(`${lane} receives`, t);
        break;
      case "abort":
      case "peer-abort":
      case "closed":
        for (const key of this.#open.keys()) if (key.startsWith(lane)) this.#close(key, t);
    }
  }

  #join(join: Band | Crossing): void {
    for (const event of [join.from, join.to]) {
      const joins = this.#joins.get(event);
      if (joins === undefined) this.#joins.set(event, [join]);
      else joins.push(join);
    }
  }

  #begin(stretch: Stretch): void {
    const key = `${stretch.lane} ${stretch.kind}`;
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

  /** The ends may have clocks of their own order: a mark may become known before the one that caused it. */
  #pair(mark: Mark): void {
    for (const [sent, arrived] of CROSSES) {
      if (mark.mark !== sent && mark.mark !== arrived) continue;
      const other = mark.mark === sent ? arrived : sent;
      const waiting = this.#marks.get(`${otherLane(mark.lane)} ${other}`)?.shift();
      if (waiting === undefined) {
        const key = `${mark.lane} ${mark.mark}`;
        this.#marks.set(key, [...(this.#marks.get(key) ?? []), mark]);
      } else {
        const [from, to] = mark.mark === sent ? [mark, waiting] : [waiting, mark];
        const crossing = { from, to };
        this.crossings.push(crossing);
        this.#join(crossing);
      }
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

/** As many as fit in a box. */
const MAX_QUOTED_OCTETS = 40;

/** Joins the writes of one flow with its reads, by their offsets. */
class Flow {
  readonly #writes: Transfer[] = [];
  readonly #reads: Transfer[] = [];

  add(transfer: Transfer): Band[] {
    (transfer.kind === "write" ? this.#writes : this.#reads).push(transfer);
    const bands: Band[] = [];
    for (;;) {
      const [from, to] = [this.#writes[0], this.#reads[0]];
      if (from === undefined || to === undefined) return bands;
      const [start, end] = [Math.max(from.start, to.start), Math.min(from.end, to.end)];
      if (start < end) bands.push({ flow: from.flow, start, end, from, to });
      if (from.end <= to.end) this.#writes.shift();
      if (to.end <= from.end) this.#reads.shift();
    }
  }
}

const otherLane = (lane: Role): Role => (lane === "client" ? "server" : "client");

/** The end that sent the bytes of a record. */
const flowOf = ({ role, direction }: { role: Role; direction: "in" | "out" }): Role =>
  direction === "out" ? role : otherLane(role);

function markOf(event: ConnectionRecord["event"]): readonly [MarkKind, string] | undefined {
  switch (event.kind) {
    case "resolve":
      return ["resolve", `${event.host} → ${event.addresses.join(", ")}`];
    case "attempt":
      return ["connect", formatAddress(event.remote)];
    case "attempt-failed":
      return ["refused", `${formatAddress(event.remote)}: ${event.error}`];
    case "connected":
      return ["connected", `from ${formatAddress(event.local)}`];
    case "accepted":
      return ["accept", `from ${formatAddress(event.proxy === undefined ? event.remote : event.proxy)}`];
    case "tls":
      return ["tls", `${event.protocol}, ${event.cipher}${event.alpn ? `, ALPN ${event.alpn}` : ""}`];
    case "end":
      return ["FIN", "sends no more"];
    case "peer-end":
      return ["FIN received", "the peer sends no more"];
    case "abort":
      return ["RST", "gives up both directions"];
    case "peer-abort":
      return ["RST received", "the peer broke off"];
    case "pause":
    case "resume":
    case "drain":
      return [event.kind, ""];
    case "error":
      return ["error", `${event.message} [${event.code}]`];
    case "dropped":
      return ["dropped", `${event.events} events are missing, ${event.bytesIn + event.bytesOut} bytes`];
    case "closed":
      return ["closed", event.how];
    case "relayed":
      return undefined;
    case "fault":
      return ["fault", `${event.fault}: ${event.text}`];
    default:
      return event satisfies never;
  }
}

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
