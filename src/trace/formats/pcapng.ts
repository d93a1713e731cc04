import { joined } from "../../bytes/copy.ts";
import { otherRole, type Role } from "../../http1/state.ts";
import { type Address, formatAddress } from "../../tcp/address.ts";
import { Conversations, type Hop } from "../conversations.ts";
import type { ConnectionRecord, TraceRecord } from "../record.ts";
import { beginningOf } from "../wall-clock.ts";
import { Endpoints, octetsOf } from "./addresses.ts";
import { PacketFlow } from "./packet-flow.ts";
import { interfaceDescription, nameResolution, sectionHeader } from "./pcapng-blocks.ts";

/** How a pcapng file is written. */
export interface PcapngOptions {
  /** What the file names as the program that wrote it. "wirepane" by default. */
  readonly application?: string;
  /** The wall clock at the beginning of the recording, in milliseconds since 1970. By default the first record that has `at` tells. */
  readonly beganMs?: number;
}

const COMMENT =
  "Made from a recording of Wirepane, not captured. The data are those of the programs (plain, where TLS was used); " +
  "everything else of the packets is made up. A packet with data is one write; the ACK of its last byte is the read.";

interface Attempt {
  readonly remote: Address;
  readonly t: number;
}

/**
 * Writes a recording as packets, for Wireshark and tshark. A real capture of both ends would have every packet twice, and
 * a reader of it would take the second for a retransmission. So each packet is here once:
 *
 *     a write   a packet with data, on the interface of the end that wrote, at the time of the write
 *     a read    the ACK of these data, on the interface of the end that read, at the time of the read
 *
 * If only one end was recorded, the packets of the other end are on the interface of the recorded end, inbound.
 */
export class PcapngWriter {
  readonly #write: (block: Uint8Array) => void;
  readonly #conversations = new Conversations();
  readonly #endpoints: Endpoints;
  /** By connection. */
  readonly #attempts = new Map<number, Attempt>();
  readonly #flowOf = new Map<number, PacketFlow>();
  /** Hops whose other end may still come. */
  readonly #flows = new Map<Hop, PacketFlow>();
  readonly #named = new Set<string>();
  #beganNs: bigint | undefined;

  /** @param write called with each block of the file: the first three at once, then the packets as they happen. */
  constructor(write: (block: Uint8Array) => void, { application = "wirepane", beganMs }: PcapngOptions = {}) {
    this.#write = write;
    this.#beganNs = beganMs === undefined ? undefined : nanosecondsOf(beganMs);
    this.#endpoints = new Endpoints((octets, name) => this.#name(octets, name));
    write(sectionHeader(application, COMMENT));
    write(interfaceDescription("client", "what clients wrote and read"));
    write(interfaceDescription("server", "what servers wrote and read"));
  }

  /** Takes the next record. Spans and transitions have no packets. */
  add(record: TraceRecord): void {
    const beganMs = this.#beganNs === undefined ? beginningOf(record) : undefined;
    if (beganMs !== undefined) this.#beganNs = nanosecondsOf(beganMs);
    const { hop } = this.#conversations.add(record);
    if (record.type === "connection") this.#event(record, hop);
    if (record.type !== "bytes" || record.bytes.length === 0) return;
    const { role, direction, offset, bytes, t } = record;
    const flow = this.#flowOf.get(record.connection);
    if (direction === "out") flow?.wrote(role, offset, bytes, t);
    else flow?.read(role, offset, bytes, t);
  }

  #event(record: ConnectionRecord, hop: Hop): void {
    const { event, role, t, connection } = record;
    const flow = this.#flowOf.get(connection);
    switch (event.kind) {
      case "resolve":
        for (const address of event.addresses) this.#name(octetsOf(address), event.host);
        return;
      case "attempt":
        if (!this.#attempts.has(connection)) this.#attempts.set(connection, { remote: event.remote, t });
        forgetOldest(this.#attempts);
        return;
      case "connected":
      case "accepted":
        this.#begin(record, hop, event.local, event.remote);
        return;
      case "tls":
        flow?.comment(`${event.protocol}, ${event.cipher}: the recording has the bytes inside of TLS`);
        return;
      case "end":
        flow?.ended(role, role, t);
        return;
      case "peer-end":
        flow?.ended(otherRole(role), role, t);
        return;
      case "abort":
        flow?.reset(role, role, t);
        return;
      case "peer-abort":
        flow?.reset(otherRole(role), role, t);
        return;
      case "closed":
        flow?.closed(role, t);
        this.#flowOf.delete(connection);
        return;
      case "fault":
        flow?.comment(`a fault on purpose: ${event.fault}, ${event.text}`);
        return;
      case "attempt-failed":
      case "pause":
      case "resume":
      case "drain":
      case "error":
      case "relayed":
      case "dropped": // the next bytes have their offsets: the capture has a gap there
        return;
      default:
        event satisfies never;
    }
  }

  #begin({ role, t, connection }: ConnectionRecord, hop: Hop, local: Address, remote: Address): void {
    const other = this.#flows.get(hop);
    const flow = other ?? this.#newFlow(role, local, remote);
    if (other === undefined) {
      // A server may tell first of a connection that its client has begun.
      const attempt = role === "client" ? this.#attempts.get(connection) : this.#attemptAt(local);
      flow.begin(attempt === undefined ? role : "client", attempt?.t ?? t, t);
      this.#flows.set(hop, flow);
      forgetOldest(this.#flows);
    } else this.#flows.delete(hop);
    flow.join(role);
    this.#flowOf.set(connection, flow);
    this.#attempts.delete(connection);
  }

  /** The oldest attempt to connect to an address that has not succeeded so far. */
  #attemptAt(address: Address): Attempt | undefined {
    const wanted = formatAddress(address);
    for (const attempt of this.#attempts.values())
      if (formatAddress(attempt.remote) === wanted) return attempt;
    return undefined;
  }

  #newFlow(role: Role, local: Address, remote: Address): PacketFlow {
    const [client, server] = role === "client" ? [local, remote] : [remote, local];
    const pair = this.#endpoints.pair(client, server);
    return new PacketFlow(pair, this.#write, (ns) => (this.#beganNs ?? 0n) + BigInt(Math.round(ns)));
  }

  #name(octets: Uint8Array, name: string): void {
    const key = `${octets.join(".")} ${name}`;
    if (this.#named.has(key) || this.#named.size >= MAX_NAMES) return;
    this.#named.add(key);
    this.#write(nameResolution([{ octets, name }]));
  }
}

const MAX_NAMES = 10_000;
/** As many as `Conversations` remembers. */
const MAX_WAITING = 1000;

function forgetOldest<Key>(map: Map<Key, unknown>): void {
  const [oldest] = map.keys();
  if (map.size > MAX_WAITING && oldest !== undefined) map.delete(oldest);
}

/** Milliseconds have a fraction, and their nanoseconds are more than a number can hold exactly. */
function nanosecondsOf(milliseconds: number): bigint {
  const whole = Math.floor(milliseconds);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((milliseconds - whole) * 1e6));
}

/** A recording as a pcapng file. `PcapngWriter` writes one while it happens. */
export function toPcapng(records: readonly TraceRecord[], options: PcapngOptions = {}): Uint8Array {
  const blocks: Uint8Array[] = [];
  const writer = new PcapngWriter((block) => blocks.push(block), options);
  for (const record of records) writer.add(record);
  return joined(blocks);
}
