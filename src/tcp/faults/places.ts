/*
 * Where HTTP events lie in the bytes of a proxied conversation. This folder knows no HTTP: the proxy gives it a reader.
 *
 * A reader belongs to one connection, and reads both of its directions: how long a response is depends on the method of
 * its request. The reader is given every byte once, as the proxy received it, before any fault, in the order of arrival.
 */

/** Which way bytes go: "up" from the client to the server, "down" from the server to the client. */
export type Direction = "up" | "down";

/**
 * One HTTP event, at an offset in the stream of its direction.
 *
 * - "head": a head begins here (the first octet of its start-line; empty lines before are not part of the head).
 * - "line": a field line of the head begins here. `index`: its number in the head, from 1. Trailer fields have none.
 * - "head-end": the head ended; `offset` is behind its empty line. `interim`: a 1xx response, a final response follows.
 * - "chunk": the data of a chunk begin here; the last-chunk (size 0) has no place. `index`: from 1 in each message.
 *   `length`: the chunk-size.
 * - "message-end": the message ended; `offset` is behind its last byte (of the trailer section, too).
 * - "tunnel": from here on the bytes are no HTTP, in both directions: behind a 101, or a 2xx to CONNECT. The last place.
 */
export interface Place {
  readonly kind: "head" | "line" | "head-end" | "chunk" | "message-end" | "tunnel";
  readonly offset: number;
  /**
   * The number of the exchange on this connection, from 1: the nth request, or a response to the nth request (also an
   * interim one).
   */
  readonly message: number;
  readonly index?: number;
  readonly length?: number;
  readonly interim?: true;
}

/**
 * Tells the places of one connection's bytes.
 *
 * - Each place is told once, and those of a direction in ascending order of `offset`; two may share an offset.
 * - A place where something begins ("head", "line", "chunk") is told at the latest by the call that brings the byte at
 *   `offset`. A place where something ended ("head-end", "message-end", "tunnel") is told by the call that brings the byte
 *   before `offset`, or by `end`. So a fault may act on a place although the next byte has not come.
 * - Any cut of the bytes into calls gives the same places.
 * - After bytes that are no HTTP/1.1 the reader tells no more places of that direction. It never throws.
 */
export interface PlaceReader {
  /** Reads the next bytes of a direction. They are the caller's again when this returns. */
  read(direction: Direction, bytes: Uint8Array): readonly Place[];
  /** The direction ended (FIN): a message that only the end delimits ended, too. */
  end(direction: Direction): readonly Place[];
  /** A whole response with this status and no content (`Content-Length: 0`), for a fault that answers by itself. */
  response(status: number): Uint8Array;
}
