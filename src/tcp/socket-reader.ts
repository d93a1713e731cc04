import type { OnReadOpts } from "node:net";
import { copyOf } from "../bytes/copy.ts";
import { throwLater } from "./observer.ts";

/*
 * Where sockets read to, so that reading costs no memory.
 *
 * All sockets of this thread share one buffer: the kernel fills it and we hand it on within the same callback, so that
 * no two reads can meet. That saves an allocation and the stream's queue for every read.
 *
 * What is sent on from there (by an echo, a proxy) must not change while the kernel has not taken it:
 *
 *     a little   leaves as a string, which is a copy
 *     a lot      is copied, the first time; from then on this socket reads into a buffer of its own ("bulk"), which
 *                can be written as it is, and is given away to a write that the kernel does not take at once
 *
 * `SocketConnection` sees to it, for every connection that bytes are sent on, whoever does it.
 */

const BUFFER_BYTES = 64 * 1024;

/**
 * From here on a read is large: a string costs more than a buffer, and what is given away to a write that waits is at
 * most four times the write.
 */
export const BULK_BYTES = 16 * 1024;
/** Sockets that may have a buffer of their own at a time (4 MiB); the others copy. */
const MAX_BULK_READERS = 64;
/** A buffer is handed back after so many small reads in a row: one often ends what a large one began. */
const MAX_SMALL_READS = 4;

let shared: Uint8Array | undefined;
const spare: Uint8Array[] = [];
let bulkReaders = 0;
let receiving: SocketReader | undefined;

/** Whose receive memory these bytes are in, while it is being received: it changes with the next read. */
export function readerOf(bytes: Uint8Array): SocketReader | undefined {
  return receiving?.reads(bytes) ? receiving : undefined;
}

/** Whether nobody but a socket writes to these bytes, and who is given them: until it returns they may be changed. */
export function isReceiveMemory(bytes: Uint8Array): boolean {
  return readerOf(bytes) !== undefined;
}

/** The same bytes, to keep: a little of them as a copy, a lot with the memory they are in, which is not read to again. */
export function kept(bytes: Uint8Array): Uint8Array {
  const reader = bytes.length < BULK_BYTES ? undefined : readerOf(bytes);
  if (reader?.ownsMemory) {
    reader.giveMemoryAway();
    return bytes;
  }
  reader?.wantMemory();
  return copyOf(bytes);
}

/** What is read to is never looked at before: zeros would cost as much as a copy. */
function uninitialised(): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(BUFFER_BYTES).buffer);
}

export interface Receiver {
  /** `bytes` may be used until it returns. */
  receive(bytes: Uint8Array): void;
}

/** How a socket reads, and to whom. */
export class SocketReader implements OnReadOpts {
  receiver: Receiver | undefined;
  #memory: Uint8Array;
  #bulk: "no" | "wanted" | "yes" | "given-away" = "no";
  #smallReads = 0;

  constructor() {
    shared ??= new Uint8Array(BUFFER_BYTES);
    this.#memory = shared;
  }

  /** Asked for before the first read, and after each. */
  readonly buffer = (): Uint8Array => {
    if (this.#bulk !== "no") this.#changeMemory();
    return this.#memory;
  };

  readonly callback = (length: number): boolean => {
    receiving = this;
    this.#smallReads = length < BULK_BYTES ? this.#smallReads + 1 : 0;
    try {
      this.receiver?.receive(this.#memory.subarray(0, length));
    } catch (error) {
      // Past us it would keep Node from asking for the next buffer.
      throwLater(error);
    } finally {
      receiving = undefined;
    }
    return true;
  };

  reads(bytes: Uint8Array): boolean {
    return bytes.buffer === this.#memory.buffer;
  }

  /** Nobody else reads to it: it may be written as it is. */
  get ownsMemory(): boolean {
    return this.#bulk === "yes" || this.#bulk === "given-away";
  }

  /** Large reads are sent on: memory of its own would save copies. */
  wantMemory(): void {
    if (this.#bulk === "no") this.#bulk = "wanted";
  }

  /** To a write that waits: the next read goes elsewhere. */
  giveMemoryAway(): void {
    this.#bulk = "given-away";
  }

  /** There will be no read any more. */
  release(): void {
    if (this.#bulk === "yes") spare.push(this.#memory);
    if (this.ownsMemory) bulkReaders--;
    this.#bulk = "no";
  }

  #changeMemory(): void {
    if (this.#bulk === "wanted") {
      this.#bulk = "no";
      if (bulkReaders === MAX_BULK_READERS) return;
      bulkReaders++;
    } else if (this.#smallReads > MAX_SMALL_READS) {
      this.release();
      this.#memory = shared as Uint8Array;
      return;
    } else if (this.#bulk === "yes") return;
    this.#bulk = "yes";
    this.#memory = spare.pop() ?? uninitialised();
  }
}
