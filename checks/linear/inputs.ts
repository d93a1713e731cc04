const CHUNKED = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/** Requests that tempt a parser to read the same bytes again. `size` is about their length. */
export const INPUTS: Readonly<Record<string, (size: number) => string>> = {
  "a long field value": (size) => `GET / HTTP/1.1\r\nA: ${"b".repeat(size)}`,
  "a value of blanks": (size) => `GET / HTTP/1.1\r\nA: ${" ".repeat(size)}b`,
  "a long target": (size) => `GET /${"?".repeat(size)}`,
  "many field lines": (size) => `GET / HTTP/1.1\r\n${"A: b\r\n".repeat(size / 6)}`,
  "many fields of one name": (size) => `GET / HTTP/1.1\r\n${"Host: b\r\n".repeat(size / 9)}`,
  "small requests": (size) => "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(size / 27),
  "chunks of one byte": (size) => CHUNKED + "1\r\nx\r\n".repeat(size / 6),
  "a long chunk extension": (size) => `${CHUNKED}1;${"a".repeat(size)}`,
  "semicolons and quotes in an extension": (size) => `${CHUNKED}1${';a="\\""'.repeat(size / 7)}\r\n`,
  "many trailers": (size) => `${CHUNKED}0\r\n${"A: b\r\n".repeat(size / 6)}`,
  content: (size) => `POST / HTTP/1.0\r\nContent-Length: ${size}\r\n\r\n${"x".repeat(size - 1)}`,
};

const { POSITIVE_INFINITY } = Number;

/** Without limits, since a limit would end the measurement. */
export const UNLIMITED = {
  maxStartLineBytes: POSITIVE_INFINITY,
  maxHeadBytes: POSITIVE_INFINITY,
  maxFieldLines: POSITIVE_INFINITY,
  maxChunkExtBytes: POSITIVE_INFINITY,
  maxMessageChunkExtBytes: POSITIVE_INFINITY,
  maxTrailerBytes: POSITIVE_INFINITY,
  maxTrailerFieldLines: POSITIVE_INFINITY,
  maxChunkOverheadBytes: POSITIVE_INFINITY,
};
