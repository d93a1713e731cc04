import type { Rule } from "../http1/observer.ts";
import type { Cause, Role, State } from "../http1/state.ts";
import type { ConnectionEvent } from "../tcp/observer.ts";

/** The version of the records: raised when a reader of older records would misread newer ones. */
export const TRACE_VERSION = 1;

/** A direction, as the end that was recorded sees it: received ("in") or sent ("out"). */
export type Direction = "in" | "out";

interface Common {
  /** The version of the record. */
  readonly v: typeof TRACE_VERSION;
  /** Nanoseconds of a monotonic clock, from the beginning of the recording. */
  readonly t: number;
  /** Counts up from 1. Each end of a conversation has a number of its own. */
  readonly connection: number;
  /** Which end this is. */
  readonly role: Role;
  /** The wall clock at `t`, as ISO 8601 in UTC. `--record` writes it into the first record of each connection. */
  readonly at?: string;
}

/** Bytes read from the kernel ("in") or handed to it ("out"). */
export interface BytesRecord extends Common {
  /** Tells the records apart. */
  readonly type: "bytes";
  /** Whether the bytes were read or handed over. */
  readonly direction: Direction;
  /** Where the first byte is in the stream of its direction. */
  readonly offset: number;
  /** The bytes: a copy. */
  readonly bytes: Uint8Array;
}

/** The rule of the grammar that the bytes `[start, end)` of a direction follow. */
export interface SpanRecord extends Common {
  /** Tells the records apart. */
  readonly type: "span";
  /** The stream that the bytes are part of. */
  readonly direction: Direction;
  /** The grammar rule that the bytes follow. */
  readonly rule: Rule;
  /** The first byte, counted from 0 in the stream of its direction. */
  readonly start: number;
  /** The byte behind the last one. */
  readonly end: number;
}

/** One side of the HTTP connection went from one state to another. */
export interface TransitionRecord extends Common {
  /** Tells the records apart. */
  readonly type: "transition";
  /** The side whose state changed; the recorded end knows both. */
  readonly side: Role;
  /** The state before. */
  readonly from: State;
  /** The state after. */
  readonly to: State;
  /** Why the state changed. */
  readonly cause: Cause;
}

/** What else happened to the connection. */
export interface ConnectionRecord extends Common {
  /** Tells the records apart. */
  readonly type: "connection";
  /** The event, as an observer of the connection was told. */
  readonly event: Exclude<ConnectionEvent, { readonly kind: "read" | "write" }>;
}

/** One thing that happened on a connection. `docs/trace.md` describes the records. */
export type TraceRecord = BytesRecord | SpanRecord | TransitionRecord | ConnectionRecord;
