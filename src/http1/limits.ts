/** What a peer may send before we refuse it. Every limit has a default, a name and an error code of its own. */
export interface Http1Limits {
  /**
   * Bytes of the start-line without its line end, 8192 by default. Beyond it: START_LINE_TOO_LONG (414), or
   * METHOD_TOO_LONG (501) when the method is the longest part. nginx: one 8 KiB buffer.
   */
  readonly maxStartLineBytes: number;
  /**
   * Bytes of the whole head, start-line and line ends counted: a server takes 16 KiB by default, a client 64 KiB.
   * Beyond it: HEAD_TOO_LARGE (431). Node: 16 KiB.
   */
  readonly maxHeadBytes: number;
  /**
   * Field lines of the header section: a server takes 100 by default, a client 256. Beyond it: TOO_MANY_FIELD_LINES
   * (431). hyper: 100; Node keeps 2000 and drops the rest silently.
   */
  readonly maxFieldLines: number;
  /** Bytes of the chunk extensions of one chunk, 256 by default. Beyond it: CHUNK_EXT_TOO_LONG. */
  readonly maxChunkExtBytes: number;
  /**
   * Bytes of the chunk extensions of one message, 4096 by default. Beyond it: CHUNK_EXT_TOO_LONG. Node: 16 KiB
   * (CVE-2024-22019).
   */
  readonly maxMessageChunkExtBytes: number;
  /** Hexadecimal digits of a chunk-size, leading zeros counted, 16 by default. Beyond it: INVALID_CHUNK_SIZE. */
  readonly maxChunkSizeDigits: number;
  /**
   * Bytes of chunk framing for one byte of content, 8 by default, once the framing has `maxChunkOverheadBytes`.
   * Beyond it: CHUNK_OVERHEAD (CVE-2023-39326).
   */
  readonly maxChunkOverheadRatio: number;
  /** Bytes of chunk framing that every message may have, 16 KiB by default. */
  readonly maxChunkOverheadBytes: number;
  /** Bytes of the trailer section, 4096 by default. Beyond it: TRAILERS_TOO_LARGE. */
  readonly maxTrailerBytes: number;
  /** Field lines of the trailer section, 32 by default. Beyond it: TRAILERS_TOO_LARGE. */
  readonly maxTrailerFieldLines: number;
  /**
   * Interim (1xx) responses before the final one, 16 by default. Beyond it: TOO_MANY_INFORMATIONAL. Go: 5; Node,
   * undici and curl: no limit.
   */
  readonly maxInformational: number;
  /**
   * Empty lines before a request-line, 2 by default (RFC 9112 §2.2 asks for at least one). Beyond it:
   * TOO_MANY_EMPTY_LINES.
   */
  readonly maxEmptyLines: number;
}

const SHARED = {
  maxChunkExtBytes: 256,
  maxMessageChunkExtBytes: 4096,
  maxChunkSizeDigits: 16,
  maxChunkOverheadRatio: 8,
  maxChunkOverheadBytes: 16 * 1024,
  maxTrailerBytes: 4096,
  maxTrailerFieldLines: 32,
  maxInformational: 16,
  maxEmptyLines: 2,
} as const;

/** The default limits of a server: what it takes from a client. */
export const SERVER_LIMITS: Http1Limits = {
  ...SHARED,
  maxStartLineBytes: 8 * 1024,
  maxHeadBytes: 16 * 1024,
  maxFieldLines: 100,
};

/** The default limits of a client: what it takes from a server. */
export const CLIENT_LIMITS: Http1Limits = {
  ...SHARED,
  maxStartLineBytes: 8 * 1024,
  maxHeadBytes: 64 * 1024,
  maxFieldLines: 256,
};

/** For what we write ourselves: it is bounded by whoever sends it. */
export const UNLIMITED = Object.fromEntries(
  Object.keys(SERVER_LIMITS).map((name) => [name, Number.POSITIVE_INFINITY]),
) as unknown as Http1Limits;
