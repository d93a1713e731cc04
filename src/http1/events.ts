import type { Fields } from "./fields.ts";

/** A version of HTTP that this protocol core speaks. */
export type Version = "1.0" | "1.1";

/** The head of a request (RFC 9112 §3). */
export interface RequestHead {
  /** Tells the events apart. */
  readonly type: "request";
  /** The method, as it stands on the wire. */
  readonly method: string;
  /** The request-target as it stands on the wire (RFC 9112 §3.2). */
  readonly target: string;
  /** The HTTP version of the message. */
  readonly version: Version;
  /** The header section. */
  readonly fields: Fields;
  /**
   * The field lines as they are to be written, each with its CR LF, also where they break a rule: the head is sent octet by
   * octet, and only what would end a line is refused. `fields` has to have the same lines. By default the lines are made
   * from `fields`, and everything is checked.
   */
  readonly fieldText?: string | undefined;
}

/** The head of an interim response: 1xx, but not 101. Several may come before the final response (RFC 9110 §15.2). */
export interface InformationalHead {
  /** Tells the events apart. */
  readonly type: "informational";
  /** The status code, 100 or 102 to 199. */
  readonly status: number;
  /** The reason phrase; may be empty. */
  readonly reason: string;
  /** The HTTP version of the message. */
  readonly version: Version;
  /** The header section. */
  readonly fields: Fields;
}

/** The head of a final response (RFC 9112 §4). 101 is final, too: no other response follows it. */
export interface ResponseHead {
  /** Tells the events apart. */
  readonly type: "response";
  /** The status code, 101 or 200 to 999. */
  readonly status: number;
  /** The reason phrase; may be empty. */
  readonly reason: string;
  /** The HTTP version of the message. */
  readonly version: Version;
  /** The header section. */
  readonly fields: Fields;
}

/** A piece of the content, without the framing of chunks. */
export interface Data {
  /** Tells the events apart. */
  readonly type: "data";
  /** Content. When received: a view of what was given to `receive`, good until the next `receive`. */
  readonly bytes: Uint8Array;
}

/** The message is complete. */
export interface EndOfMessage {
  /** Tells the events apart. */
  readonly type: "end";
  /** The trailer section of a chunked body (RFC 9112 §7.1.2); otherwise empty. */
  readonly trailers: Fields;
}

/** A side ended its direction between messages: no other message comes from that side. */
export interface Closed {
  /** Tells the events apart. */
  readonly type: "closed";
}

/** What is sent or received, a step at a time: a head, then data, then the end. */
export type HttpEvent = RequestHead | InformationalHead | ResponseHead | Data | EndOfMessage | Closed;

/** No event until more bytes, or the end, are received. */
export const NEED_DATA = Symbol("need data");
/** No event: the bytes that are left belong to the next exchange or to another protocol. See `takeLeftover`. */
export const PAUSED = Symbol("paused");

/** What `nextEvent` gives: an event, or why there is none. */
export type NextEvent = HttpEvent | typeof NEED_DATA | typeof PAUSED;
