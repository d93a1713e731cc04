import {
  type Address,
  type ConversationState,
  formatAddress,
  isProxied,
  laneName,
  laneOf,
  type Place,
  type TraceRecord,
} from "../../browser.ts";
import { type Exchange, ExchangeReader } from "./exchanges.ts";

type Role = TraceRecord["role"];

/** One end of a conversation. */
export interface End {
  readonly connection: number;
  readonly place: Place;
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

/** All ends of one conversation that were recorded: of one connection, or of several behind each other with proxies between. */
export class Conversation {
  /** Counts up from 1. */
  readonly id: number;
  /** Of all ends, in the order in which they became known. */
  readonly records: TraceRecord[] = [];
  /** The names of the faults that a proxy made. */
  readonly faults = new Set<string>();
  begun: number;
  last: number;
  error: string | undefined;
  /** Bytes that the records hold in memory, about. */
  size = 0;
  /** Raised when older records are gone: what was made of them must be made anew. */
  version = 0;
  readonly #ends = new Map<number, End>();

  constructor(id: number, first: TraceRecord) {
    this.id = id;
    this.begun = first.t;
    this.last = first.t;
  }

  add(record: TraceRecord, place: Place): void {
    this.records.push(record);
    this.size += sizeOf(record);
    this.last = Math.max(this.last, record.t);
    const end = this.#end(place);
    end.exchanges.add(record);
    if (record.type === "bytes") {
      if (record.direction === "in") end.bytesIn += record.bytes.length;
      else end.bytesOut += record.bytes.length;
    } else if (record.type === "connection") this.#event(end, record.event);
  }

  /** Forgets the older half of the records, but for those that tell which ends belong together. Returns how many. */
  dropHalf(): number {
    const older = this.records.splice(0, Math.ceil(this.records.length / 2));
    // Never all of them: a memory that is full must get room.
    const kept = older.filter(isAboutEnds).slice(0, Math.min(MAX_KEPT, older.length >> 1));
    for (const record of older) this.size -= sizeOf(record);
    for (const record of kept) this.size += sizeOf(record);
    this.records.unshift(...kept);
    this.version++;
    return older.length - kept.length;
  }

  /** Takes all of another conversation, which turned out to be a part of this one. */
  take(other: Conversation): void {
    for (const record of other.records) this.records.push(record);
    for (const end of other.everyEnd) this.#ends.set(end.connection, end);
    for (const fault of other.faults) this.faults.add(fault);
    this.begun = Math.min(this.begun, other.begun);
    this.last = Math.max(this.last, other.last);
    this.error ??= other.error;
    this.size += other.size;
  }

  /** From the client's to the server's, as the lanes of the ladder. */
  get everyEnd(): readonly End[] {
    return [...this.#ends.values()].sort((a, b) => laneOf(a.place) - laneOf(b.place));
  }

  /** The outer ends: those that are no proxy's. */
  get ends(): { readonly client?: End; readonly server?: End } {
    let [client, server]: (End | undefined)[] = [];
    for (const end of this.#ends.values()) {
      if (end.place.ofProxy) continue;
      if (end.role === "client") client = end;
      else server = end;
    }
    return { ...(client && { client }), ...(server && { server }) };
  }

  /** The end of a connection; or the one whose lane is called so. */
  endOf(which: number | string): End | undefined {
    if (typeof which === "number") return this.#ends.get(which);
    return this.everyEnd.find(({ place }) => laneName(place) === which);
  }

  /** The end whose view is shown in a list: the one nearest to the client. */
  get viewpoint(): End {
    return this.everyEnd[0] as End;
  }

  /** A proxy is between client and server. */
  get proxied(): boolean {
    return isProxied(this.viewpoint.place);
  }

  /** As the end saw them that saw the most of the first connection; else as the nearest one that saw any. */
  get exchanges(): readonly Exchange[] {
    const [nearest = [], second = [], ...others] = this.everyEnd.map((end) => end.exchanges.exchanges);
    const most = nearest.length >= second.length ? nearest : second;
    return most.length > 0 ? most : (others.find((exchanges) => exchanges.length > 0) ?? most);
  }

  get kind(): "http" | "tcp" {
    return this.exchanges.length > 0 ? "http" : "tcp";
  }

  get state(): ConversationState {
    const states = this.everyEnd.map((end) => end.state);
    for (const state of ["reset", "failed"] as const) if (states.includes(state)) return state;
    if (states.every((state) => state === "closed")) return "closed";
    for (const state of ["half-closed", "closed", "open"] as const)
      if (states.includes(state)) return state === "closed" ? "half-closed" : state;
    return "connecting";
  }

  /** Bytes of both directions, once: as the end saw them that saw the most. */
  get bytes(): number {
    return Math.max(...this.everyEnd.map(({ bytesIn, bytesOut }) => bytesIn + bytesOut));
  }

  get durationMs(): number {
    return (this.last - this.begun) / 1e6;
  }

  /** The server's address. */
  get host(): string {
    const all = this.everyEnd;
    const address =
      this.ends.server?.local ?? all.findLast(({ role }) => role === "client")?.remote ?? all[0]?.local;
    return address === undefined ? "" : formatAddress(address);
  }

  #end(place: Place): End {
    const { connection, role } = place;
    const known = this.#ends.get(connection);
    if (known !== undefined) return known;
    const end: End = {
      ...{ connection, role, place, exchanges: new ExchangeReader(role) },
      ...{ bytesIn: 0, bytesOut: 0, ended: false, peerEnded: false, state: "connecting" },
    };
    this.#ends.set(connection, end);
    return end;
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
      case "fault":
        if (this.faults.size < MAX_FAULT_NAMES) this.faults.add(event.fault);
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

/** Which ends belong together. */
const isAboutEnds = (record: TraceRecord): boolean =>
  record.type === "connection" && ["connected", "accepted", "relayed"].includes(record.event.kind);

/** A forward proxy may have opened more connections for one: a memory that is full takes no more. */
const MAX_KEPT = 1000;

/** There are not so many faults: only a file that somebody made names more. */
const MAX_FAULT_NAMES = 100;

/** What an object costs besides its bytes, about. */
const RECORD_BYTES = 160;
const sizeOf = (record: TraceRecord): number =>
  record.type === "bytes" ? RECORD_BYTES + record.bytes.length : RECORD_BYTES;
