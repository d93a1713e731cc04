import { copyOf, joined } from "../bytes/copy.ts";
import { utf8, utf8Bytes } from "../bytes/text.ts";
import type { ObservedBatch, ObservedEvent } from "../tcp/models/workers/messages.ts";

/*
 * What a watched thread sends to `wirepane watch`, over a Unix socket. One frame for each turn of its event loop:
 *
 *     length of the JSON, length of the bytes     4 octets each, big-endian
 *     JSON                                        a Hello, in the first frame; then a Turn
 *     bytes                                       of all reads and writes in the Turn, one after the other
 */

/** Who sends. */
export interface Hello {
  readonly pid: number;
  /** 0 for the main thread. */
  readonly thread: number;
  /** Nanoseconds of the sender's clock. */
  readonly clockNs: number;
}

/** What the connections of a thread did. */
interface Turn {
  readonly events: readonly ObservedEvent[];
}

/** A frame that was received. */
export interface Frame {
  readonly json: unknown;
  readonly bytes: Uint8Array;
}

const LENGTHS = 8;
/** No frame of ours is larger: see the limit of `ObservationSender`, and the events of many connections in one turn. */
const MAX_FRAME_BYTES = 256 * 1024 * 1024;

export function helloFrame(hello: Hello): Uint8Array {
  return frame(hello, new Uint8Array());
}

export function turnFrame({ events, bytes }: ObservedBatch): Uint8Array {
  return frame({ events } satisfies Turn, bytes as Uint8Array);
}

function frame(value: object, bytes: Uint8Array): Uint8Array {
  const json = utf8Bytes(JSON.stringify(value));
  const whole = new Uint8Array(LENGTHS + json.length + bytes.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, json.length);
  view.setUint32(4, bytes.length);
  whole.set(json, LENGTHS);
  whole.set(bytes, LENGTHS + json.length);
  return whole;
}

/** Reads frames from pieces of any size. */
export class FrameReader {
  #pieces: Uint8Array[] = [];
  #length = 0;
  /** How many bytes there must be to go on. */
  #needed = LENGTHS;

  /**
   * Takes the next piece, and returns the frames that are whole now.
   *
   * @throws {RangeError} @throws {SyntaxError} whoever sent the piece is no sender of ours.
   */
  push(piece: Uint8Array): Frame[] {
    this.#pieces.push(copyOf(piece));
    this.#length += piece.length;
    if (this.#length < this.#needed) return [];
    const all = joined(this.#pieces);
    const frames: Frame[] = [];
    let start = 0;
    for (;;) {
      const lengths = lengthsAt(all, start);
      this.#needed = LENGTHS + lengths.json + lengths.bytes;
      if (this.#needed > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${this.#needed} bytes`);
      const end = start + this.#needed;
      if (end > all.length || all.length - start < LENGTHS) break;
      const bytesStart = end - lengths.bytes;
      const json: unknown = JSON.parse(utf8(all.subarray(start + LENGTHS, bytesStart)));
      frames.push({ json, bytes: all.subarray(bytesStart, end) });
      start = end;
    }
    this.#pieces = [all.subarray(start)];
    this.#length = all.length - start;
    return frames;
  }
}

function lengthsAt(all: Uint8Array, start: number): { readonly json: number; readonly bytes: number } {
  if (all.length - start < LENGTHS) return { json: 0, bytes: 0 };
  const view = new DataView(all.buffer, all.byteOffset + start);
  return { json: view.getUint32(0), bytes: view.getUint32(4) };
}
