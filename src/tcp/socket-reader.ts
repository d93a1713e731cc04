import type { OnReadOpts } from "node:net";
import { copyOf } from "../bytes/copy.ts";
import { throwLater } from "./observer.ts";

/*
 * The memory that sockets read into. Reading allocates nothing.
 *
 * All sockets of this thread share one buffer. The kernel fills it, and we hand it on within the same callback, so no
 * two reads can overlap. That saves an allocation and the stream's queue for every read.
 *
 * An echo or a proxy sends bytes on from there. They must not change until the kernel has taken them:
 *
 *     few bytes    leave as a string, which is a copy
 *     many bytes   are copied, the first time. From then on this socket reads into a buffer of its own ("bulk"), which
 *                  is written as it is. If the kernel does not take it at once, it is given away to the waiting write
 *
 * `SocketConnection` does this for every connection that bytes are sent on to.
 */

const BUFFER_BYTES = 64 * 1024;

/**
 * A read of this size or more is large: a string would cost more than a buffer, and a buffer that is given away to a
 * waiting write is at most four times as large as the write.
 */
export const BULK_BYTES = 16 * 1024;
/** How many sockets may have a buffer of their own at a time (4 MiB in all). The others copy. */
const MAX_BULK_READERS = 64;
/** A socket hands its buffer back after so many small reads in a row. One small read often ends a large message. */
const MAX_SMALL_READS = 4;

let shared: Uint8Array | undefined;
const spare: Uint8Array[] = [];
let bulkReaders = 0;
let receiving: SocketReader | undefined;

/** The reader whose memory these bytes are in, while they are being received. The next read overwrites them. */
export function readerOf(bytes: Uint8Array): SocketReader | undefined {
  return receiving?.reads(bytes) ? receiving : undefined;
}

/** Whether these bytes are in the memory of a socket that is receiving: the receiver may change them until it returns. */
export function isReceiveMemory(bytes: Uint8Array): boolean {
  return readerOf(bytes) !== undefined;
}

/** The same bytes, to keep. Few bytes are copied. Many bytes are kept with their memory, which is not read into again. */
export function kept(bytes: Uint8Array): Uint8Array {
  const reader = bytes.length < BULK_BYTES ? undefined : readerOf(bytes);
  if (reader?.ownsMemory) {
    reader.giveMemoryAway();
    return bytes;
  }
  reader?.wantMemory();
  return copyOf(bytes);
}

/** Nobody looks at this memory before it is read into, and to fill it with zeros would cost as much as a copy. */
function uninitialised(): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(BUFFER_BYTES).buffer);
}

export interface Receiver {
  /** `bytes` may be used until it returns. */
  receive(bytes: Uint8Array): void;
}

/** Reads for one socket, and gives what it reads to the receiver. */
export class SocketReader implements OnReadOpts {
  receiver: Receiver | undefined;
  #memory: Uint8Array;
  #bulk: "no" | "wanted" | "yes" | "given-away" = "no";
  #smallReads = 0;

  constructor() {
    shared ??= new Uint8Array(BUFFER_BYTES);
    this.#memory = shared;
  }

  /** Node asks for a buffer before the first read, and after each read. */
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
      // Thrown to Node, it would keep Node from asking for the next buffer.
      throwLater(error);
    } finally {
      receiving = undefined;
    }
    return true;
  };

  reads(bytes: Uint8Array): boolean {
    return bytes.buffer === this.#memory.buffer;
  }

  /** No other socket reads into this memory: it may be written as it is. */
  get ownsMemory(): boolean {
    return this.#bulk === "yes" || this.#bulk === "given-away";
  }

  /** Large reads are sent on: memory of its own would save this socket the copies. */
  wantMemory(): void {
    if (this.#bulk === "no") this.#bulk = "wanted";
  }

  /** A waiting write gets this memory: the next read goes elsewhere. */
  giveMemoryAway(): void {
    this.#bulk = "given-away";
  }

  /** The socket reads no more. */
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
