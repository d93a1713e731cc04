/*
 * What a fault does, apart from when and to whom. A fault knows no socket and no timer: it is asked about what arrives,
 * and says what goes on, and when. A stage (stage.ts) keeps what has to wait, in order.
 */
import type { Place } from "./places.ts";
import type { RandomOf } from "./random.ts";

/** Bytes on their way. */
export interface Piece {
  readonly kind: "bytes";
  readonly bytes: Uint8Array;
  /** Where they began in what the proxy received. For added bytes: the place where they were added. */
  readonly start: number;
  /** The peer did not send them: a fault did. They take no room in the stream that the offsets count. */
  readonly added?: true;
}

/**
 * How a direction ends.
 *
 * - "end": FIN to the receiver; the other direction goes on.
 * - "close": both connections are ended, behind the bytes that passed.
 * - "reset": both connections are reset.
 * - "vanish": the sender's connection is reset, and the receiver hears nothing more and is not read any more.
 */
export interface Ending {
  readonly kind: "end" | "close" | "reset" | "vanish";
}

/** Where a piece ends in what the proxy received. */
export function endOf({ bytes, start, added }: Piece): number {
  return added ? start : start + bytes.length;
}

/** A part of a piece. */
export function partOf(piece: Piece, from: number, to: number): Piece {
  const bytes = piece.bytes.subarray(from, to);
  return piece.added ? { ...piece, bytes } : { kind: "bytes", bytes, start: piece.start + from };
}

/** What goes on to the next fault, and in the end to the other side. */
export type Outcome = Piece | Ending;

/** Where the work of a fault begins: an offset in the stream of its direction, and the HTTP event there, if it waits for one. */
export interface Beginning {
  readonly offset: number;
  readonly place?: Place;
}

/** What a fault can do. */
export interface Outlet {
  /** Milliseconds on the clock of the proxy. */
  readonly now: number;
  /**
   * Passes something on, at a time (now by default; `Infinity`: only once the fault is taken away). Nothing overtakes: it
   * waits for what was passed before. Returns the time when it goes on.
   */
  pass(what: Outcome, at?: number): number;
  /** How far the bytes that arrived at this fault reach, as an offset in what the proxy received. */
  readonly position: number;
  /** Tells that the fault hit bytes `[start, end)` of what the proxy received; `start` = `end`: a place. */
  hit(text: string, start: number, end: number): void;
  /** Tells a hit on the place that was reached. */
  hitHere(text: string): void;
  /** A response of ours, see `PlaceReader`. */
  response(status: number): Uint8Array | undefined;
}

/** One fault at work in one direction of one connection. What it does not handle is passed on at once. */
export interface Work {
  /** Called at each place where the fault begins, before the bytes behind it. */
  begin?(at: Beginning, out: Outlet): void;
  /** Bytes that arrived behind the first beginning. */
  bytes?(piece: Piece, out: Outlet): void;
  /** The sender ended, or a fault ahead of this one did. */
  end?(how: Ending, out: Outlet): void;
  /** Every HTTP place, also those where the fault does not begin. */
  place?(place: Place, out: Outlet): void;
  /** The fault was taken away; what it held has been passed on. */
  removed?(out: Outlet): void;
}

/** The attributes of a fault by name, each a number in its unit, or a word. */
export type Attributes = Readonly<Record<string, number | string>>;

export type Unit = "ms" | "us" | "bytes" | "KB/s" | "status";

/** What an attribute may be. */
export type AttributeSpec =
  | { readonly unit: Unit; readonly default: number; readonly least?: number; readonly most?: number }
  | { readonly choices: readonly string[]; readonly default: string };

/** A row of the table of faults. */
export interface FaultKind {
  readonly type: string;
  /** What it does, in a few words, for help. */
  readonly summary: string;
  readonly attributes: Readonly<Record<string, AttributeSpec>>;
  /** The attribute that the text gives without its name: `latency 100ms`. */
  readonly main?: string;
  /** The attribute that the text gives behind ±: `latency 100ms±20ms`. */
  readonly spread?: string;
  /** A fault of whole connections: it has no direction, and no offset. */
  readonly connection?: "refuse" | "accept-stall" | "backlog-full";
  /** The HTTP event that it always begins at. */
  readonly event?: "head" | "line" | "end";
  /** How many bytes it may hold before the sender has to wait, 64 KiB by default. */
  readonly maxHeldBytes?: number;
  /** It takes no longer pieces: for a fault that makes many pieces of one. */
  readonly maxPieceBytes?: number;
  /** Begins the work in one direction of one connection. `random`: a number in [0, 1) for an offset. */
  readonly work?: (attributes: Attributes, random: RandomOf) => Work;
}

/** An attribute that is a number by its spec. */
export function numberOf(attributes: Attributes, name: string): number {
  return Number(attributes[name] ?? 0);
}
