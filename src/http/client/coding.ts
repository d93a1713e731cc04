import { counted, quote } from "../../bytes/text.ts";
import type { Fields } from "../../http1/fields.ts";
import { listMembers } from "../../http1/list.ts";
import { TransportError } from "../../tcp/errors.ts";
import type { Coding } from "./undone-coding.ts";

/**
 * How far a content may expand when it is decoded: a few kilobytes of zeros, compressed twice, fill any memory. A
 * stream needs no limit, since no more of it is in memory than its reader has not taken yet.
 */
export interface DecodeLimits {
  /** Codings on top of each other, 2 by default; then DECODE_BOMB. curl and undici take 5. */
  readonly maxCodings: number;
  /** Decoded bytes of one content, streamed or gathered; no limit by default. Beyond it: DECODE_BOMB. */
  readonly maxDecodedBytes: number;
  /**
   * Decoded bytes for one received byte of a content that is gathered (`bytes()`, `text()`, `json()`), 200 by
   * default; then DECODE_BOMB. Counts beyond `ratioFreeBytes`. Zeros in gzip have about 1000.
   */
  readonly maxRatio: number;
  /** Decoded bytes for which `maxRatio` does not count, 16 MiB by default. */
  readonly ratioFreeBytes: number;
}

/** The default limits of decoding. */
export const DECODE_LIMITS: DecodeLimits = {
  maxCodings: 2,
  maxDecodedBytes: Number.POSITIVE_INFINITY,
  maxRatio: 200,
  ratioFreeBytes: 16 * 1024 * 1024,
};

/** Undoes content codings, within limits. */
export interface Decoding {
  /** The content without its codings. */
  decoded(content: AsyncIterable<Uint8Array>, contentEncoding: string): AsyncIterable<Uint8Array>;
  /**
   * Limits a decoded content whose reader keeps all of it in memory.
   *
   * @param receivedBytes how many bytes of the coded content were received so far.
   */
  guarded(decoded: AsyncIterable<Uint8Array>, receivedBytes: () => number): AsyncIterable<Uint8Array>;
}

export function decodingWithin(limits: DecodeLimits): Decoding {
  return {
    decoded: (content, contentEncoding) => decodedContent(content, contentEncoding, limits),
    guarded: (decoded, receivedBytes) => guardedContent(decoded, receivedBytes, limits),
  };
}

/**
 * Undoes the content codings (RFC 9110 §8.4) while the content is read.
 *
 * @throws {TransportError} while the content is read: DECODE_FAILED if it is broken, cut short or in an unknown coding;
 * DECODE_BOMB.
 */
export function decodedContent(
  content: AsyncIterable<Uint8Array>,
  contentEncoding: string,
  limits: DecodeLimits = DECODE_LIMITS,
): AsyncIterable<Uint8Array> {
  const codings = listMembers(contentEncoding.toLowerCase()).filter((coding) => !NO_CODINGS.has(coding));
  const unknown = codings.find((coding) => !isKnown(coding));
  if (unknown !== undefined) {
    const message =
      unknown === "zstd"
        ? `the content is coded with zstd, which Node has from 22.15 on (this is ${process.version})`
        : `the content has a coding that is not known here: ${quote(unknown)}`;
    return failing(content, new TransportError("DECODE_FAILED", "body", message));
  }
  if (codings.length > limits.maxCodings) {
    const message = `the content has ${counted(codings.length, "coding")} on top of each other, more than ${limits.maxCodings}`;
    return failing(content, new TransportError("DECODE_BOMB", "body", message));
  }
  // Codings are listed in the order in which they were applied. The last one is undone first.
  const decoded = codings.reduceRight(decodedOnce, content);
  return limits.maxDecodedBytes === Number.POSITIVE_INFINITY
    ? decoded
    : checked(decoded, (length) => {
        if (length > limits.maxDecodedBytes)
          throw bomb(`more than ${counted(limits.maxDecodedBytes, "byte")}`);
      });
}

/** @throws {TransportError} DECODE_BOMB while the content is read. */
function guardedContent(
  decoded: AsyncIterable<Uint8Array>,
  receivedBytes: () => number,
  { maxRatio, ratioFreeBytes }: DecodeLimits,
): AsyncIterable<Uint8Array> {
  return checked(decoded, (length) => {
    const received = receivedBytes();
    if (length > ratioFreeBytes && length > received * maxRatio)
      throw bomb(`${counted(length, "byte")}, of ${received} that were received`);
  });
}

const bomb = (size: string): TransportError =>
  new TransportError("DECODE_BOMB", "body", `the coded content has become ${size}`);

/** @param check gets the number of bytes so far, before the last of them are handed on. It may throw. */
async function* checked(
  content: AsyncIterable<Uint8Array>,
  check: (length: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let length = 0;
  for await (const bytes of content) {
    length += bytes.length;
    check(length);
    yield bytes;
  }
}

/** What changes nothing: `identity` by RFC 9110 §12.5.3, and `none`, which some servers say in its place. */
const NO_CODINGS: ReadonlySet<string> = new Set(["", "identity", "none"]);

/** Node has zstd since 22.15. `process.versions` says so without loading zlib. */
const hasZstd = (): boolean => "zstd" in process.versions;

/** The codings that are undone here, as the value of Accept-Encoding. */
export const acceptEncoding = (): string => (hasZstd() ? "gzip, deflate, br, zstd" : "gzip, deflate, br");

function isKnown(coding: string): coding is Coding {
  return (
    coding === "gzip" ||
    coding === "x-gzip" ||
    coding === "deflate" ||
    coding === "br" ||
    (coding === "zstd" && hasZstd())
  );
}

/** The transfer codings below a final chunked, which the reader of the message has undone; `undefined`: none. */
export function transferCodings(fields: Fields): string | undefined {
  if (!fields.controls) return undefined;
  const value = fields.value("transfer-encoding");
  if (value === undefined || value === "chunked") return undefined;
  const codings = listMembers(value.toLowerCase()).filter(
    (coding) => coding !== "" && coding !== "identity" && coding !== "chunked",
  );
  return codings.length === 0 ? undefined : codings.join(", ");
}

/** The decoders come with the first content that is coded. */
async function* decodedOnce(
  coded: AsyncIterable<Uint8Array>,
  coding: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { undone } = await import("./undone-coding.ts");
  yield* undone(coded, coding as Coding);
}

/** Fails when the first byte is read. Without content (HEAD, 204, 304), there is nothing to decode and no failure. */
// biome-ignore lint/correctness/useYield: a content that only fails
async function* failing(
  content: AsyncIterable<Uint8Array>,
  error: Error,
): AsyncGenerator<Uint8Array, void, undefined> {
  // Throwing leaves the loop, which tells the source that nobody reads on.
  for await (const bytes of content) if (bytes.length > 0) throw error;
}
