import type { FileHandle } from "node:fs/promises";

const PIECE_BYTES = 64 * 1024;

/**
 * The bytes `[start, end)` of an open file, read as fast as they are taken. Closes the file at the end, on a failure, and
 * when its reader stops, even before the first byte.
 */
export class FileContent implements AsyncIterable<Uint8Array> {
  readonly #handle: FileHandle;
  #at: number;
  readonly #end: number;

  constructor(handle: FileHandle, start: number, end: number) {
    this.#handle = handle;
    this.#at = start;
    this.#end = end;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => this.#next(),
      return: async () => {
        await this.#handle.close();
        return { done: true, value: undefined };
      },
    };
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#at >= this.#end) {
      await this.#handle.close();
      return { done: true, value: undefined };
    }
    try {
      const value = await readPiece(this.#handle, this.#at, Math.min(this.#end, this.#at + PIECE_BYTES));
      this.#at += value.length;
      return { done: false, value };
    } catch (error) {
      await this.#handle.close();
      throw error;
    }
  }
}

/** Reads `[start, end)` of an open file. @throws when the file has become shorter: the declared length cannot be sent. */
export async function readPiece(handle: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) throw new Error(`the file ended at byte ${start + filled}, before byte ${end}`);
    filled += bytesRead;
  }
  return bytes;
}
