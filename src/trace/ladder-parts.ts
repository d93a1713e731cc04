import type { Role } from "../http1/state.ts";
import type { ConnectionRecord } from "./record.ts";

/* What a ladder is made of: `ladder.ts` makes it. */

/** What stands on a lane at a moment: bytes that were written or read, or a mark. */
export type LadderEvent = Transfer | Mark;

interface OnLane {
  /** The name of the lane: `client`, `server`; between them the ends of a proxy, `proxy·client` and `proxy·server`. */
  readonly lane: string;
  /** Which lane, counted from the left. */
  readonly column: number;
  /** The number of the connection in the records. */
  readonly connection: number;
  /** Nanoseconds from the beginning of the recording. */
  readonly t: number;
}

/** Bytes that one end handed to the kernel, or took from it. */
export interface Transfer extends OnLane {
  /** Tells the events apart. */
  readonly kind: "write" | "read";
  /**
   * The side that these bytes come from. Offsets count from 0 in the stream of the connection, and both of its ends count
   * alike.
   */
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
  /** What was recorded. */
  readonly event: ConnectionRecord["event"];
  /** The bytes that a fault hit. */
  readonly hit?: { readonly flow: Role; readonly start: number; readonly end: number };
}

/**
 * The bytes `[start, end)` of a flow, from the write that sent them to the read they came out of; through a proxy, from the
 * read of one of its ends to the write of the other.
 */
export interface Band {
  /** The side that the bytes come from. */
  readonly flow: Role;
  /** The first byte. */
  readonly start: number;
  /** The byte behind the last one. */
  readonly end: number;
  /** Where the first byte is in the stream of the other transfer: elsewhere if a fault dropped or added bytes before. */
  readonly toStart: number;
  /** Where the bytes come from. */
  readonly from: Transfer;
  /** Where they are next. */
  readonly to: Transfer;
}

/** A sign that crossed from one lane to the next: FIN, RST, or the handshake of the connection. */
export interface Crossing {
  /** The mark on the lane of the sender. */
  readonly from: Mark;
  /** The mark on the other lane. */
  readonly to: Mark;
}

/** A time on a lane that has a meaning of its own. */
export interface Stretch {
  /** The name of the lane. */
  readonly lane: string;
  /** Which lane, counted from the left. */
  readonly column: number;
  /** `sends`, `receives`: the direction is open. `state`: the side's state of HTTP. `handler`: the answer is made. */
  readonly kind: "sends" | "receives" | "state" | "handler";
  /** When the stretch began, in nanoseconds. */
  readonly from: number;
  /** When it ended; `undefined`: it lasts. */
  readonly to: number | undefined;
  /** The name of the state; empty for the other kinds. */
  readonly text: string;
}

/** A lane of the picture, in its order from left to right. */
export interface Lane {
  /** `client`, `proxy·client`, `proxy·server`, `server`. */
  readonly name: string;
  /** Which end of its connection stands here. */
  readonly role: Role;
  /** The end is a proxy's. */
  readonly ofProxy: boolean;
  /** There are records of this end. */
  readonly recorded: boolean;
}
