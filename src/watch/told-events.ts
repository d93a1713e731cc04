import { copyOf, joined } from "../bytes/copy.ts";
import { utf8, utf8Bytes } from "../bytes/text.ts";
import type { ConnectionEvent } from "../tcp/observer.ts";

/*
 * How a watched thread tells what its connections do, over a Unix socket: one entry behind the other.
 *
 *     kind     1 octet: TEXT, READ or WRITE
 *     end      4 octets: the thread's number of the connection; 0 in the first entry, which is the Hello
 *     at       8 octets: nanoseconds of the thread's clock, a double
 *     length   4 octets
 *     content  READ and WRITE: the bytes; TEXT: another event (or the Hello), as JSON
 *
 * All numbers are big-endian. Reads and writes are no JSON, since nearly all events are reads and writes.
 */

const TEXT = 0;
const READ = 1;
const WRITE = 2;
const HEAD_BYTES = 17;
/** The largest content that is taken: V8 makes no text of more, and no read or write of a program is as large. */
const MAX_CONTENT_BYTES = 512 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;
/** Memory that one large write needed is given back. */
const KEPT_BYTES = 1024 * 1024;

/** Who tells. */
export interface Hello {
  /** The version of the package: a program may run another copy of ours. */
  readonly wirepane: 1;
  /** Nanoseconds of the thread's clock. */
  readonly clockNs: number;
}

/** Entries, one behind the other, until somebody takes them. */
export class ToldEvents {
  #memory = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#memory.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(end: number, at: number, event: ConnectionEvent | Hello): void {
    if (!("kind" in event)) this.#put(TEXT, end, at, utf8Bytes(JSON.stringify(event)));
    else if (event.kind === "read") this.#put(READ, end, at, event.bytes);
    else if (event.kind === "write") this.#put(WRITE, end, at, event.bytes);
    else this.#put(TEXT, end, at, utf8Bytes(JSON.stringify(event)));
  }

  /** All entries. They are good until the next one is added. */
  take(): Uint8Array {
    const entries = this.#memory.subarray(0, this.#length);
    this.#length = 0;
    if (this.#memory.length > KEPT_BYTES) this.#use(new Uint8Array(FIRST_BYTES));
    return entries;
  }

  #put(kind: number, end: number, at: number, content: Uint8Array): void {
    const start = this.#length;
    const length = start + HEAD_BYTES + content.length;
    if (length > this.#memory.length) this.#grow(length);
    const view = this.#view;
    view.setUint8(start, kind);
    view.setUint32(start + 1, end);
    view.setFloat64(start + 5, at);
    view.setUint32(start + 13, content.length);
    this.#memory.set(content, start + HEAD_BYTES);
    this.#length = length;
  }

  #grow(least: number): void {
    const larger = new Uint8Array(Math.max(least, 2 * this.#memory.length));
    larger.set(this.#memory.subarray(0, this.#length));
    this.#use(larger);
  }

  #use(memory: Uint8Array<ArrayBuffer>): void {
    this.#memory = memory;
    this.#view = new DataView(memory.buffer);
  }
}

/** An entry that was read. */
export interface Told {
  readonly end: number;
  readonly at: number;
  /** `undefined`: the Hello. The bytes are good until the next piece comes. */
  readonly event: ConnectionEvent | undefined;
  readonly hello: Hello | undefined;
}

/** Reads entries from pieces of any size. */
export class ToldEventsReader {
  #pieces: Uint8Array[] = [];
  #length = 0;
  /** How many bytes there must be to go on. */
  #needed = HEAD_BYTES;

  /**
   * Takes the next piece, and returns the entries that are whole now.
   *
   * @throws {RangeError} @throws {SyntaxError} whoever sent the piece is no thread that we watch.
   */
  push(piece: Uint8Array): Told[] {
    this.#pieces.push(copyOf(piece));
    this.#length += piece.length;
    if (this.#length < this.#needed) return [];
    const all = joined(this.#pieces);
    const view = new DataView(all.buffer);
    const entries: Told[] = [];
    let start = 0;
    for (;;) {
      const left = all.length - start;
      this.#needed = HEAD_BYTES + (left < HEAD_BYTES ? 0 : view.getUint32(start + 13));
      if (this.#needed > MAX_CONTENT_BYTES) throw new RangeError(`an event of ${this.#needed} bytes`);
      if (left < this.#needed) break;
      entries.push(entryAt(view, start, all.subarray(start + HEAD_BYTES, start + this.#needed)));
      start += this.#needed;
    }
    this.#pieces = [all.subarray(start)];
    this.#length = all.length - start;
    return entries;
  }
}

function entryAt(view: DataView, start: number, content: Uint8Array): Told {
  const kind = view.getUint8(start);
  const place = { end: view.getUint32(start + 1), at: view.getFloat64(start + 5) };
  if (kind === READ) return { ...place, event: { kind: "read", bytes: content }, hello: undefined };
  if (kind === WRITE) return { ...place, event: { kind: "write", bytes: content }, hello: undefined };
  if (kind !== TEXT) throw new RangeError(`an event of kind ${kind}`);
  const told = JSON.parse(utf8(content)) as ConnectionEvent | Hello;
  return "kind" in told
    ? { ...place, event: told, hello: undefined }
    : { ...place, event: undefined, hello: told };
}
