/** Tells a stream that nobody will read it, so that it frees its resources. */
export async function discard(stream: AsyncIterable<Uint8Array> & { destroy?: unknown }): Promise<void> {
  try {
    // `return()` on an iterator of a Node stream does nothing before the first `next()`: a file would stay open.
    if (typeof stream.destroy === "function") stream.destroy();
    else await stream[Symbol.asyncIterator]().return?.();
  } catch {
    // The stream is over either way, and nobody is left to tell about its failure.
  }
}
