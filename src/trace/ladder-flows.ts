import type { Band, Transfer } from "./ladder-parts.ts";
import { mayBeSame } from "./masking.ts";

/*
 * Joins what was written with what was read. Over a connection the offsets decide: TCP loses nothing. Through a proxy the
 * bytes themselves decide: a fault may drop, change or repeat some, and a forward proxy writes another request-target.
 */

/** Joins the writes of one flow with its reads, by their offsets. */
export class Flow {
  readonly #writes: Transfer[] = [];
  readonly #reads: Transfer[] = [];

  /** Takes a write or a read. Returns the bands that it completes. */
  add(transfer: Transfer): Band[] {
    (transfer.kind === "write" ? this.#writes : this.#reads).push(transfer);
    const bands: Band[] = [];
    for (;;) {
      const [from, to] = [this.#writes[0], this.#reads[0]];
      if (from === undefined || to === undefined) return bands;
      const [start, end] = [Math.max(from.start, to.start), Math.min(from.end, to.end)];
      if (start < end) bands.push({ flow: from.flow, start, end, toStart: start, from, to });
      if (from.end <= to.end) this.#writes.shift();
      if (to.end <= from.end) this.#reads.shift();
    }
  }
}

/** So many octets in a row must be equal for what follows a difference to be the same again. */
const ANCHOR = 8;
/** So far behind a difference it is searched. */
const MAX_IN_PLACE = 64;
const WINDOW = 4096;
/** A search costs a millisecond: a proxy that makes everything anew is not followed. */
const MAX_SEARCHES = 100;

/** Joins what a proxy read at one end with what it wrote at the other, by the bytes. */
export class Passage {
  readonly #reads = new Queue();
  readonly #writes = new Queue();
  #searches = 0;

  /** Takes a read of one end, or a write of the other. Returns the bands that it completes. */
  add(transfer: Transfer): Band[] {
    (transfer.kind === "read" ? this.#reads : this.#writes).push(transfer);
    const bands: Band[] = [];
    while (this.#reads.first !== undefined && this.#writes.first !== undefined) {
      const length = this.#equalOctets();
      if (length > 0) bands.push(this.#band(length));
      else if (!this.#skipDifference()) break;
    }
    return bands;
  }

  /** How many octets of the first read and the first write are the same. */
  #equalOctets(): number {
    const [read, written] = [this.#reads.rest, this.#writes.rest];
    const most = Math.min(read.length, written.length);
    let length = 0;
    while (length < most && mayBeSame(read[length], written[length])) length++;
    return length;
  }

  #band(length: number): Band {
    const [from, to] = [this.#reads.first as Transfer, this.#writes.first as Transfer];
    const [start, toStart] = [from.start + this.#reads.at, to.start + this.#writes.at];
    this.#reads.skip(length);
    this.#writes.skip(length);
    return { flow: from.flow, start, end: start + length, toStart, from, to };
  }

  /** Finds where both are the same again. `false`: more must come before that can be told. */
  #skipDifference(): boolean {
    const [read, written] = [this.#reads.ahead(WINDOW), this.#writes.ahead(WINDOW)];
    const found = changedInPlace(read, written) ?? this.#searched(read, written);
    if (found === undefined) return false;
    this.#reads.skip(found[0]);
    this.#writes.skip(found[1]);
    return true;
  }

  #searched(read: string, written: string): readonly [number, number] | undefined {
    if (this.#searches >= MAX_SEARCHES || written.length < ANCHOR || read.length < ANCHOR) return undefined;
    this.#searches++;
    const places = new Map<string, number>();
    for (let i = read.length - ANCHOR; i >= 0; i--) places.set(read.slice(i, i + ANCHOR), i);
    for (let j = 0; j + ANCHOR <= written.length; j++) {
      const i = places.get(written.slice(j, j + ANCHOR));
      if (i !== undefined) return [i, j];
    }
    return undefined;
  }
}

/** Some octets have other values, and no octet came or went. */
function changedInPlace(read: string, written: string): readonly [number, number] | undefined {
  for (let at = 1; at <= MAX_IN_PLACE && at < Math.min(read.length, written.length); at++)
    if (isAnchor(read, written, at)) return [at, at];
  return undefined;
}

/** At the end of what was read and written fewer octets are enough. */
function isAnchor(read: string, written: string, at: number): boolean {
  const [one, other] = [read.slice(at, at + ANCHOR), written.slice(at, at + ANCHOR)];
  return one === other && (one.length === ANCHOR || read.length === written.length);
}

/** Transfers of which some octets have not been joined yet. */
class Queue {
  readonly #transfers: Transfer[] = [];
  /** So many octets of the first transfer are done. */
  at = 0;

  get first(): Transfer | undefined {
    return this.#transfers[0];
  }

  get rest(): Uint8Array {
    return this.first?.bytes.subarray(this.at) ?? EMPTY;
  }

  push(transfer: Transfer): void {
    this.#transfers.push(transfer);
  }

  skip(octets: number): void {
    this.at += octets;
    for (let first = this.first; first !== undefined && this.at >= first.bytes.length; first = this.first) {
      this.at -= first.bytes.length;
      this.#transfers.shift();
    }
  }

  /** The next octets, a character each. */
  ahead(most: number): string {
    let text = "";
    let at = this.at;
    for (const { bytes } of this.#transfers) {
      for (const octet of bytes.subarray(at, at + most - text.length)) text += String.fromCharCode(octet);
      at = 0;
      if (text.length >= most) break;
    }
    return text;
  }
}

const EMPTY = new Uint8Array(0);
