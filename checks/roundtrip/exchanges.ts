import fc from "fast-check";
import { isFieldContent, isTargetOctet, isTchar, isWhitespace } from "../../src/bytes/octets.ts";
import type { Version } from "../../src/http1/events.ts";
import { Fields } from "../../src/http1/fields.ts";

/*
 * Random exchanges that follow the rules: everything that may be sent, and nothing else.
 */

type Line = readonly [name: string, value: string];

/** Content, and how it is framed. */
export interface GeneratedBody {
  readonly framing: "none" | "length" | "chunked" | "close";
  readonly pieces: readonly Uint8Array[];
  readonly trailers: readonly Line[];
}

export interface GeneratedExchange {
  readonly method: string;
  readonly target: string;
  readonly version: Version;
  readonly host: string;
  readonly requestLines: readonly Line[];
  readonly requestBody: GeneratedBody;
  readonly informational: readonly { readonly status: number; readonly lines: readonly Line[] }[];
  readonly status: number;
  readonly reason: string;
  readonly responseVersion: Version;
  readonly responseLines: readonly Line[];
  readonly responseBody: GeneratedBody;
  /** The sizes of the pieces in which the bytes arrive, repeated as often as needed. */
  readonly pieceSizes: readonly number[];
}

const octets = Array.from({ length: 256 }, (_, code) => code);
const text = (isOfClass: (octet: number) => boolean, minLength: number, maxLength: number) =>
  fc.string({
    unit: fc.constantFrom(...octets.filter(isOfClass).map((code) => String.fromCharCode(code))),
    minLength,
    maxLength,
  });

const token = text(isTchar, 1, 8);
/** Names without a meaning, so that no field contradicts the message. */
const name = token.map((rest) => `x-${rest}`);
const value = text(isFieldContent, 0, 12).map(trimWhitespace);
const line: fc.Arbitrary<Line> = fc.tuple(name, value);
const lines = fc.array(line, { maxLength: 4 });
const reason = fc.oneof(fc.constant("OK"), text(isFieldContent, 0, 12));
const version = fc.constantFrom<Version>("1.1", "1.1", "1.1", "1.0");
const piece = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 20 }),
  fc.integer({ min: 1, max: 3000 }).map((length) => new Uint8Array(length).fill(0x0d)),
);
const body = (...framings: GeneratedBody["framing"][]): fc.Arbitrary<GeneratedBody> =>
  fc.record({
    framing: fc.constantFrom(...framings),
    pieces: fc.array(piece, { maxLength: 3 }),
    trailers: fc.array(line, { maxLength: 2 }),
  });

const host = fc.constantFrom("a", "a.example:8080", "[::1]", "127.0.0.1:80", "A");
const path = text(isTargetOctet, 0, 16).map((rest) => `/${rest}`);
const start = fc.oneof(
  { weight: 6, arbitrary: fc.record({ method: token, form: fc.constant("origin"), path }) },
  { weight: 1, arbitrary: fc.record({ method: token, form: fc.constant("absolute"), path }) },
  { weight: 1, arbitrary: fc.constant({ method: "OPTIONS", form: "asterisk", path: "" }) },
  { weight: 2, arbitrary: fc.record({ method: fc.constant("HEAD"), form: fc.constant("origin"), path }) },
);

export const exchange: fc.Arbitrary<GeneratedExchange> = fc
  .record({
    start,
    host,
    version,
    requestLines: lines,
    requestBody: body("none", "length", "chunked"),
    informational: fc.array(
      fc.record({ status: fc.integer({ min: 102, max: 199 }), lines: fc.array(line, { maxLength: 1 }) }),
      { maxLength: 2 },
    ),
    status: fc.oneof(fc.constantFrom(200, 204, 304, 404), fc.integer({ min: 200, max: 999 })),
    reason,
    responseVersion: version,
    responseLines: lines,
    responseBody: body("length", "chunked", "close"),
    pieceSizes: fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4000 })), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  .map(({ start: { method, form, path: rest }, ...parts }) => ({
    ...parts,
    method: method === "CONNECT" ? "GET" : method,
    informational: parts.version === "1.0" ? [] : parts.informational,
    target: form === "origin" ? rest : form === "absolute" ? `http://${parts.host}${rest}` : "*",
    requestBody: fitting(parts.requestBody, parts.version),
    responseBody: hasNoContent(method, parts.status)
      ? NO_BODY
      : fitting(parts.responseBody, parts.version === "1.0" ? "1.0" : parts.responseVersion),
  }));

const NO_BODY: GeneratedBody = { framing: "none", pieces: [], trailers: [] };

function hasNoContent(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

/** Only HTTP/1.1 has transfer codings, and only chunked content has trailers. */
function fitting({ framing, pieces, trailers }: GeneratedBody, spoken: Version): GeneratedBody {
  const kind = framing === "chunked" && spoken === "1.0" ? "length" : framing;
  return {
    framing: kind,
    pieces: kind === "none" ? [] : pieces,
    trailers: kind === "chunked" ? trailers : [],
  };
}

/** The field lines of a head. The lines that frame the body are somewhere among them. */
export function fieldsWith(before: readonly Line[], { framing, pieces }: GeneratedBody): Fields {
  const length = pieces.reduce((sum, { length }) => sum + length, 0);
  const framed: Line[] =
    framing === "length"
      ? [["Content-Length", String(length)]]
      : framing === "chunked"
        ? [["Transfer-Encoding", "chunked"]]
        : [];
  const at = before.length >> 1;
  return Fields.from([...before.slice(0, at), ...framed, ...before.slice(at)]);
}

function trimWhitespace(octetText: string): string {
  let from = 0;
  let to = octetText.length;
  while (from < to && isWhitespace(octetText.charCodeAt(from))) from++;
  while (to > from && isWhitespace(octetText.charCodeAt(to - 1))) to--;
  return octetText.slice(from, to);
}
