import type { End } from "./conversations.ts";
import { EndNames, nameOf } from "./ends.ts";
import type { BytesRecord, ConnectionRecord, SpanRecord, TraceRecord } from "./record.ts";
import { redactText } from "./redactor.ts";
import { StartLines } from "./start-lines.ts";

/** A part of the time of one exchange: nanoseconds from the beginning of the recording. */
export interface WaterfallPhase {
  /** What the time was spent on. The first three belong to the first exchange of a connection. */
  readonly name: "resolve" | "connect" | "tls" | "send" | "wait" | "receive";
  /** When the phase began. */
  readonly start: number;
  /** When the phase was over. */
  readonly end: number;
}

/** One exchange of a client, and how its time was spent. */
export interface WaterfallRow {
  /** The end of the connection that asked, as the timeline names it: the client, or a proxy where no client was recorded. */
  readonly end: string;
  /** The method; secrets are masked here and in the target. */
  readonly method: string;
  /** The request-target. */
  readonly target: string;
  /** The status of the final response; `undefined`: no response came. */
  readonly status: number | undefined;
  /** In order. A phase that is not known is absent. */
  readonly phases: readonly WaterfallPhase[];
}

interface Exchange {
  readonly end: string;
  readonly method: string;
  target: string;
  status: number | undefined;
  /** Phases before the request was sent. */
  readonly before: readonly WaterfallPhase[];
  readonly sendStart: number;
  sendEnd: number;
  firstByte: number | undefined;
  lastByte: number | undefined;
}

interface Connection {
  readonly in: StartLines;
  readonly out: StartLines;
  phases: WaterfallPhase[];
  attemptedAt: number | undefined;
  /** When the connection could be used. */
  readyAt: number | undefined;
  /** Those without a final response, oldest first. */
  readonly unanswered: Exchange[];
  asking: Exchange | undefined;
  answered: Exchange | undefined;
}

const DEFAULT_MAX_ROWS = 200;

/** Collects the exchanges of all clients in a recording, over redirects and connections. */
export class Waterfall {
  readonly #maxRows: number;
  readonly #exchanges: Exchange[] = [];
  readonly #connections = new Map<number, Connection>();
  readonly #names = new EndNames();
  #dropped = 0;

  /** @param maxRows how many exchanges are kept, 200 by default; later ones are counted in `dropped`. */
  constructor(maxRows = DEFAULT_MAX_ROWS) {
    this.#maxRows = maxRows;
  }

  /** Takes the next record. Records of servers are passed over, and those of a proxy whose client is recorded. */
  add(record: TraceRecord): void {
    const end = this.#names.add(record);
    // A proxy asks again what its client has asked.
    if (record.role !== "client" || end.hop.before?.hop.client !== undefined) return;
    const connection = this.#connection(record.connection);
    switch (record.type) {
      case "bytes":
        this.#takeBytes(record, connection, end);
        break;
      case "span":
        this.#takeSpan(record, connection);
        break;
      case "connection":
        takeEvent(record, connection);
        if (record.event.kind === "closed") this.#connections.delete(record.connection);
        break;
      case "transition":
        break;
      default:
        record satisfies never;
    }
  }

  /** The exchanges so far, in the order of their requests. */
  get rows(): readonly WaterfallRow[] {
    return this.#exchanges.map(rowOf);
  }

  /** Exchanges that are not among `rows`, since there were too many. */
  get dropped(): number {
    return this.#dropped;
  }

  #connection(number: number): Connection {
    let connection = this.#connections.get(number);
    if (connection === undefined) {
      connection = {
        in: new StartLines(),
        out: new StartLines(),
        phases: [],
        attemptedAt: undefined,
        readyAt: undefined,
        unanswered: [],
        asking: undefined,
        answered: undefined,
      };
      this.#connections.set(number, connection);
    }
    return connection;
  }

  #takeBytes(record: BytesRecord, connection: Connection, end: End): void {
    const { t, direction } = record;
    connection[direction].addBytes(record);
    if (direction === "in") return;
    for (const { rule, text } of connection.out.take()) {
      if (rule === "method") this.#begin(connection, end, text, t);
      else if (rule === "request-target" && connection.asking !== undefined)
        connection.asking.target = maskedTarget(text);
    }
    if (connection.asking !== undefined) connection.asking.sendEnd = t;
  }

  #begin(connection: Connection, end: End, method: string, t: number): void {
    const sendStart = connection.readyAt ?? t;
    const exchange: Exchange = {
      ...{ end: nameOf(end), method, target: "", status: undefined, before: connection.phases },
      ...{ sendStart, sendEnd: t, firstByte: undefined, lastByte: undefined },
    };
    connection.phases = [];
    connection.readyAt = undefined;
    connection.asking = exchange;
    connection.unanswered.push(exchange);
    if (this.#exchanges.length < this.#maxRows) this.#exchanges.push(exchange);
    else this.#dropped++;
  }

  /** Spans of received bytes come behind the bytes, with the same time. */
  #takeSpan(record: SpanRecord, connection: Connection): void {
    const { t, direction } = record;
    connection[direction].addSpan(record);
    if (direction === "out") return;
    // The next response begins.
    if (record.rule === "HTTP-version") connection.answered = undefined;
    for (const { rule, text } of connection.in.take()) {
      // 1xx is no final response, except that 101 is the last one of HTTP.
      if (rule !== "status-code" || (text.startsWith("1") && text !== "101")) continue;
      connection.answered = connection.unanswered.shift();
      if (connection.answered === undefined) continue;
      connection.answered.status = Number(text);
      connection.answered.firstByte = t;
    }
    if (connection.answered !== undefined) connection.answered.lastByte = t;
  }
}

const maskedTarget = (target: string): string => redactText(`GET ${target} HTTP/1.1`).slice(4, -9);

/** The waterfall of a recording. */
export function waterfallOf(records: readonly TraceRecord[]): readonly WaterfallRow[] {
  const waterfall = new Waterfall(Number.POSITIVE_INFINITY);
  for (const record of records) waterfall.add(record);
  return waterfall.rows;
}

function takeEvent({ event, t }: ConnectionRecord, connection: Connection): void {
  const { phases } = connection;
  switch (event.kind) {
    case "resolve":
      if (event.durationMs !== undefined)
        phases.push({ name: "resolve", start: t - event.durationMs * 1e6, end: t });
      break;
    case "attempt":
      connection.attemptedAt ??= t;
      break;
    case "connected":
      phases.push({ name: "connect", start: connection.attemptedAt ?? t, end: t });
      connection.readyAt = t;
      break;
    case "tls":
      phases.push({ name: "tls", start: connection.readyAt ?? t, end: t });
      connection.readyAt = t;
      break;
  }
}

function rowOf({ end, method, target, status, ...times }: Exchange): WaterfallRow {
  const { before, sendStart, sendEnd, firstByte, lastByte } = times;
  const phases: WaterfallPhase[] = [...before, { name: "send", start: sendStart, end: sendEnd }];
  if (firstByte !== undefined && lastByte !== undefined) {
    // A server may answer before the request is complete.
    phases.push({ name: "wait", start: Math.min(sendEnd, firstByte), end: firstByte });
    phases.push({ name: "receive", start: firstByte, end: lastByte });
  }
  return { end, method, target, status, phases };
}
