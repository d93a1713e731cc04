import { otherRole, type Role } from "../http1/state.ts";
import type { End as Place } from "./conversations.ts";
import { EndNames, nameOf } from "./ends.ts";
import { type Ending, eventText, noteEnding } from "./event-text.ts";
import { columnsOf, fitted, toAscii } from "./line-layout.ts";
import { stateMeaning } from "./meanings/states.ts";
import { completion, describe, type OpenStream, openStream, rawText } from "./open-stream.ts";
import type { BytesRecord, ConnectionRecord, TraceRecord, TransitionRecord } from "./record.ts";
import { changesText, isWorthAWord, senderOf, sidesShown } from "./state-changes.ts";

/** How a timeline is shown. */
export interface TimelineOptions {
  /** Show the values of secret fields (Authorization, Cookie, …). `false` by default. */
  readonly reveal?: boolean;
  /** Use the colours of a terminal. `false` by default. */
  readonly colour?: boolean;
  /**
   * The columns of the terminal, 40 at least. A longer line is cut in the middle of its text; below 80 columns the parts
   * ahead of the text stand closer. By default no line is cut.
   */
  readonly width?: number | undefined;
  /** Use ASCII only, for a terminal without UTF-8. `false` by default. */
  readonly ascii?: boolean;
}

interface End extends Ending {
  readonly place: Place;
  readonly in: OpenStream;
  readonly out: OpenStream;
  speaksHttp: boolean;
  /** Changes by a message of this end, whose bytes are not written yet. */
  sent: TransitionRecord[];
  /** Bytes that were read, and wait for their spans. */
  pending: { readonly record: BytesRecord; readonly transitions: TransitionRecord[] } | undefined;
}

/** An accepted connection may turn out to be a proxy's: what follows within this time waits for its name. */
const HELD_NS = 1e9;
/** So many records wait at most. */
const MAX_HELD = 1000;
const LEAST_WIDTH = 40;
/** On a terminal with fewer columns the parts of a line stand closer. */
const NARROW_WIDTH = 80;

/**
 * A line for each thing that happens, both ends in the order of time:
 *
 *     0.34 ms  client  write   78 B  GET /hello HTTP/1.1⏎ Host: … ⏎ ⏎  client: idle → done
 *     0.41 ms  server  read    78 B  GET /hello HTTP/1.1⏎ … request complete (empty line, byte 76)
 *
 * A line ends with the states of HTTP that its bytes change. Each side tells its own states; one end alone tells both.
 * Bytes that were read are shown with what the grammar says of them, and an accepted connection with the name that the
 * next records give it: call `flush` when a turn of the event loop is over.
 */
export class TimelineWriter {
  readonly #line: (line: string) => void;
  readonly #reveal: boolean;
  readonly #colour: boolean;
  readonly #width: number | undefined;
  readonly #ascii: boolean;
  /** Grows with the longest name. */
  #nameWidth = "client#2".length;
  #beginning: number | undefined;
  readonly #ends = new Map<number, End>();
  readonly #names = new EndNames();
  /** Accepted connections of which it is not known yet whether they are a proxy's. */
  readonly #unnamed = new Set<Place>();
  /** From the first of them on: records that are not shown yet. */
  #held: { readonly record: TraceRecord; readonly place: Place }[] = [];
  /** Ends with pending bytes, in their order. */
  readonly #waiting = new Set<End>();
  /** Ends with changes that are not shown yet. */
  readonly #changed = new Set<End>();

  /** @param line called with each line. */
  constructor(line: (line: string) => void, options: TimelineOptions = {}) {
    const { reveal = false, colour = false, width, ascii = false } = options;
    this.#line = line;
    this.#reveal = reveal;
    this.#colour = colour;
    this.#width = width === undefined ? undefined : Math.max(width, LEAST_WIDTH);
    this.#ascii = ascii;
  }

  /** Takes the next record. */
  add(record: TraceRecord): void {
    this.#beginning ??= record.t;
    const place = this.#names.add(record);
    const event = record.type === "connection" ? record.event.kind : undefined;
    if (event === "accepted" && !place.ofProxy) this.#unnamed.add(place);
    else if (event === "closed") this.#unnamed.delete(place);
    else if (event === "relayed" && place.hop.before !== undefined) this.#unnamed.delete(place.hop.before);
    this.#held.push({ record, place });
    const isLate = record.t - (this.#held[0]?.record.t ?? 0) > HELD_NS || this.#held.length >= MAX_HELD;
    if (this.#unnamed.size === 0 || isLate) this.#showHeld();
  }

  #showHeld(): void {
    const held = this.#held;
    this.#held = [];
    this.#unnamed.clear();
    for (const { place } of held) this.makeRoom(nameOf(place));
    for (const { record, place } of held) this.#take(record, place);
  }

  #take(record: TraceRecord, place: Place): void {
    const end = this.#end(record, place);
    switch (record.type) {
      case "span":
        end.speaksHttp = true;
        end[record.direction].spans.push(record);
        if (!this.#reveal) end[record.direction].mask.add(record);
        break;
      case "transition":
        this.#takeTransition(record, end);
        break;
      case "bytes":
        this.#showReads();
        this.#takeBytes(record, end);
        break;
      case "connection":
        this.#showReads();
        this.#showEvent(record, end);
        break;
      default:
        record satisfies never;
    }
  }

  /** Shows what was read so far, and the changes that no bytes followed. */
  flush(): void {
    this.#showHeld();
    this.#showReads();
    for (const end of this.#changed) {
      const [first] = end.sent;
      if (first !== undefined) this.#show(first, end, "state", "", changesText(end.sent, sidesOf(end)));
      end.sent = [];
    }
    this.#changed.clear();
  }

  #showReads(): void {
    for (const end of this.#waiting) this.#showRead(end);
    this.#waiting.clear();
  }

  #end({ connection }: TraceRecord, place: Place): End {
    let end = this.#ends.get(connection);
    if (end === undefined) {
      end = {
        place,
        in: openStream(),
        out: openStream(),
        speaksHttp: false,
        sent: [],
        peerEnded: false,
        firstToEnd: undefined,
        pending: undefined,
      };
      this.#ends.set(connection, end);
    }
    return end;
  }

  #takeBytes(record: BytesRecord, end: End): void {
    if (record.direction === "in") {
      end.pending = { record, transitions: [] };
      this.#waiting.add(end);
      return;
    }
    const changes = changesText(end.sent, sidesOf(end));
    end.sent = [];
    this.#show(record, end, "write", sizeText(record), this.#describe(end, record), changes);
  }

  #takeTransition(record: TransitionRecord, end: End): void {
    if (end.pending !== undefined) end.pending.transitions.push(record);
    else this.#showState(record, end);
    const isOurs = end.pending === undefined || senderOf(record) === record.role;
    if (!isOurs || !isWorthAWord(record) || stateMeaning(record.to) !== undefined) return;
    end.sent.push(record);
    this.#changed.add(end);
  }

  #showRead(end: End): void {
    const { pending } = end;
    if (pending === undefined) return;
    end.pending = undefined;
    const { record, transitions } = pending;
    const said = this.#describe(end, record);
    const complete = transitions.some(({ cause, side, role }) => cause === "end" && side !== role);
    const text = complete ? `${said}  ${completion(record, end.in)}` : said;
    if (complete) end.in.contentBytes = 0;
    const received = transitions.filter(
      (each) => senderOf(each) !== each.role && isWorthAWord(each) && stateMeaning(each.to) === undefined,
    );
    this.#show(record, end, "read", sizeText(record), text, changesText(received, sidesOf(end)));
    for (const transition of transitions) this.#showState(transition, end);
  }

  #showState(record: TransitionRecord, end: End): void {
    const meaning = stateMeaning(record.to);
    if (meaning === undefined) return;
    const [sentence, section] = meaning;
    const verb = record.to === "error" ? "error" : "state";
    this.#show(record, end, verb, "", `the ${record.side} ${sentence} [${section}]`);
  }

  #describe(end: End, record: BytesRecord): string {
    const stream = end[record.direction];
    const bytes = this.#reveal ? record.bytes : stream.mask.apply(record.offset, record.bytes);
    return end.speaksHttp ? describe(stream, record, bytes) : rawText(stream, record, bytes);
  }

  #showEvent(record: ConnectionRecord, end: End): void {
    noteEnding(record, end);
    const { before } = end.place.hop;
    const [verb, text] = eventText(record, end, before && nameOf(before));
    this.#show(record, end, verb, "", text);
    if (record.event.kind === "closed") {
      this.#ends.delete(record.connection);
      this.#changed.delete(end);
    }
  }

  /** Makes the column of the names as wide as this one, before the first line. */
  makeRoom(name: string): void {
    this.#nameWidth = Math.max(this.#nameWidth, columnsOf(name));
  }

  /** `aside`: what is said behind the text, if there is room. */
  #show(record: TraceRecord, { place }: End, verb: string, size: string, text: string, aside = ""): void {
    const time = ((record.t - (this.#beginning ?? 0)) / 1e6).toFixed(2);
    const plain = (shown: string) => (this.#ascii ? toAscii(shown) : shown);
    const name = plain(nameOf(place));
    this.makeRoom(name);
    const who = name.padEnd(this.#nameWidth);
    const isNarrow = this.#width !== undefined && this.#width < NARROW_WIDTH;
    const ahead = isNarrow
      ? `${time.padStart(7)} ${who} ${`${verb} ${size}`.trim().padEnd(12)} `
      : `${time.padStart(8)} ms  ${who} ${verb.padEnd(9)} ${size.padStart(9)}  `;
    const room = this.#width === undefined ? undefined : this.#width - columnsOf(ahead);
    const line = `${ahead}${fitted(plain(text), plain(aside), room, plain("…"))}`.trimEnd();
    this.#line(this.#colour ? coloured(record.role, verb, line) : line);
  }
}

/** The timeline of a recording: its lines. See `TimelineWriter` for a timeline while it happens. */
export function formatTimeline(records: readonly TraceRecord[], options: TimelineOptions = {}): string[] {
  const lines: string[] = [];
  const writer = new TimelineWriter((line) => lines.push(line), options);
  const names = new EndNames();
  const places = new Set(records.map((record) => names.add(record)));
  for (const place of places) writer.makeRoom(nameOf(place));
  for (const record of records) writer.add(record);
  writer.flush();
  return lines;
}

/** A proxy passes bytes on: it has no state of HTTP. */
const sidesOf = ({ place: { role, hop, ofProxy } }: End): readonly Role[] =>
  ofProxy ? [] : sidesShown(role, hop[otherRole(role)] !== undefined);

const sizeText = (record: BytesRecord): string => `${record.bytes.length} B`;

const CYAN = "\u001b[36m";
const YELLOW = "\u001b[33m";
const RED = "\u001b[31m";
const PLAIN = "\u001b[0m";

function coloured(role: Role, verb: string, line: string): string {
  const colour =
    verb === "error" || verb === "reset" || verb === "failed" ? RED : role === "client" ? CYAN : YELLOW;
  return `${colour}${line}${PLAIN}`;
}
