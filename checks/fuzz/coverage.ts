/** A branch, and about how often it was run: one bit for each bucket. */
export interface Reached {
  readonly counter: number;
  readonly bucket: number;
}

/**
 * The bit for each count. Counts in the same bucket are the same: 1, 2, 3, 4–7, 8–15, 16–31, 32–127, more (as in AFL).
 */
const BUCKETS = Uint8Array.from({ length: 256 }, (_, count) => {
  const bucket = [1, 2, 3, 4, 8, 16, 32, 128].findLastIndex((least) => count >= least);
  return bucket === -1 ? 0 : 1 << bucket;
});

/** The branches that the inputs have reached so far. */
export class Coverage {
  readonly #hits: Uint8Array;
  readonly #seen: Uint8Array;
  /** The same memory, read four counters at a time, since nearly all are zero. */
  readonly #words: Int32Array;

  /** @param counters how many counters of `hits` are in use. */
  constructor(hits: Uint8Array, counters: number) {
    this.#hits = hits;
    this.#seen = new Uint8Array(hits.length);
    this.#words = new Int32Array(hits.buffer, hits.byteOffset, Math.ceil(counters / 4));
  }

  get branches(): number {
    return this.#seen.filter((buckets) => buckets !== 0).length;
  }

  /** Call this before an input is run. */
  clear(): void {
    this.#words.fill(0);
  }

  /** Call this after an input was run: whether it has reached something that no input before has reached. */
  isNew(): boolean {
    const words = this.#words;
    const hits = this.#hits;
    const seen = this.#seen;
    for (let word = 0; word < words.length; word++) {
      if (words[word] === 0) continue;
      for (let at = word * 4; at < word * 4 + 4; at++) {
        const bucket = BUCKETS[hits[at] as number] as number;
        if ((bucket & ~(seen[at] as number)) !== 0) return true;
      }
    }
    return false;
  }

  /** What the last input has reached for the first time. */
  news(): Reached[] {
    const news: Reached[] = [];
    for (const [counter, count] of this.#hits.entries()) {
      const bucket = BUCKETS[count] as number;
      if ((bucket & ~(this.#seen[counter] as number)) !== 0) news.push({ counter, bucket });
    }
    return news;
  }

  /** Whether the last input has reached all of these. */
  reaches(wanted: readonly Reached[]): boolean {
    return wanted.every(({ counter, bucket }) => BUCKETS[this.#hits[counter] as number] === bucket);
  }

  add(news: readonly Reached[]): void {
    for (const { counter, bucket } of news) this.#seen[counter] = (this.#seen[counter] as number) | bucket;
  }
}
