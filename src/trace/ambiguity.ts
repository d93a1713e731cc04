import type { ProtocolErrorCode } from "../http1/errors.ts";
import type { Reading } from "./node.ts";

/*
 * How programs read bytes that can be read in several ways. What is said of nginx 1.22, Apache 2.4, node:http and curl 7.88
 * was measured: docs/conformance.md has the inputs and the answers, and a test holds the two together.
 */

const REFUSED = "refuse it";

/** What the readers of requests do, then what curl does with a response. */
interface Readings {
  readonly requests: readonly Reading[];
  readonly responses: readonly Reading[];
}

const READINGS: Readonly<Partial<Record<ProtocolErrorCode, Readings>>> = {
  LENGTH_AND_CODING: {
    requests: [
      { who: "node:http, nginx", what: REFUSED },
      { who: "Apache", what: "reads the chunks, ignores Content-Length, and closes behind the message" },
    ],
    responses: [
      { who: "node:http, undici", what: REFUSED },
      { who: "curl", what: "reads the chunks, and ignores Content-Length" },
    ],
  },
  DUPLICATE_CONTENT_LENGTH: {
    requests: [
      { who: "node:http, nginx, Apache", what: REFUSED },
      { who: "a careless reader", what: "takes the first length, or the last" },
    ],
    responses: [
      { who: "node:http, undici", what: REFUSED },
      { who: "curl", what: "takes one of several equal lengths, and refuses different ones" },
    ],
  },
  BARE_LF: {
    requests: [
      { who: "node:http, Apache", what: REFUSED },
      { who: "nginx", what: "takes LF for the end of the line: other fields, perhaps another message" },
    ],
    responses: [
      { who: "node:http, undici", what: REFUSED },
      { who: "curl", what: "takes LF for the end of the line" },
    ],
  },
  BARE_CR: {
    requests: [
      { who: "node:http, Apache", what: REFUSED },
      { who: "nginx", what: "refuses it, but not at the end of a line" },
    ],
    responses: [
      { who: "node:http, undici", what: REFUSED },
      { who: "curl", what: "takes CR for a part of the value" },
    ],
  },
  FOLDED_LINE: {
    requests: [
      { who: "node:http, nginx", what: REFUSED },
      { who: "Apache", what: "joins both lines to one value" },
      { who: "a careless reader", what: "takes the second line for a field of its own" },
    ],
    responses: [
      { who: "node:http, undici", what: REFUSED },
      { who: "curl", what: "joins both lines to one value" },
    ],
  },
  WHITESPACE_BEFORE_COLON: {
    requests: [
      { who: "node:http, nginx, Apache", what: REFUSED },
      { who: "a careless reader", what: "ignores the whitespace, or the whole field" },
    ],
    responses: [
      { who: "node:http, undici", what: REFUSED },
      { who: "curl", what: "ignores the whitespace" },
    ],
  },
  DUPLICATE_HOST: {
    requests: [
      { who: "nginx, Apache", what: REFUSED },
      { who: "node:http", what: "takes the first Host, and ignores the others" },
      { who: "a careless reader", what: "takes the last Host" },
    ],
    responses: [],
  },
  HOST_MISMATCH: {
    requests: [
      { who: "RFC 9112 §3.2.2", what: "the host of the target counts, and Host is ignored" },
      {
        who: "node:http, nginx, Apache",
        what: "accept it; an application that looks at Host sees the other host",
      },
    ],
    responses: [],
  },
  TRANSFER_CODING_IN_HTTP_10: {
    requests: [
      { who: "nginx", what: REFUSED },
      { who: "node:http, Apache", what: "read the chunks" },
      { who: "an old proxy", what: "knows no chunks: the body ends somewhere else" },
    ],
    responses: [{ who: "node:http, undici, curl", what: "read the chunks" }],
  },
  CHUNK_SIZE_TOO_LARGE: {
    requests: [
      { who: "nginx", what: REFUSED },
      { who: "node:http", what: "waits for so much content" },
      { who: "a reader with 32 or 64 bits", what: "keeps the last digits: the chunk ends early" },
    ],
    responses: [{ who: "a reader with 32 or 64 bits", what: "keeps the last digits: the chunk ends early" }],
  },
};

const CHUNK_TRICKS: readonly (readonly [form: RegExp, readings: Readings["requests"]])[] = [
  [
    /^[0-9a-f]+[ \t]+[\r\n]/i,
    [
      { who: "node:http", what: REFUSED },
      { who: "nginx, Apache", what: "skip the whitespace" },
    ],
  ],
  [
    /^(?:[ \t]*[+-]|0x)/i,
    [
      { who: "node:http, nginx, Apache", what: REFUSED },
      {
        who: "a reader that uses strtol() or parseInt()",
        what: "takes sign and 0x for a part of the number",
      },
    ],
  ],
  [
    /^[ \t]+[0-9a-f]/i,
    [
      { who: "node:http, nginx, Apache", what: REFUSED },
      { who: "a reader that uses strtol() or parseInt()", what: "skips the whitespace" },
    ],
  ],
  [
    /^0{17}|^0+[0-9a-f]{0,16}[\r\n]/i,
    [
      { who: "node:http, nginx, Apache", what: "skip the zeros, however many there are" },
      { who: "wirepane", what: "takes at most 16 digits" },
    ],
  ],
  [
    /^[0-9a-f]{17}/i,
    [
      { who: "node:http, nginx, Apache", what: REFUSED },
      { who: "a reader with 64 bits", what: "keeps the last 16 digits: the chunk ends early" },
    ],
  ],
  [
    /^[0-9a-f]+_/i,
    [
      { who: "node:http, nginx, Apache", what: REFUSED },
      { who: "a reader that uses int() of Python", what: "skips the underscore" },
    ],
  ],
];

/**
 * How different programs read what broke this rule. Empty: all refuse it alike.
 *
 * @param octets the line at fault, from its first byte.
 */
export function readingsOf(
  code: ProtocolErrorCode,
  message: "request" | "response",
  octets: string,
): readonly Reading[] {
  if (code === "INVALID_CHUNK_SIZE") return CHUNK_TRICKS.find(([form]) => form.test(octets))?.[1] ?? [];
  const readings = READINGS[code];
  return readings === undefined ? [] : message === "request" ? readings.requests : readings.responses;
}
