/** How much a peer may send. Each limit has a default, and an error code of its own. */
export interface Http1Limits {
  /**
   * Bytes of the start-line, without its line end. A longer request-line is 414, or 501 where the method is its
   * longest part. Default: 8 KiB. nginx: one 8 KiB buffer.
   */
  readonly maxStartLineBytes: number;
  /**
   * Bytes of the whole head, with start-line and line ends. A longer head is 431. Default: server 16 KiB, client 64
   * KiB. Node: 16 KiB.
   */
  readonly maxHeadBytes: number;
  /**
   * Field lines of the header section. More are 431. Default: server 100, client 256. hyper: 100; Node keeps 2000 and
   * drops the rest silently.
   */
  readonly maxFieldLines: number;
  /** Bytes of the chunk extensions of one chunk. Default: 256. */
  readonly maxChunkExtBytes: number;
  /** Bytes of the chunk extensions of one message. Default: 4 KiB. Node: 16 KiB (CVE-2024-22019). */
  readonly maxMessageChunkExtBytes: number;
  /** Hexadecimal digits of a chunk-size, with leading zeros. Default: 16. */
  readonly maxChunkSizeDigits: number;
  /**
   * How many times as many bytes as content the chunk framing may have, once it has more than `maxChunkOverheadBytes`
   * (CVE-2023-39326). Default: 8.
   */
  readonly maxChunkOverheadRatio: number;
  /** Bytes of chunk framing in a message to which no ratio applies. Default: 16 KiB. */
  readonly maxChunkOverheadBytes: number;
  /** Bytes of the trailer section. More are 431. Default: 4 KiB. */
  readonly maxTrailerBytes: number;
  /** Field lines of the trailer section. More are 431. Default: 32. */
  readonly maxTrailerFieldLines: number;
  /** Interim (1xx) responses before the final one. Default: 16. Go: 5; Node, undici and curl have no limit. */
  readonly maxInformational: number;
  /** Empty lines before a request-line that are ignored (RFC 9112 §2.2: at least one). Default: 2. */
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

/** The defaults of a server: what it accepts from a client. */
export const SERVER_LIMITS: Http1Limits = {
  ...SHARED,
  maxStartLineBytes: 8 * 1024,
  maxHeadBytes: 16 * 1024,
  maxFieldLines: 100,
};

/** The defaults of a client: what it accepts from a server. */
export const CLIENT_LIMITS: Http1Limits = {
  ...SHARED,
  maxStartLineBytes: 8 * 1024,
  maxHeadBytes: 64 * 1024,
  maxFieldLines: 256,
};

/** For reading what we write ourselves: the sender bounds it. */
export const UNLIMITED = Object.fromEntries(
  Object.keys(SERVER_LIMITS).map((name) => [name, Number.POSITIVE_INFINITY]),
) as unknown as Http1Limits;
