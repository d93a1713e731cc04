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
  /**
   * A field name is whatever stands before the colon: no token, nothing, or with whitespace around it. Such a name is
   * kept as it stands, so `Content-Length : 5` is no Content-Length (RFC 9112 §5.1).
   */
  readonly anyFieldName?: boolean;
  /** Control octets in field values and reason phrases, but never NUL, CR or LF (RFC 9110 §5.5: MAY). */
  readonly controlOctets?: boolean;
  /**
   * A status-line with `http/` in lower case, HTAB in place of SP, no SP behind the status code, or HTTP/2.0 as its
   * version; HTTP/2, too, where nothing stands behind the status code (RFC 9112 §4).
   */
  readonly looseStatusLine?: boolean;
  /** The first response of a connection may lack its head: all that comes is its content (HTTP/0.9). */
  readonly http09?: boolean;
  /**
   * Members of Transfer-Encoding that change nothing are passed over: identity, empty ones, chunked again; all of them, where
   * a response has no content (HEAD, 1xx, 204, 304).
   */
  readonly idleCodings?: boolean;
  /** The codings gzip, deflate, br and zstd in Transfer-Encoding: the content is what they made of it (RFC 9112 §7.2). */
  readonly otherCodings?: boolean;
  /**
   * Content-Length beside Transfer-Encoding is ignored, and so is the version 1.0; no other exchange follows
   * (RFC 9112 §6.1, §6.3).
   */
  readonly codingWins?: boolean;
  /** Content-Length is ignored, whatever it says: the content ends with the connection, unless it is chunked. */
  readonly ignoreContentLength?: boolean;
  /** What follows the digits of a chunk-size in its line is skipped (RFC 9112 §7.1.1). */
  readonly anyChunkExt?: boolean;
  /**
   * Only the response says whether the connection persists. Our own `Connection: close`, or a request of version 1.0,
   * does not end it (RFC 9112 §9.3, §9.6).
   */
  readonly serverDecides?: boolean;
  /** A 101 that no request asked for is a response whose content ends with the connection (RFC 9110 §15.2.2). */
  readonly unaskedSwitch?: boolean;
}

/** No leniency: the default. */
export const STRICT: Http1Leniency = {};
