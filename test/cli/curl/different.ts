/** How a transfer ended. */
export interface Outcome {
  readonly exit: number;
  /** The heads and the content, as `-i` prints them; a long output is its length and its hash. */
  readonly out: string;
}

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const TWICE = `${OK}Content-Length: 5\r\n\r\nhello`.repeat(2);

/** Odd responses that do not end as with curl, on purpose. */
export const DIFFERENT: Readonly<Record<string, Outcome>> = {
  // RFC 9110 §2.5: a higher minor version is read as 1.1. curl gives up.
  http12: { exit: 0, out: "HTTP/1.2 200 OK\r\nContent-Length: 5\r\n\r\nhello" },
  http19: { exit: 0, out: "HTTP/1.9 200 OK\r\nContent-Length: 5\r\n\r\nhello" },
  // What is no HTTP is not printed at all. curl prints an empty line.
  "crlf-before": { exit: 1, out: "" },
  // A length of more than 16 digits, or above 2^53-1, is refused. curl ignores some, and waits for the others.
  "cl-zeros": { exit: 8, out: `${OK}Content-Length: 00000000000000000000005\r\n\r\n` },
  "cl-huge": { exit: 8, out: `${OK}Content-Length: 99999999999999999999999\r\n\r\n` },
  "cl-2^63": { exit: 8, out: `${OK}Content-Length: 9223372036854775807\r\n\r\n` },
  "cl-2^63+1": { exit: 8, out: `${OK}Content-Length: 9223372036854775808\r\n\r\n` },
  "cl-2^53": { exit: 8, out: `${OK}Content-Length: 9007199254740993\r\n\r\n` },
  "ck-7fff": { exit: 56, out: CHUNKED },
  "ck-2^53": { exit: 56, out: CHUNKED },
  // identity is no coding, so Content-Length counts. curl waits for the end of the connection.
  "cl-te-identity": {
    exit: 0,
    out: `${OK}Content-Length: 5\r\nTransfer-Encoding: identity\r\n\r\nhello`,
  },
  // CR alone is refused. curl skips it in a chunk-size line, and reads another content.
  "ck-cr": { exit: 8, out: CHUNKED },
  // A folded trailer field is read as a folded field. curl refuses it.
  "tr-fold": { exit: 0, out: `${CHUNKED}abcX: y z\r\n` },
  // The limits are of a section, not of a line: 300 KiB of a head, 64 KiB of trailers.
  "tr-5k": { exit: 0, out: "5055 bytes, 4eb428c7e02319e1" },
  "field-101k": { exit: 0, out: "102548 bytes, ee12588b62300c74" },
  // The line that goes beyond the limit is not printed.
  "head-400k": { exit: 56, out: "306561 bytes, eaf7b51ca4f4ff9c" },
  // Bytes behind a response end the connection. curl takes them for the next response.
  "behind-two": { exit: 0, out: TWICE },
  "behind-response-two": { exit: 0, out: TWICE },
  // A head that is cut short is an error. For curl it is a complete response without content.
  "cut-status-line": { exit: 52, out: OK },
  "cut-field": { exit: 52, out: OK },
  "cut-fields": { exit: 52, out: `${OK}Content-Length: 5\r\n` },
  // The raw bytes are printed, but the content in them is broken, which is an error.
  "raw-gzip": { exit: 61, out: `${OK}Transfer-Encoding: gzip\r\n\r\nhello` },
  // Two gzip contents in one are one content (RFC 1952 §2.2). curl refuses the second.
  "ce-gzip-two": {
    exit: 0,
    out: `${OK}Content-Length: 70\r\nContent-Encoding: gzip\r\n\r\nhello world, hello worldhello world, hello world`,
  },
};
