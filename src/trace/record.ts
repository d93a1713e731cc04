import type { Rule } from "../http1/observer.ts";
import type { Cause, Role, State } from "../http1/state.ts";
import type { ConnectionEvent } from "../tcp/observer.ts";

/** Raised when a reader of older records would misread newer ones. */
export const TRACE_VERSION = 1;

export type Direction = "in" | "out";

interface Common {
  readonly v: typeof TRACE_VERSION;
  /** Nanoseconds of a monotonic clock, from the beginning of the recording. */
  readonly t: number;
  /** Counts up from 1. Each end of a conversation has a number of its own. */
  readonly connection: number;
  /** Which end this is. */
  readonly role: Role;
}

/** Bytes read from the kernel ("in") or handed to it ("out"). */
export interface BytesRecord extends Common {
  readonly type: "bytes";
  readonly direction: Direction;
  /** Where the first byte is in the stream of its direction. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The rule of the grammar that the bytes `[start, end)` of a direction follow. */
export interface SpanRecord extends Common {
  readonly type: "span";
  readonly direction: Direction;
  readonly rule: Rule;
  readonly start: number;
  readonly end: number;
}

/** One side of the HTTP connection went from one state to another. */
export interface TransitionRecord extends Common {
  readonly type: "transition";
  readonly side: Role;
  readonly from: State;
  readonly to: State;
  readonly cause: Cause;
}

/** What else happened to the connection. */
export interface ConnectionRecord extends Common {
  readonly type: "connection";
  readonly event: Exclude<ConnectionEvent, { readonly kind: "read" | "write" }>;
}

export type TraceRecord = BytesRecord | SpanRecord | TransitionRecord | ConnectionRecord;
