/**
 * Rules that a client may relax, each by a switch. All switches are off by default, and none applies to requests that
 * a server receives. Each use of a switch is told to the observer as a rule of its own.
 */
export interface Http1Leniency {
  /** A bare LF ends a line of a response (RFC 9112 §2.2: MAY). */
  readonly bareLf?: boolean;
  /** Content-Length given more than once, or as a list, with equal values (RFC 9110 §8.6). */
  readonly equalContentLengths?: boolean;
  /** A folded field line of a response is joined with a single SP (RFC 9112 §5.2), also in its trailer section. */
  readonly obsFold?: boolean;
  /** A response's field that must not be a trailer is discarded, not refused (RFC 9110 §6.5.1). */
  readonly forbiddenTrailers?: boolean;
}

/** No leniency: the default. */
export const STRICT: Http1Leniency = {};
