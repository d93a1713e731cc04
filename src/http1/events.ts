import type { Fields } from "./fields.ts";

export type Version = "1.0" | "1.1";

export interface RequestHead {
  readonly type: "request";
  readonly method: string;
  /** The request-target as it stands on the wire (RFC 9112 §3.2). */
  readonly target: string;
  readonly version: Version;
  readonly fields: Fields;
}

/** An interim response (1xx except 101). Any number of them may come before the final response. */
export interface InformationalHead {
  readonly type: "informational";
  readonly status: number;
  readonly reason: string;
  readonly version: Version;
  readonly fields: Fields;
}

/** A final response. 101 is one, too: no other response follows it in this protocol. */
export interface ResponseHead {
  readonly type: "response";
  readonly status: number;
  readonly reason: string;
  readonly version: Version;
  readonly fields: Fields;
}

/** Bytes of the content, without chunk framing. They are a view of the bytes that were given to `receive`. */
export interface Data {
  readonly type: "data";
  readonly bytes: Uint8Array;
}

export interface EndOfMessage {
  readonly type: "end";
  readonly trailers: Fields;
}

/** The peer ended its direction between messages. No bytes follow. */
export interface Closed {
  readonly type: "closed";
}

/** What `nextEvent` gives. */
export type HttpEvent = RequestHead | InformationalHead | ResponseHead | Data | EndOfMessage | Closed;

/** There is no event until more bytes, or the end, are received. */
export const NEED_DATA = Symbol("need data");
/** Bytes that were received belong to the next cycle, or to another protocol: see `takeLeftover`. */
export const PAUSED = Symbol("paused");

export type NextEvent = HttpEvent | typeof NEED_DATA | typeof PAUSED;
