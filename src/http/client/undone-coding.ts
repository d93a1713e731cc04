import type { Transform } from "node:stream";
import { joined } from "../../bytes/copy.ts";
import { TransportError } from "../../tcp/errors.ts";

export type Coding = "gzip" | "x-gzip" | "deflate" | "br" | "zstd";

/**
 * Undoes one coding. What was decoded before an error is handed on before the error is thrown.
 *
 * @throws {TransportError} DECODE_FAILED
 */
export async function* undone(
  coded: AsyncIterable<Uint8Array>,
  coding: Coding,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = new Source(coded, coding);
  try {
    const first = await source.peek();
    // An empty content is empty in any coding. Many servers say "gzip" about an empty content.
    if (first === undefined) return;
    if (coding === "gzip" || coding === "x-gzip") yield* members(source);
    else yield* inflated(source, decoderFor(coding, first));
    // No checksum covers the bytes behind the end of the coded data.
    if ((await source.peek()) === undefined) return;
    throw new TransportError("DECODE_FAILED", "body", `the ${coding} coded content goes on behind its end`);
  } finally {
    await source.close();
  }
}

const MEMBER_START = [0x1f, 0x8b] as const;
const MEMBER_HEAD_BYTES = 10;
const MEMBER_END_BYTES = 8;
const FLAG = { headChecksum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };

/**
 * A file of gzip is one member behind the other (RFC 1952 §2.2). Node's own decoder drops what it has just decoded when
 * something else than a member follows.
 */
async function* members(source: Source): AsyncGenerator<Uint8Array, void, undefined> {
  const { createInflateRaw, crc32 } = process.getBuiltinModule("node:zlib");
  do {
    await skipMemberHead(source);
    let [checksum, length] = [0, 0];
    for await (const bytes of inflated(source, createInflateRaw())) {
      checksum = crc32(bytes, checksum);
      length += bytes.length;
      yield bytes;
    }
    const end = viewOf(await source.take(MEMBER_END_BYTES));
    if (end.getUint32(0, true) !== checksum) throw source.broken("incorrect data check");
    if (end.getUint32(4, true) !== length % 2 ** 32) throw source.broken("incorrect length check");
  } while (await source.startsWith(MEMBER_START));
}

/** RFC 1952 §2.3. */
async function skipMemberHead(source: Source): Promise<void> {
  if (!(await source.startsWith(MEMBER_START))) throw source.broken("incorrect header check");
  const [, , method, flags = 0] = await source.take(MEMBER_HEAD_BYTES);
  if (method !== 8) throw source.broken("unknown compression method");
  if (flags & FLAG.reserved) throw source.broken("unknown header flags set");
  if (flags & FLAG.extra) await source.take(viewOf(await source.take(2)).getUint16(0, true));
  if (flags & FLAG.name) await source.skipText();
  if (flags & FLAG.comment) await source.skipText();
  if (flags & FLAG.headChecksum) await source.take(2);
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** `bytesWritten`: how many bytes the decoder has worked on. */
type Decoder = Transform & { readonly bytesWritten: number };

/** What the types of Node 20 lack. */
interface ZstdOfZlib {
  createZstdDecompress(options: { readonly params: Readonly<Record<number, number>> }): Decoder;
}
/** ZSTD_d_windowLogMax. */
const WINDOW_LOG_MAX = 100;

function decoderFor(coding: Exclude<Coding, "gzip" | "x-gzip">, first: Uint8Array): Decoder {
  const zlib = process.getBuiltinModule("node:zlib");
  switch (coding) {
    case "deflate":
      // RFC 9110 §8.4.1.2: "deflate" is the zlib format. But some servers send it without the zlib header. The header
      // tells them apart: its CM is 8.
      return ((first[0] ?? 0) & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw();
    case "br":
      return zlib.createBrotliDecompress();
    case "zstd":
      // RFC 9659: no window above 8 MiB, whatever the content asks for. Otherwise its decoder takes up to 128 MiB.
      return (zlib as unknown as ZstdOfZlib).createZstdDecompress({ params: { [WINDOW_LOG_MAX]: 23 } });
    default:
      return coding satisfies never;
  }
}

/** What the decoder makes of the source. What stands behind the end of the coded data stays in the source. */
async function* inflated(source: Source, decoder: Decoder): AsyncGenerator<Uint8Array, void, undefined> {
  const feed = new Feed(source, decoder);
  try {
    yield* decoder as AsyncIterable<Uint8Array>;
    await feed.over;
  } catch (error) {
    throw feed.failure ?? source.failed(error as NodeJS.ErrnoException);
  }
}

/** Writes the source to a decoder, piece by piece. A decoder stops at the end of its data, within a piece. */
class Feed {
  readonly #source: Source;
  readonly #decoder: Decoder;
  #isOver = false;
  #taken = () => {};
  /** The failure of the source, which is none of the decoder. */
  failure: unknown;
  /** What the decoder did not take is back in the source. */
  readonly over: Promise<void>;

  constructor(source: Source, decoder: Decoder) {
    this.#source = source;
    this.#decoder = decoder;
    decoder.once("end", () => this.#end()).once("close", () => this.#end());
    this.over = this.#run().catch((error: unknown) => {
      this.failure = error;
      decoder.destroy(error as Error);
    });
  }

  async #run(): Promise<void> {
    const decoder = this.#decoder;
    for (;;) {
      const bytes = await this.#source.next();
      if (bytes === undefined) break;
      const before = decoder.bytesWritten;
      await new Promise<void>((resolve) => {
        this.#taken = resolve;
        decoder.write(bytes, () => resolve());
      });
      this.#source.putBack(bytes.subarray(decoder.bytesWritten - before));
      if (this.#isOver) return;
    }
    decoder.end();
  }

  #end(): void {
    this.#isOver = true;
    this.#taken();
  }
}

/** The pieces of a coded content. */
class Source {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #coding: Coding;
  /** Comes before the next piece. */
  #held: Uint8Array | undefined;

  constructor(content: AsyncIterable<Uint8Array>, coding: Coding) {
    this.#iterator = content[Symbol.asyncIterator]();
    this.#coding = coding;
  }

  /** Never an empty piece; `undefined`: the content is over. */
  async next(): Promise<Uint8Array | undefined> {
    let bytes = this.#held;
    this.#held = undefined;
    while (bytes === undefined || bytes.length === 0) {
      const result = await this.#iterator.next();
      if (result.done) return undefined;
      bytes = result.value;
    }
    return bytes;
  }

  putBack(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#held = bytes;
  }

  async peek(): Promise<Uint8Array | undefined> {
    this.#held = await this.next();
    return this.#held;
  }

  async startsWith(octets: readonly number[]): Promise<boolean> {
    const start = await this.#upTo(octets.length);
    this.putBack(start);
    return start.length >= octets.length && octets.every((octet, at) => start[at] === octet);
  }

  /** @throws {TransportError} the content ends before. */
  async take(length: number): Promise<Uint8Array> {
    const bytes = await this.#upTo(length);
    if (bytes.length < length) throw this.#cutShort();
    this.putBack(bytes.subarray(length));
    return bytes.subarray(0, length);
  }

  /** Skips what ends with NUL. */
  async skipText(): Promise<void> {
    for (;;) {
      const bytes = await this.next();
      if (bytes === undefined) throw this.#cutShort();
      const end = bytes.indexOf(0);
      if (end === -1) continue;
      this.putBack(bytes.subarray(end + 1));
      return;
    }
  }

  /** As many bytes or more; fewer, if the content is over. */
  async #upTo(length: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (let sum = 0; sum < length; ) {
      const bytes = await this.next();
      if (bytes === undefined) break;
      pieces.push(bytes);
      sum += bytes.length;
    }
    return joined(pieces);
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  /** An error of zlib, in our words. */
  failed(error: NodeJS.ErrnoException): unknown {
    if (error instanceof TransportError) return error;
    const isCut = error.code === "Z_BUF_ERROR" || /unexpected end/i.test(error.message);
    return isCut ? this.#cutShort(error) : this.broken(error.message, error);
  }

  broken(how: string, cause?: Error): TransportError {
    return this.#error(`broken: ${how}`, cause);
  }

  #cutShort(cause?: Error): TransportError {
    return this.#error("cut short", cause);
  }

  #error(what: string, cause: Error | undefined): TransportError {
    const message = `the ${this.#coding} coded content is ${what}`;
    return new TransportError("DECODE_FAILED", "body", message, cause && { cause });
  }
}
