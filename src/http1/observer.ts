import type { Cause, Role, State } from "./state.ts";

/**
 * The grammar rules that a byte can belong to, named after RFC 9112 and RFC 9110. Their ranges cover the stream of
 * each direction without a gap or an overlap.
 */
export const RULES = [
  "empty-line-before", // §2.2: CRLF before a request-line, ignored
  "method",
  "request-target",
  "HTTP-version",
  "status-code",
  "reason-phrase",
  "SP",
  "CRLF",
  "bare-LF", // leniency
  "field-name",
  "colon",
  "OWS",
  "field-value",
  "obs-fold", // leniency: whitespace at the begin of a folded line, replaced with one SP
  "discarded-trailer", // leniency: the colon of a trailer field that was read and discarded
  "any-field-name", // leniency: the colon behind a name that is no token
  "any-chunk-ext", // leniency: what follows a chunk-size and is no extension
  "empty-line", // the CRLF that ends a header or trailer section
  "content", // bytes of a body framed by Content-Length
  "close-delimited", // bytes of a body that ends with the connection
  "chunk-size",
  "chunk-ext",
  "chunk-data",
  "last-chunk", // the zero chunk-size
  "tunnel", // bytes after 101 or a 2xx answer to CONNECT: no longer HTTP
] as const;

/** The name of a grammar rule. */
export type Rule = (typeof RULES)[number];

/**
 * Watches one connection. Offsets count the bytes of one direction from 0, `[start, end)`. A body may come in several
 * neighbouring spans of one rule. Without an observer a connection pays one comparison.
 *
 * An error that the observer throws becomes an uncaught exception, and the connection goes on: the step of the
 * connection is always completed.
 */
export interface Http1Observer {
  /** The bytes `[start, end)` of a direction follow `rule`. */
  span?(direction: "in" | "out", rule: Rule, start: number, end: number): void;
  /**
   * Called in place of `span` for a usual head that lies whole at `[start, end)`. `spansOfHead` gives its spans
   * later, from its bytes. For an observer that keeps the bytes and has no time now.
   */
  head?(direction: "in" | "out", start: number, end: number): void;
  /** The side of `role` went from one state to another. */
  transition?(role: Role, from: State, to: State, cause: Cause): void;
}

/** One direction of an observer that wants spans. */
export interface DirectionObserver {
  readonly direction: "in" | "out";
  readonly observer: Http1Observer;
}

/** Undefined where the observer wants no spans. */
export function observerOf(
  direction: "in" | "out",
  observer: Http1Observer | undefined,
): DirectionObserver | undefined {
  return observer?.span && { direction, observer };
}

/** Calls `span`, and never throws. */
export function tellSpan(
  { direction, observer }: DirectionObserver,
  rule: Rule,
  start: number,
  end: number,
): void {
  try {
    observer.span?.(direction, rule, start, end);
  } catch (error) {
    throwLater(error);
  }
}

/** Calls `head`, and never throws. */
export function tellHead({ direction, observer }: DirectionObserver, start: number, end: number): void {
  try {
    observer.head?.(direction, start, end);
  } catch (error) {
    throwLater(error);
  }
}

/** Calls `transition`, and never throws. */
export function tellTransition(
  observer: Http1Observer,
  role: Role,
  from: State,
  to: State,
  cause: Cause,
): void {
  try {
    observer.transition?.(role, from, to, cause);
  } catch (error) {
    throwLater(error);
  }
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
