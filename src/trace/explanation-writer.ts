import type { End as Place } from "./conversations.ts";
import { EndNames, nameOf } from "./ends.ts";
import { moveMeaning } from "./meanings/states.ts";
import { tcpMeaning } from "./meanings/tcp.ts";
import type { BytesRecord, ConnectionRecord, Direction, TraceRecord, TransitionRecord } from "./record.ts";
import { type LayoutOptions, layOut, type Row, rowsOf } from "./rows.ts";
import { StreamExplanation } from "./stream-explanation.ts";

/** How an `ExplanationWriter` shows. */
export interface ExplanationWriterOptions extends LayoutOptions {
  /** Show the values of secret fields (Authorization, Cookie, …). `false` by default. */
  readonly reveal?: boolean;
  /** A row for every span of the grammar, and every byte of a content. By default, a row for each line. */
  readonly everyByte?: boolean;
  /** Milliseconds since 1970: dates say how far from now they are. By default they do not. */
  readonly now?: (() => number) | undefined;
}

interface End {
  readonly place: Place;
  readonly in: StreamExplanation;
  readonly out: StreamExplanation;
  speaksHttp: boolean;
}

type Event = ConnectionRecord["event"];

/** What waits for the end of the turn: bytes, the end of a message, or an event of the connection. */
type Waiting =
  | { readonly kind: "bytes"; readonly end: End; readonly direction: Direction; readonly record: BytesRecord }
  | { readonly kind: "message-end"; readonly end: End; readonly direction: Direction; readonly at: number }
  | { readonly kind: "event"; readonly end: End; readonly event: Event }
  | { readonly kind: "move"; readonly end: End; readonly move: TransitionRecord };

/**
 * Explains while it happens: every byte of both directions once, in a table for what was sent or read in one turn of
 * the event loop. A field line is one row, with the parts of its value below; a content is one row, shown when the
 * content is complete. The writer keeps only what is not explained yet.
 *
 * Call `flush` when a turn of the event loop is over, and `end` after the last record.
 */
export class ExplanationWriter {
  readonly #lines: (lines: readonly string[]) => void;
  readonly #options: ExplanationWriterOptions;
  readonly #names = new EndNames();
  readonly #ends = new Map<number, End>();
  #waiting: Waiting[] = [];

  /** @param lines is called with each table. */
  constructor(lines: (lines: readonly string[]) => void, options: ExplanationWriterOptions = {}) {
    this.#lines = lines;
    this.#options = options;
  }

  /** Takes the next record. */
  add(record: TraceRecord): void {
    const end = this.#end(record, this.#names.add(record));
    switch (record.type) {
      case "bytes":
        this.#waiting.push({ kind: "bytes", end, direction: record.direction, record });
        break;
      case "span":
        end.speaksHttp = true;
        end[record.direction].addSpan(record);
        break;
      case "transition":
        if (record.cause === "end") {
          const direction = record.side === record.role ? "out" : "in";
          // What is sent is told before its bytes are.
          this.#waiting.push({ kind: "message-end", end, direction, at: end[direction].spansEnd });
        }
        if (moveMeaning(record.side, record.to, record.cause) !== undefined)
          this.#waiting.push({ kind: "move", end, move: record });
        break;
      case "connection":
        if (record.event.kind !== "closed") {
          this.#waiting.push({ kind: "event", end, event: record.event });
          break;
        }
        this.#close(record.connection);
        this.#showEvent(end, record.event);
        break;
      default:
        record satisfies never;
    }
  }

  /** Shows what the grammar has read so far. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const [index, each] of waiting.entries()) {
      if (each.kind === "event") {
        this.#showEvent(each.end, each.event);
        continue;
      }
      if (each.kind === "move") {
        this.#showMove(each.end, each.move);
        continue;
      }
      const { end, direction } = each;
      if (each.kind === "message-end") end[direction].endMessage(each.at);
      else end[direction].read(each.record, end.speaksHttp);
      const next = waiting[index + 1];
      // Neighbours of one direction are one table.
      if (next?.end !== end || !("direction" in next) || next.direction !== direction)
        this.#show(end, direction);
    }
  }

  /** Shows all that was not shown yet. */
  end(): void {
    this.flush();
    for (const connection of [...this.#ends.keys()]) this.#close(connection);
  }

  #end({ connection, role }: TraceRecord, place: Place): End {
    let end = this.#ends.get(connection);
    if (end === undefined) {
      const [incoming, outgoing] =
        role === "client" ? (["response", "request"] as const) : (["request", "response"] as const);
      const stream = (kind: "request" | "response") => new StreamExplanation(kind, this.#options);
      end = { place, in: stream(incoming), out: stream(outgoing), speaksHttp: false };
      this.#ends.set(connection, end);
    }
    return end;
  }

  #close(connection: number): void {
    this.flush();
    const end = this.#ends.get(connection);
    this.#ends.delete(connection);
    if (end === undefined) return;
    for (const direction of ["out", "in"] as const) {
      end[direction].close(end.speaksHttp);
      this.#show(end, direction);
    }
  }

  #show(end: End, direction: Direction): void {
    const nodes = end[direction].take();
    const [first, last] = [nodes[0], nodes.at(-1)];
    const verb = direction === "in" ? "read" : "written";
    if (first !== undefined && last !== undefined) {
      const title = `${verb} by ${titleOf(end)}, bytes ${first.start}–${last.end - 1}`;
      this.#lines(layOut(title, rowsOf(nodes, this.#options.unfold), this.#options));
    }
    const ambiguities = end[direction].takeAmbiguities();
    if (ambiguities.length === 0) return;
    const title = `other programs may read this in another way than ${titleOf(end)}`;
    this.#lines(layOut(title, rowsOf(ambiguities, this.#options.unfold), this.#options));
  }

  #showMove(end: End, { side, to, cause, role }: TransitionRecord): void {
    const told = moveMeaning(side, to, cause);
    if (told === undefined) return;
    const row = { range: "", shown: "", label: to, text: `${told[0]} [${told[1]}]`, wrong: to === "error" };
    this.#lines(layOut(titleOf(end), [row], this.#options));
    if (to === "error") this.#showFault(end, side === role ? "out" : "in");
  }

  /** Shows which rule was broken, and how a generous program would read on. */
  #showFault(end: End, direction: Direction): void {
    this.#show(end, direction);
    const lines = end[direction].takeFaults();
    const [first, last] = [lines[0], lines.at(-1)];
    if (first === undefined || last === undefined) return;
    const what =
      direction === "in" ? `${titleOf(end)} cannot read this` : `${titleOf(end)} wrote what breaks a rule`;
    const title = `${what}, bytes ${first.start}–${Math.max(last.end - 1, first.start)}`;
    this.#lines(layOut(title, rowsOf(lines, this.#options.unfold), this.#options));
  }

  #showEvent(end: End, event: Event): void {
    const told = TOLD.has(event.kind) ? tcpMeaning(event) : undefined;
    if (told === undefined) return;
    const { meaning, section, side, check } = told;
    const by = event.kind === "error" || event.kind === "attempt-failed" ? ` (${side})` : "";
    const source = section === "" ? "" : ` [${section}]`;
    const row = { range: "", shown: "", wrong: check !== "" };
    const rows: Row[] = [{ ...row, label: event.kind, text: `${meaning}${by}${source}` }];
    if (check !== "") rows.push({ ...row, label: "to check", text: check });
    this.#lines(layOut(titleOf(end), rows, this.#options));
  }
}

/** What is explained of the connection itself. The timeline shows the rest. */
const TOLD: ReadonlySet<Event["kind"]> = new Set<Event["kind"]>([
  "attempt-failed",
  "connected",
  "accepted",
  "tls",
  "end",
  "peer-end",
  "abort",
  "peer-abort",
  "error",
  "relayed",
  "fault",
  "closed",
]);

function titleOf({ place }: End): string {
  const name = nameOf(place);
  return name.includes("#") ? name : `the ${name}`;
}
