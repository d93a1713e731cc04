import { ChunkQueue } from "../bytes/chunk-queue.ts";
import { joined } from "../bytes/copy.ts";
import { counted } from "../bytes/text.ts";
import { TransportError } from "../tcp/errors.ts";

/**
 * Gathers a whole content. It takes at most twice the memory of its bytes, however small the pieces are that arrive.
 *
 * @param take gets the length of each piece, and may throw.
 * @throws {TransportError} BODY_TOO_LARGE
 */
export async function wholeContent(
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
  take?: (bytes: number) => void,
): Promise<Uint8Array> {
  const chunks = new ChunkQueue();
  for await (const chunk of content) {
    if (chunks.bytes + chunk.length > maxBytes) throw contentTooLarge(maxBytes);
    take?.(chunk.length);
    chunks.push(chunk);
  }
  return inOnePiece(chunks.takeAll());
}

export function contentTooLarge(maxBytes: number): TransportError {
  return new TransportError(
    "BODY_TOO_LARGE",
    "body",
    `the content is longer than ${counted(maxBytes, "byte")}`,
  );
}

/** A single chunk is returned as it is, several as a copy. */
export function inOnePiece(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : joined(chunks);
}
