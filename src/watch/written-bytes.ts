import { joined } from "../bytes/copy.ts";

/** A chunk as a stream holds it. */
export type Chunk = Uint8Array | string | null;

/** What a program writes at once: one chunk, or all that waited. */
export type Written = Chunk | readonly { readonly chunk: Chunk; readonly encoding: BufferEncoding }[];

/** A server writes a head as text, with a small content behind it. For these nothing is allocated. */
const SCRATCH_BYTES = 64 * 1024;
/** UTF-8 has at most three bytes for a UTF-16 code unit, and every other encoding has fewer. */
const MAX_BYTES_PER_UNIT = 3;

let scratch: Buffer | undefined;

/** The bytes that are written. They may stand in memory that the next call overwrites. */
export function writtenBytes(written: Written, encoding: BufferEncoding): Uint8Array {
  if (written instanceof Uint8Array) return written;
  scratch ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  if (!Array.isArray(written)) {
    const end = put(scratch, 0, written as string | null, encoding);
    return end === undefined ? wholeOf(written as string, encoding) : view(scratch, end);
  }
  let end: number | undefined = 0;
  for (const { chunk, encoding: ofChunk } of written) {
    end = put(scratch, end, chunk, ofChunk);
    if (end === undefined) return joined(written.map((each) => wholeOf(each.chunk, each.encoding)));
  }
  return view(scratch, end);
}

/** Puts a chunk into the memory, and returns where it ends. `undefined`: there may not be room. */
function put(memory: Buffer, start: number, chunk: Chunk, encoding: BufferEncoding): number | undefined {
  if (chunk === null) return start;
  if (typeof chunk === "string") {
    if (start + chunk.length * MAX_BYTES_PER_UNIT > SCRATCH_BYTES) return undefined;
    return start + memory.write(chunk, start, encoding);
  }
  if (start + chunk.length > SCRATCH_BYTES) return undefined;
  memory.set(chunk, start);
  return start + chunk.length;
}

const view = ({ buffer }: Buffer, end: number): Uint8Array => new Uint8Array(buffer, 0, end);

function wholeOf(chunk: Chunk, encoding: BufferEncoding): Uint8Array {
  return typeof chunk === "string" ? Buffer.from(chunk, encoding) : (chunk ?? new Uint8Array());
}
