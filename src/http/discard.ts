/** Tells a stream that nobody will read it, so that it frees what it holds. */
export async function discard(stream: AsyncIterable<Uint8Array> & { destroy?: unknown }): Promise<void> {
  try {
    // The iterator of one of Node's streams does not end it before it was begun: a file would stay open.
    if (typeof stream.destroy === "function") stream.destroy();
    else await stream[Symbol.asyncIterator]().return?.();
  } catch {
    // It is over either way, and nobody is left who wants to know how.
  }
}
