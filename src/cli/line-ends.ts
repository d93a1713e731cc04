const CR = 0x0d;
const LF = 0x0a;

/** The bytes, with CRLF for each LF that has no CR before it. */
export async function* withCrlf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let before = 0;
  for await (const chunk of chunks) {
    yield crlf(chunk, before);
    before = chunk.at(-1) ?? before;
  }
}

/** @param before the byte that precedes these bytes. */
export function crlf(bytes: Uint8Array, before = 0): Uint8Array {
  const ended: number[] = [];
  let last = before;
  for (const byte of bytes) {
    if (byte === LF && last !== CR) ended.push(CR);
    ended.push(byte);
    last = byte;
  }
  return Uint8Array.from(ended);
}
