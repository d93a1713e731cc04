import { joined } from "../../bytes/copy.ts";
import { otherRole, type Role } from "../../http1/state.ts";
import { type ConnectionRecord, TRACE_VERSION, type TraceRecord } from "../record.ts";
import { addressOf } from "./addresses.ts";
import { ACK, FIN, type ReadSegment, RST, SYN } from "./frame.ts";

const MAX_FLOWS = 10_000;

interface Side {
  readonly octets: Uint8Array;
  readonly port: number;
  /** The number of the recorded end. */
  connection: number | undefined;
  joined: boolean;
  /** What the other side sent, and this one has not acknowledged. */
  unread: Uint8Array[];
  sent: number;
  acked: number;
  finSent: boolean;
  finRead: boolean;
  closed: boolean;
}

type Flow = Readonly<Record<Role, Side>>;

/** Turns packets of ours into records again: a packet that goes out is a write, and an ACK that goes out is a read. */
export class FlowReader {
  readonly #pass: (record: TraceRecord) => void;
  readonly #flows = new Map<string, Flow>();
  readonly #names = new Map<string, string>();
  #connections = 0;
  #began: bigint | undefined;
  #time = 0n;

  constructor(pass: (record: TraceRecord) => void) {
    this.#pass = pass;
  }

  /** An address has a name. */
  name(octets: Uint8Array, name: string): void {
    this.#names.set(octets.join("."), name);
  }

  packet(segment: ReadSegment, via: Role, outbound: boolean, time: bigint): void {
    this.#began ??= time;
    this.#time = time;
    const isSyn = (segment.flags & SYN) !== 0;
    if (isSyn && (segment.flags & ACK) === 0) this.#begin(segment, via);
    if (isSyn) return;
    const sender = outbound ? via : otherRole(via);
    const flow = this.#flows.get(keyOf(segment, sender));
    if (flow === undefined) throw new SyntaxError("a packet belongs to no connection of the file");
    if (outbound || segment.data.length > 0) this.#join(flow, via);
    this.#acknowledge(flow, sender, segment.acknowledgment ?? 0, outbound);
    if (segment.data.length > 0) this.#data(flow, sender, segment);
    if ((segment.flags & FIN) !== 0) this.#ended(flow, sender);
    if ((segment.flags & RST) !== 0) this.#reset(flow, sender);
    this.#closeIfOver(flow);
  }

  end(): void {
    this.#flows.clear();
  }

  #begin(segment: ReadSegment, via: Role): void {
    const flow = { client: newSide(segment.from), server: newSide(segment.to) };
    this.#flows.set(keyOf(segment, "client"), flow);
    if (this.#flows.size > MAX_FLOWS) this.#forgetOne();
    if (via !== "client") return;
    flow.client.connection = ++this.#connections;
    this.#event(flow.client.connection, "client", { kind: "attempt", remote: this.#address(flow.server) });
  }

  /** A last ACK may follow the end of a connection, so flows are not forgotten at once. */
  #forgetOne(): void {
    for (const [key, { client, server }] of this.#flows) {
      if (!client.closed && !server.closed) continue;
      this.#flows.delete(key);
      return;
    }
  }

  /** The first packet of an end behind the handshake: the end is connected. */
  #join(flow: Flow, role: Role): void {
    const side = flow[role];
    if (side.joined) return;
    side.joined = true;
    side.connection ??= ++this.#connections;
    const addresses = { local: this.#address(side), remote: this.#address(flow[otherRole(role)]) };
    this.#event(side.connection, role, { kind: role === "client" ? "connected" : "accepted", ...addresses });
  }

  #data(flow: Flow, sender: Role, { sequence, data }: ReadSegment): void {
    const side = flow[sender];
    side.sent += (sequence - (side.sent + 1)) | 0; // bytes between were not recorded
    if (side.connection !== undefined)
      this.#pass({
        ...this.#common(side.connection, sender),
        type: "bytes",
        direction: "out",
        offset: side.sent,
        bytes: data,
      });
    side.sent += data.length;
    flow[otherRole(sender)].unread.push(data);
  }

  /** What `role` acknowledges, it has read, if it was recorded. */
  #acknowledge(flow: Flow, role: Role, acknowledgment: number, outbound: boolean): void {
    const side = flow[role];
    const peer = flow[otherRole(role)];
    const fin = peer.finSent && ((peer.sent + 2) | 0) === (acknowledgment | 0);
    const progress = fin ? peer.sent - side.acked : (acknowledgment - (side.acked + 1)) | 0;
    if (progress > 0) {
      const bytes = take(side.unread, progress);
      const offset = side.acked + progress - bytes.length;
      if (outbound && side.connection !== undefined && bytes.length > 0)
        this.#pass({ ...this.#common(side.connection, role), type: "bytes", direction: "in", offset, bytes });
      side.acked += progress;
    }
    if (!fin || side.finRead) return;
    side.finRead = true;
    if (outbound && side.connection !== undefined) this.#event(side.connection, role, { kind: "peer-end" });
  }

  #ended(flow: Flow, role: Role): void {
    const side = flow[role];
    side.finSent = true;
    if (side.connection !== undefined) this.#event(side.connection, role, { kind: "end" });
  }

  #reset(flow: Flow, sender: Role): void {
    for (const role of ["client", "server"] as const) {
      const { connection } = flow[role];
      if (connection === undefined) continue;
      this.#event(connection, role, { kind: role === sender ? "abort" : "peer-abort" });
      this.#close(flow, role, role === sender ? "abort" : "peer-abort");
    }
  }

  /** Both directions have ended, and whoever was recorded knows. */
  #closeIfOver(flow: Flow): void {
    if (!flow.client.finSent || !flow.server.finSent) return;
    for (const role of ["client", "server"] as const) if (flow[role].finRead) this.#close(flow, role, "end");
  }

  #close(flow: Flow, role: Role, how: string): void {
    const side = flow[role];
    if (side.closed || side.connection === undefined) return;
    side.closed = true;
    this.#event(side.connection, role, { kind: "closed", how, bytesIn: side.acked, bytesOut: side.sent });
  }

  #event(connection: number, role: Role, event: ConnectionRecord["event"]): void {
    const at = new Date(Number(this.#time / 1_000_000n)).toISOString();
    const begins = event.kind === "attempt" || event.kind === "connected" || event.kind === "accepted";
    this.#pass({ ...this.#common(connection, role), type: "connection", event, ...(begins && { at }) });
  }

  #common(connection: number, role: Role) {
    return { v: TRACE_VERSION, t: Number(this.#time - (this.#began ?? 0n)), connection, role } as const;
  }

  #address({ octets, port }: Side) {
    return addressOf(octets, port, (wanted) => this.#names.get(wanted.join(".")));
  }
}

function keyOf({ from, to }: ReadSegment, sender: Role): string {
  const [client, server] = sender === "client" ? [from, to] : [to, from];
  return `${client.octets.join(".")} ${client.port} ${server.octets.join(".")} ${server.port}`;
}

const newSide = ({ octets, port }: ReadSegment["from"]): Side => ({
  octets,
  port,
  connection: undefined,
  joined: false,
  unread: [],
  sent: 0,
  acked: 0,
  finSent: false,
  finRead: false,
  closed: false,
});

/** The first bytes of the chunks, which they leave. Fewer, if there are fewer. */
function take(chunks: Uint8Array[], length: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let missing = length;
  for (let chunk = chunks[0]; chunk !== undefined && missing > 0; chunk = chunks[0]) {
    parts.push(chunk.subarray(0, missing));
    if (chunk.length > missing) chunks[0] = chunk.subarray(missing);
    else chunks.shift();
    missing -= chunk.length;
  }
  return joined(parts);
}
