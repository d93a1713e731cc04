/** What a peer may send before we refuse it. Every one has a default, a name and an error code of its own. */
export interface Http1Limits {
  /** Bytes of the start-line, its line end not counted. Beyond it: 414 in a request, 501 where its method is the longest part. nginx: one 8 KiB buffer. */
  readonly maxStartLineBytes: number;
  /** Bytes of the whole head, start-line and line ends counted. Beyond it: 431. Node: 16 KiB. */
  readonly maxHeadBytes: number;
  /** Field lines of the header section. Beyond it: 431. hyper: 100; Node keeps 2000 and drops the rest silently. */
  readonly maxFieldLines: number;
  /** Bytes of the chunk extensions of one chunk. */
  readonly maxChunkExtBytes: number;
  /** Bytes of the chunk extensions of one message. Node: 16 KiB (CVE-2024-22019). */
  readonly maxMessageChunkExtBytes: number;
  /** Hexadecimal digits of a chunk-size, leading zeros counted. */
  readonly maxChunkSizeDigits: number;
  /** Chunk framing may exceed the content by this factor, once it exceeds `maxChunkOverheadBytes` (CVE-2023-39326). */
  readonly maxChunkOverheadRatio: number;
  readonly maxChunkOverheadBytes: number;
  /** Bytes and field lines of the trailer section. */
  readonly maxTrailerBytes: number;
  readonly maxTrailerFieldLines: number;
  /** Interim (1xx) responses before the final one. Go: 5; Node, undici and curl: none. */
  readonly maxInformational: number;
  /** Empty lines before a request-line (RFC 9112 §2.2 asks for at least one to be ignored). */
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

/** What a server takes from a client. */
export const SERVER_LIMITS: Http1Limits = {
  ...SHARED,
  maxStartLineBytes: 8 * 1024,
  maxHeadBytes: 16 * 1024,
  maxFieldLines: 100,
};

/** What a client takes from a server. */
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
