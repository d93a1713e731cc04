import { createReadStream } from "node:fs";
import { counted } from "../../trace.ts";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";

/** As large as a piece that curl sends. */
export const PIECE_BYTES = 64 * 1024;

/**
 * The first `length` bytes of a file; without a length, all. What the file has gained meanwhile is not sent. The stream ends
 * with its last byte, not with a read behind it: until then, the response would be one to a request under way.
 */
export async function* fileStream(
  file: string,
  length?: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (length === 0) return;
  const end = length === undefined ? Number.POSITIVE_INFINITY : length - 1;
  let read = 0;
  try {
    for await (const bytes of createReadStream(file, { end, highWaterMark: PIECE_BYTES })) {
      read += bytes.length;
      yield bytes;
      if (read === length) return;
    }
  } catch (error) {
    throw new CurlError(EXIT.read, `cannot read ${file}: ${fileProblem(error)}`);
  }
  if (length !== undefined && read < length)
    throw new CurlError(EXIT.read, `${file} ended after ${read} of its ${counted(length, "byte")}`);
}

/** A piece without a byte: those behind it come from another read of a file. */
export const READ_BEGINS = new Uint8Array(0);

/** Puts small pieces together: a chunk has up to 64 KiB, and one read of a file. */
export async function* gathered(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  let reads = 0;
  try {
    for await (const piece of pieces) {
      if (piece === READ_BEGINS) reads++;
      else waiting.push(piece);
      size += piece.length;
      if (size < PIECE_BYTES && reads < 2) continue;
      yield Buffer.concat(waiting);
      waiting = [];
      size = 0;
      reads = piece === READ_BEGINS ? 1 : 0;
    }
  } catch (error) {
    // What came before the error is sent.
    if (size > 0) yield Buffer.concat(waiting);
    throw error;
  }
  if (size > 0) yield Buffer.concat(waiting);
}

let stdinIsOver = false;

/** stdin as it comes. A second reader finds it empty. */
export async function* stdinStream(): AsyncGenerator<Uint8Array, void, undefined> {
  if (stdinIsOver) return;
  stdinIsOver = true;
  yield* process.stdin;
}
