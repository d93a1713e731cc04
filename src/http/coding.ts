import { pipeline, type Transform } from "node:stream";
import { listMembers } from "../http1/list.ts";
import { TransportError } from "../tcp/errors.ts";

/** What content may be blown up to: a few kilobytes of zeros, compressed twice, fill any memory. */
export interface DecodeLimits {
  /** Codings on top of each other. curl and undici: 5. */
  readonly maxCodings: number;
  readonly maxDecodedBytes: number;
  /** Decoded bytes for one coded byte, once there are `ratioFreeBytes`. */
  readonly maxRatio: number;
  readonly ratioFreeBytes: number;
}

export const DECODE_LIMITS: DecodeLimits = {
  maxCodings: 2,
  maxDecodedBytes: 256 * 1024 * 1024,
  maxRatio: 200,
  ratioFreeBytes: 1024 * 1024,
};

/**
 * Undoes the content codings (RFC 9110 §8.4), as it is read. A coding nobody here knows leaves the content as it
 * is: the field still says so.
 *
 * @throws {TransportError} while it is read: DECODE_FAILED when it is broken or cut short, DECODE_BOMB.
 */
export function decodedContent(
  content: AsyncIterable<Uint8Array>,
  contentEncoding: string,
  limits: DecodeLimits = DECODE_LIMITS,
): AsyncIterable<Uint8Array> {
  const codings = listMembers(contentEncoding.toLowerCase()).filter(
    (coding) => coding !== "" && coding !== "identity",
  );
  if (!codings.every(isKnown)) return content;
  if (codings.length > limits.maxCodings) {
    const message = `the content has ${codings.length} codings on top of each other, more than ${limits.maxCodings}`;
    return failing(content, new TransportError("DECODE_BOMB", "body", message));
  }
  // Applied in the order they are listed, so undone from the last.
  return codings.reduceRight((coded, coding) => decodedOnce(coded, coding, limits), content);
}

type Coding = "gzip" | "x-gzip" | "deflate" | "br";

function isKnown(coding: string): coding is Coding {
  return coding === "gzip" || coding === "x-gzip" || coding === "deflate" || coding === "br";
}

async function* decodedOnce(
  coded: AsyncIterable<Uint8Array>,
  coding: string,
  limits: DecodeLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = new CountedSource(coded);
  const first = await source.first();
  // Nothing is nothing, coded or not; many servers say gzip of an empty content.
  if (first === undefined) return;
  const decoder = decoderFor(coding as Coding, first);
  pipeline(source, decoder, () => {}); // its errors come out of the decoder
  let decodedBytes = 0;
  try {
    for await (const bytes of decoder as AsyncIterable<Uint8Array>) {
      decodedBytes += bytes.length;
      if (decodedBytes > limits.maxDecodedBytes || isBomb(decodedBytes, decoder.bytesWritten, limits)) {
        const message = `${decoder.bytesWritten} bytes of ${coding} became ${decodedBytes} bytes of content`;
        throw new TransportError("DECODE_BOMB", "body", message);
      }
      yield bytes;
    }
  } catch (error) {
    if (source.failure !== undefined) throw source.failure;
    if (error instanceof TransportError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const what =
      code === "Z_BUF_ERROR" || /unexpected end/i.test(message) ? "cut short" : `broken: ${message}`;
    throw new TransportError("DECODE_FAILED", "body", `the ${coding} coded content is ${what}`, {
      cause: error,
    });
  }
  // A decoder stops at the end of its data. What stands behind it was never checked by anyone.
  const unread = source.bytes - decoder.bytesWritten;
  if (unread > 0) {
    const message = `${unread} bytes follow the end of the ${coding} coded content`;
    throw new TransportError("DECODE_FAILED", "body", message);
  }
}

function isBomb(decodedBytes: number, codedBytes: number, limits: DecodeLimits): boolean {
  return decodedBytes > limits.ratioFreeBytes && decodedBytes > codedBytes * limits.maxRatio;
}

/** `bytesWritten` are those it has worked on; more may wait before it. */
type Decoder = Transform & { readonly bytesWritten: number };

function decoderFor(coding: Coding, first: Uint8Array): Decoder {
  const zlib = process.getBuiltinModule("node:zlib");
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return zlib.createGunzip();
    case "deflate":
      // RFC 9110 §8.4.1.2: the zlib format; but some servers send the bare one. Its header tells: CM is 8.
      return ((first[0] ?? 0) & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw();
    case "br":
      return zlib.createBrotliDecompress();
    default:
      return coding satisfies never;
  }
}

/** A content with its first piece looked at, its bytes counted, and its own failure told from the decoder's. */
class CountedSource implements AsyncIterable<Uint8Array> {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #first: Uint8Array | undefined;
  bytes = 0;
  failure: unknown;

  constructor(content: AsyncIterable<Uint8Array>) {
    this.#iterator = content[Symbol.asyncIterator]();
  }

  async first(): Promise<Uint8Array | undefined> {
    this.#first = (await this.#iterator.next()).value as Uint8Array | undefined;
    return this.#first;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let bytes = this.#first; bytes !== undefined; bytes = (await this.#iterator.next()).value) {
        this.bytes += bytes.length;
        yield bytes;
      }
    } catch (error) {
      this.failure = error;
      throw error;
    } finally {
      await this.#iterator.return?.();
    }
  }
}

// biome-ignore lint/correctness/useYield: it is a content that only fails
async function* failing(
  content: AsyncIterable<Uint8Array>,
  error: Error,
): AsyncGenerator<Uint8Array, void, undefined> {
  // Begun and left at once, so that its source knows.
  for await (const _ of content) break;
  throw error;
}
