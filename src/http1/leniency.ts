/**
 * Where a client may bend a rule, each by a switch of its own. All are off by default, and none applies to a
 * request we receive. A switch that was used shows up in the observer as a rule of its own.
 */
export interface Http1Leniency {
  /** A bare LF ends a line of a response (RFC 9112 §2.2 MAY). */
  readonly bareLf?: boolean;
  /** Content-Length given more than once, or as a list, with equal values (RFC 9110 §8.6). */
  readonly equalContentLengths?: boolean;
  /** A folded field line of a response is joined with a space (RFC 9112 §5.2), in its trailer section too. */
  readonly obsFold?: boolean;
  /** A field of a response that must not be a trailer is discarded instead of refused (RFC 9110 §6.5.1). */
  readonly forbiddenTrailers?: boolean;
}

export const STRICT: Http1Leniency = {};
