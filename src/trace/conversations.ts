import { otherRole, type Role } from "../http1/state.ts";
import { type Address, formatAddress } from "../tcp/address.ts";
import type { TraceRecord } from "./record.ts";

/*
 * Who belongs together. A hop is one TCP connection: its two ends have the same pair of addresses. A proxy opens a hop for
 * another one, and says so. A conversation is a hop with all hops that were opened for it. Its lanes, from left to right:
 *
 *     0 client ──── hop 0 ──── 1 proxy·client   2 proxy·server ──── hop 1 ──── 3 server
 *
 * So the number of a lane is twice the depth of its hop, plus one at the server's end. Another proxy has two more lanes.
 */

/** One end of a connection, as far as its records tell. */
export interface End {
  /** The number of the connection in the records. */
  readonly connection: number;
  /** Which end of its hop this is. */
  readonly role: Role;
  /** The hop: another object once the other end is found. */
  hop: Hop;
  /** A proxy has this end: it relays to other connections, or a fault of the proxy hit its bytes. */
  ofProxy: boolean;
  /** The worker that serves the connection, in a model with workers. */
  worker: number | undefined;
}

/** One TCP connection. */
export interface Hop {
  client: End | undefined;
  server: End | undefined;
  /** The end of the proxy that this hop was opened for. */
  before: End | undefined;
  /** The hop that was opened last for this one. */
  behind: Hop | undefined;
  /** Whom the hop leads to. */
  to: Address | undefined;
  /** The number of the conversation, if this is its first hop, and was open. */
  number: number | undefined;
  /** What faults did to the conversation, the last ones, if this is its first hop. */
  readonly hits: FaultHit[];
}

/** A fault of a proxy that hit a conversation. */
export interface FaultHit {
  /** The name of the fault. */
  readonly fault: string;
  /** When, in nanoseconds of the recording. */
  readonly t: number;
}

interface WaitingEnd {
  readonly hop: Hop;
  /** The address of the end that is known. */
  readonly local: string;
}

/** Only so many pairs of addresses wait for their other end. */
const MAX_WAITING = 1000;
/** More proxies in a row are no conversation that anybody has: the rest begins a conversation of its own. */
const MAX_HOPS = 16;
/** Of one conversation. */
const MAX_HITS = 1000;

/** Puts ends together to hops, and hops to conversations, while their records come. Numbers count up from 1. */
export class Conversations {
  /** By connection. A connection that has closed is forgotten. */
  readonly #ends = new Map<number, End>();
  /** By role and pair: hops whose end of this role is missing, the oldest first. */
  readonly #waiting = new Map<string, WaitingEnd[]>();
  #count = 0;

  /** Takes the next record. Returns the end that the record is about. */
  add(record: TraceRecord): End {
    const end = this.#end(record.connection, record.role);
    if (record.type !== "connection") return end;
    const { event } = record;
    switch (event.kind) {
      case "attempt":
        end.hop.to ??= event.remote;
        break;
      case "accepted":
        end.worker = event.worker;
        if (event.relays === true) end.ofProxy = true;
        end.hop.to ??= event.local;
        this.#open(end, event.local, event.remote, event.proxy);
        break;
      case "connected":
        end.hop.to = event.remote;
        this.#open(end, event.local, event.remote);
        break;
      case "relayed":
        this.#relay(end, this.#end(event.connection, "server"));
        break;
      case "fault":
        end.ofProxy = true;
        this.#hit(firstHop(end.hop), { fault: event.fault, t: record.t });
        break;
      case "closed":
        this.#ends.delete(end.connection);
    }
    return end;
  }

  #end(connection: number, role: Role): End {
    const known = this.#ends.get(connection);
    if (known !== undefined) return known;
    const links = { client: undefined, server: undefined, before: undefined, behind: undefined };
    const hop: Hop = { ...links, to: undefined, number: undefined, hits: [] };
    const end: End = { connection, role, hop, ofProxy: false, worker: undefined };
    hop[role] = end;
    this.#ends.set(connection, end);
    return end;
  }

  /** The end has its addresses: its other end may be waiting. */
  #open(end: End, local: Address, remote: Address, proxy?: Address): void {
    const { role, hop } = end;
    const found = proxy === undefined ? this.#found(role, local, remote) : this.#foundBehind(proxy);
    if (found === undefined) {
      const key = proxy === undefined ? pairOf(local, remote) : `from ${formatAddress(proxy)}`;
      this.#wait(`${otherRole(role)} ${key}`, { hop, local: formatAddress(local) }, local.family === "unix");
    } else {
      this.#merge(found, hop);
      found[role] = end;
      end.hop = found;
    }
    firstHop(end.hop).number ??= ++this.#count;
  }

  /** Both ends had a hop of their own until now. */
  #merge(kept: Hop, gone: Hop): void {
    if (kept === gone) return;
    kept.to ??= gone.to;
    kept.behind ??= gone.behind;
    for (const hit of gone.hits) this.#hit(kept, hit);
    this.#oneNumber(firstHop(kept), gone);
    if (gone.before !== undefined) this.#behind(kept, gone.before);
  }

  #found(role: Role, local: Address, remote: Address): Hop | undefined {
    const found = this.#waiting.get(`${role} ${pairOf(local, remote)}`)?.shift();
    if (found !== undefined || role === "server") return found?.hop;
    return this.#waiting.get(`client from ${formatAddress(local)}`)?.shift()?.hop;
  }

  /** A PROXY header named other addresses to the server: only the proxy's own address is that of the connection. */
  #foundBehind(proxy: Address): Hop | undefined {
    const wanted = formatAddress(proxy);
    for (const [key, ends] of this.#waiting) {
      if (!key.startsWith("server ") || ends[0]?.local !== wanted) continue;
      return ends.shift()?.hop;
    }
    return undefined;
  }

  /**
   * The pair of a TCP connection is free again only when the connection is over. Clients of one Unix socket have the same
   * pair: the server accepts them in their order.
   */
  #wait(key: string, end: WaitingEnd, mayBeMore: boolean): void {
    const ends = mayBeMore ? (this.#waiting.get(key) ?? []) : [];
    ends.push(end);
    this.#waiting.delete(key);
    this.#waiting.set(key, ends);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MAX_WAITING && oldest !== undefined) this.#waiting.delete(oldest);
  }

  #hit({ hits }: Hop, hit: FaultHit): void {
    hits.push(hit);
    if (hits.length > MAX_HITS) hits.shift();
  }

  #relay(opened: End, accepted: End): void {
    if (opened.role !== "client" || accepted.role !== "server") return;
    accepted.ofProxy = true;
    this.#behind(opened.hop, accepted);
  }

  /** Both were open before they were known to be one conversation: the lower number stays. */
  #oneNumber(first: Hop, hop: Hop): void {
    const numbers = [first.number, hop.number].filter((number) => number !== undefined);
    hop.number = undefined;
    if (numbers.length > 0) first.number = Math.min(...numbers);
    if (numbers.length === 2 && Math.max(...numbers) === this.#count) this.#count--;
  }

  /** A file may claim anything: no hop is behind itself, and no row of hops is endless. */
  #behind(hop: Hop, before: End): void {
    let depth = 0;
    for (let at: Hop | undefined = before.hop; at !== undefined; at = at.before?.hop)
      if (at === hop || ++depth >= MAX_HOPS) return;
    hop.before = before;
    before.hop.behind = hop;
    if (hop.client !== undefined) hop.client.ofProxy = true;
    this.#oneNumber(firstHop(hop), hop);
  }
}

/** Both ends of a connection have the same pair of addresses. */
const pairOf = (local: Address, remote: Address): string =>
  [formatAddress(local), formatAddress(remote)].sort().join(" ");

/** The hop that the conversation began with. */
export function firstHop(hop: Hop): Hop {
  let first = hop;
  while (first.before !== undefined) first = first.before.hop;
  return first;
}

/** The number of the conversation; `undefined` for a connection that was never open. */
export const numberOf = ({ hop }: End): number | undefined => firstHop(hop).number;

/** The server's address, behind all proxies: of the last one, where a proxy opened several. */
export function destinationOf({ hop }: End): Address | undefined {
  let last = hop;
  for (let depth = 0; last.behind !== undefined && depth < MAX_HOPS; depth++) last = last.behind;
  return last.to;
}

/** Whether an end nearer to the client was recorded, too: that end tells of the same exchanges. */
export const isSecondary = ({ hop, role }: End): boolean =>
  hop.before !== undefined || (role === "server" && hop.client !== undefined);

/** Whether a proxy is in the conversation of this end. */
export const isProxied = ({ hop }: End): boolean => hop.before !== undefined || hop.server?.ofProxy === true;

/** How many proxies are between the client and this hop. */
export const depthOf = ({ before }: Hop): number => (before === undefined ? 0 : depthOf(before.hop) + 1);

/** The lane of an end, counted from the left. */
export const laneOf = ({ hop, role }: End): number => 2 * depthOf(hop) + (role === "server" ? 1 : 0);

/** How the lane of an end is called: `client`, `proxy·client`, `proxy·server`, `server`; in the second proxy `proxy-2·client`. */
export function laneName({ hop, role, ofProxy }: End, number = ""): string {
  if (!ofProxy) return `${role}${number}`;
  const proxy = depthOf(hop) + (role === "server" ? 1 : 0);
  return `proxy${proxy > 1 ? `-${proxy}` : ""}${number}·${otherRole(role)}`;
}
