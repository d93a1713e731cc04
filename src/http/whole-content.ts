import { joined } from "../bytes/copy.ts";
import { TransportError } from "../tcp/errors.ts";

/** All of it. @throws {TransportError} BODY_TOO_LARGE */
export async function wholeContent(
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of content) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) throw contentTooLarge(maxBytes);
  }
  return inOnePiece(chunks);
}

export function contentTooLarge(maxBytes: number): TransportError {
  return new TransportError("BODY_TOO_LARGE", "body", `the content is longer than ${maxBytes} bytes`);
}

/** One chunk as it is, several as a copy. */
export function inOnePiece(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : joined(chunks);
}
