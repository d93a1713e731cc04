import { type Address, type ConversationState, formatAddress, type TraceRecord } from "../../browser.ts";
import { type Exchange, ExchangeReader } from "./exchanges.ts";

type Role = TraceRecord["role"];

/** One end of a conversation. */
export interface End {
  readonly connection: number;
  readonly role: Role;
  readonly exchanges: ExchangeReader;
  /** Addresses, once they are known. */
  local?: Address;
  remote?: Address;
  /** The worker that serves the connection, in a model with workers. */
  worker?: number;
  bytesIn: number;
  bytesOut: number;
  /** Whether FIN was sent, and whether FIN arrived. */
  ended: boolean;
  peerEnded: boolean;
  state: ConversationState;
}

/** Both ends of one connection, or the end that was recorded. */
export class Conversation {
  /** Counts up from 1. */
  readonly id: number;
  readonly ends: { client?: End; server?: End } = {};
  /** Of both ends, in the order in which they became known. */
  readonly records: TraceRecord[] = [];
  readonly begun: number;
  last: number;
  error: string | undefined;
  /** The number by which the two ends find each other, once an end has told its addresses. */
  number: number | undefined;
  /** Bytes that the records hold in memory, about. */
  size = 0;
  /** Raised when older records are gone: what was made of them must be made anew. */
  version = 0;

  constructor(id: number, first: TraceRecord) {
    this.id = id;
    this.begun = first.t;
    this.last = first.t;
  }

  add(record: TraceRecord): void {
    this.records.push(record);
    this.size += sizeOf(record);
    this.last = Math.max(this.last, record.t);
    const end = this.#end(record);
    end.exchanges.add(record);
    if (record.type === "bytes") {
      if (record.direction === "in") end.bytesIn += record.bytes.length;
      else end.bytesOut += record.bytes.length;
    } else if (record.type === "connection") this.#event(end, record.event);
  }

  /** Forgets the older half of the records. Returns how many. */
  dropHalf(): number {
    const gone = this.records.splice(0, Math.ceil(this.records.length / 2));
    for (const record of gone) this.size -= sizeOf(record);
    this.version++;
    return gone.length;
  }

  /** The end whose view is shown in a list: the client's, where there is one. */
  get viewpoint(): End {
    return (this.ends.client ?? this.ends.server) as End;
  }

  get exchanges(): readonly Exchange[] {
    const [client, server] = [
      this.ends.client?.exchanges.exchanges ?? [],
      this.ends.server?.exchanges.exchanges ?? [],
    ];
    return client.length >= server.length ? client : server;
  }

  get kind(): "http" | "tcp" {
    return this.exchanges.length > 0 ? "http" : "tcp";
  }

  get state(): ConversationState {
    const states = [this.ends.client?.state, this.ends.server?.state];
    for (const state of ["reset", "failed"] as const) if (states.includes(state)) return state;
    const known = states.filter((state) => state !== undefined);
    if (known.every((state) => state === "closed")) return "closed";
    for (const state of ["half-closed", "closed", "open"] as const)
      if (known.includes(state)) return state === "closed" ? "half-closed" : state;
    return "connecting";
  }

  /** Bytes of both directions. */
  get bytes(): number {
    const { client, server } = this.ends;
    const sums = [client, server].map((end) => (end === undefined ? 0 : end.bytesIn + end.bytesOut));
    return Math.max(...sums);
  }

  get durationMs(): number {
    return (this.last - this.begun) / 1e6;
  }

  /** The server's address. */
  get host(): string {
    const { client, server } = this.ends;
    const address = server?.local ?? client?.remote;
    return address === undefined ? "" : formatAddress(address);
  }

  #end({ connection, role }: TraceRecord): End {
    this.ends[role] ??= {
      connection,
      role,
      exchanges: new ExchangeReader(role),
      bytesIn: 0,
      bytesOut: 0,
      ended: false,
      peerEnded: false,
      state: "connecting",
    };
    return this.ends[role];
  }

  #event(end: End, event: Extract<TraceRecord, { type: "connection" }>["event"]): void {
    switch (event.kind) {
      case "attempt":
        end.remote = event.remote;
        break;
      case "connected":
      case "accepted":
        end.local = event.local;
        end.remote = event.remote;
        end.state = "open";
        if (event.kind === "accepted" && event.worker !== undefined) end.worker = event.worker;
        break;
      case "end":
        end.ended = true;
        if (end.state === "open") end.state = "half-closed";
        break;
      case "peer-end":
        end.peerEnded = true;
        if (end.state === "open") end.state = "half-closed";
        break;
      case "abort":
      case "peer-abort":
        end.state = "reset";
        break;
      case "attempt-failed":
        end.state = "failed";
        this.error = event.error;
        break;
      case "error":
        this.error = `${event.message} [${event.code}]`;
        break;
      case "closed":
        if (end.state !== "reset") end.state = "closed";
        break;
    }
  }
}

/** What an object costs besides its bytes, about. */
const RECORD_BYTES = 160;
const sizeOf = (record: TraceRecord): number =>
  record.type === "bytes" ? RECORD_BYTES + record.bytes.length : RECORD_BYTES;
