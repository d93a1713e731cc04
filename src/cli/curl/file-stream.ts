import { createReadStream } from "node:fs";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";

/** As large as a piece that curl sends. */
const PIECE_BYTES = 64 * 1024;

/** The first `length` bytes of a file; without a length, all. What the file has gained meanwhile is not sent. */
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
    }
  } catch (error) {
    throw new CurlError(EXIT.read, `cannot read ${file}: ${fileProblem(error)}`);
  }
  if (length !== undefined && read < length)
    throw new CurlError(EXIT.read, `${file} ended after ${read} of its ${length} bytes`);
}

/** Puts small pieces together: a chunk has up to 64 KiB. */
export async function* gathered(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    size += piece.length;
    if (size < PIECE_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    size = 0;
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
