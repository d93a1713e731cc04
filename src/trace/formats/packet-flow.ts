import { otherRole, type Role } from "../../http1/state.ts";
import { ACK, type Endpoint, FIN, frameOf, maxSegmentSize, PSH, RST, SYN } from "./frame.ts";
import { enhancedPacket } from "./pcapng-blocks.ts";

/** The numbers of the interfaces, in the order of their descriptions. */
const INTERFACES = { client: 0, server: 1 } as const satisfies Record<Role, number>;
/** A receiver with a window of almost 1 GiB has to acknowledge before the window is full. */
const MAX_IN_FLIGHT = 512 * 1024 * 1024;

interface Side {
  readonly endpoint: Endpoint;
  /** Whether this end was recorded. */
  recorded: boolean;
  /** How many bytes it sent. */
  sent: number;
  finSent: boolean;
  /** How many bytes of the other side it acknowledged. */
  acked: number;
  finAcked: boolean;
}

/**
 * The packets of one conversation. What one end wrote and what the other read are told in either order. Bytes become a
 * packet when they are first told.
 *
 * Initial sequence numbers are 0, so that the relative numbers of a dissector are the absolute ones, too.
 */
export class PacketFlow {
  readonly #sides: Readonly<Record<Role, Side>>;
  readonly #write: (packet: Uint8Array) => void;
  readonly #timeOf: (ns: number) => bigint;
  #reset = false;
  #comment: string | undefined;

  constructor(
    pair: Readonly<Record<Role, Endpoint>>,
    write: (packet: Uint8Array) => void,
    timeOf: (ns: number) => bigint,
  ) {
    this.#sides = { client: newSide(pair.client), server: newSide(pair.server) };
    this.#write = write;
    this.#timeOf = timeOf;
  }

  /** A recorded end joins the conversation. */
  join(role: Role): void {
    this.#sides[role].recorded = true;
  }

  /** The handshake: SYN, SYN and ACK, ACK. */
  begin(via: Role, attemptNs: number, connectedNs: number): void {
    this.#packet("client", via, SYN, 0, undefined, attemptNs);
    this.#packet("server", via, SYN, 0, 1, connectedNs);
    this.#packet("client", via, 0, 1, 1, connectedNs);
  }

  /** The next packet gets this comment. */
  comment(text: string): void {
    this.#comment = text;
  }

  wrote(role: Role, offset: number, bytes: Uint8Array, t: number): void {
    this.#data(role, role, offset, bytes, t);
  }

  read(role: Role, offset: number, bytes: Uint8Array, t: number): void {
    this.#data(otherRole(role), role, offset, bytes, t);
    const side = this.#sides[role];
    if (offset + bytes.length <= side.acked) return;
    side.acked = offset + bytes.length;
    this.#acknowledge(role, role, t);
  }

  /** `role` sent its FIN, as the end `via` tells. */
  ended(role: Role, via: Role, t: number): void {
    const side = this.#sides[role];
    const reader = this.#sides[otherRole(role)];
    if (!side.finSent && !this.#reset) {
      this.#catchUp(role, via);
      this.#segment(role, via, FIN, NO_BYTES, t);
      side.finSent = true;
    }
    if (role === via || reader.finAcked) return;
    reader.acked = side.sent;
    reader.finAcked = true;
    this.#acknowledge(via, via, t);
  }

  reset(role: Role, via: Role, t: number): void {
    if (this.#reset) return;
    this.#segment(role, via, RST, NO_BYTES, t);
    this.#reset = true;
  }

  /** The end is over. The kernel of a peer that was not recorded has acknowledged its FIN. */
  closed(role: Role, t: number): void {
    const peer = this.#sides[otherRole(role)];
    if (peer.recorded || !this.#sides[role].finSent || peer.finAcked) return;
    this.#catchUp(otherRole(role), role);
    this.#acknowledge(otherRole(role), role, t);
  }

  #data(from: Role, via: Role, offset: number, bytes: Uint8Array, t: number): void {
    const side = this.#sides[from];
    const reader = this.#sides[otherRole(from)];
    // The other end may have told these bytes before.
    const rest = bytes.subarray(Math.max(side.sent - offset, 0));
    if (rest.length === 0) return;
    side.sent = Math.max(side.sent, offset); // bytes between were not recorded
    this.#catchUp(from, via);
    const size = maxSegmentSize(side.endpoint.octets);
    for (let at = 0; at < rest.length; at += size) {
      const data = rest.subarray(at, at + size);
      this.#segment(from, via, at + size < rest.length ? 0 : PSH, data, t);
      side.sent += data.length;
    }
    if (side.sent - reader.acked < MAX_IN_FLIGHT) return;
    reader.acked = side.sent;
    this.#acknowledge(otherRole(from), from, t);
  }

  /** A packet from a peer that was not recorded acknowledges all that was sent to the peer: when it read is not known. */
  #catchUp(from: Role, via: Role): void {
    if (from === via) return;
    this.#sides[from].acked = this.#sides[via].sent;
    this.#sides[from].finAcked = this.#sides[via].finSent;
  }

  #acknowledge(from: Role, via: Role, t: number): void {
    if (!this.#reset) this.#segment(from, via, 0, NO_BYTES, t);
  }

  #segment(from: Role, via: Role, flags: number, data: Uint8Array, t: number): void {
    const { sent, finSent, acked, finAcked } = this.#sides[from];
    const peer = this.#sides[otherRole(from)];
    // Never more than was sent: what was read may be told before it was written.
    const acknowledgment = 1 + Math.min(acked, peer.sent) + (finAcked && peer.finSent ? 1 : 0);
    this.#packet(from, via, flags, 1 + sent + (finSent ? 1 : 0), acknowledgment, t, data);
  }

  #packet(
    from: Role,
    via: Role,
    flags: number,
    sequence: number,
    acknowledgment: number | undefined,
    t: number,
    data: Uint8Array = NO_BYTES,
  ): void {
    const frame = frameOf({
      from: this.#sides[from].endpoint,
      to: this.#sides[otherRole(from)].endpoint,
      sequence: sequence % 2 ** 32,
      acknowledgment: acknowledgment === undefined ? undefined : acknowledgment % 2 ** 32,
      flags: acknowledgment === undefined ? flags : flags | ACK,
      data,
    });
    const comment = this.#comment;
    this.#comment = undefined;
    const time = this.#timeOf(t);
    this.#write(
      enhancedPacket({ interfaceNumber: INTERFACES[via], time, frame, outbound: from === via, comment }),
    );
  }
}

const NO_BYTES = new Uint8Array(0);

const newSide = (endpoint: Endpoint): Side => ({
  endpoint,
  recorded: false,
  sent: 0,
  finSent: false,
  acked: 0,
  finAcked: false,
});
