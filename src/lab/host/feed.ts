/*
 * The stream of records to the page: server-sent events (HTML Living Standard, "Server-sent events"). Everything that
 * was written is kept within a limit, so that a page that opens late, or once more, sees what was before.
 */

/** How much is kept for pages that open later, and for pages that cannot follow. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024;
/** Records are sent together: so often a page can draw at all. */
const BATCH_MS = 40;
/** A page that has gone is noticed by a write. */
const HEARTBEAT_MS = 10_000;
/** One event at most: a page parses each in one go. */
const MAX_BATCH_BYTES = 256 * 1024;

/** How much a feed keeps, and who is told of its readers. */
export interface FeedOptions {
  readonly maxKeptBytes?: number;
  /** Called when a page begins to read, and when one stops. */
  readonly onReaders?: (readers: number) => void;
}

/** Lines of NDJSON for any number of pages. */
export class Feed {
  readonly #maxKeptBytes: number;
  readonly #lines: string[] = [];
  #bytes = 0;
  /** The number of the first line that is kept. */
  #first = 0;
  /** Pages that have seen everything. */
  readonly #waiting = new Set<() => void>();
  /** What is told besides records, by its name: the latest value. */
  readonly #facts = new Map<string, { readonly version: number; readonly value: unknown }>();
  #versions = 0;
  #readers = 0;
  #over = false;
  readonly #onReaders: (readers: number) => void;

  constructor({ maxKeptBytes = MAX_KEPT_BYTES, onReaders = () => {} }: FeedOptions = {}) {
    this.#maxKeptBytes = maxKeptBytes;
    this.#onReaders = onReaders;
  }

  /** Adds a record, as a line without its end. The oldest lines are dropped beyond the limit. */
  add(line: string): void {
    this.#lines.push(line);
    this.#bytes += line.length;
    if (this.#bytes > this.#maxKeptBytes) this.#dropOldest();
    this.#wake();
  }

  /** Tells every page something that is true until it is told anew. */
  tell(name: string, value: unknown): void {
    this.#facts.set(name, { version: ++this.#versions, value });
    this.#wake();
  }

  /** No more records: what is here is the whole recording. */
  end(): void {
    this.#over = true;
    this.#wake();
  }

  /** The events for one page. A page that is slower than the records misses the oldest, and is told how many. */
  async *events(): AsyncGenerator<Uint8Array, void> {
    const encoder = new TextEncoder();
    let next = this.#first;
    let facts = 0;
    this.#onReaders(++this.#readers);
    try {
      for (;;) {
        let text = "";
        for (const [name, { version, value }] of this.#facts)
          if (version > facts) text += `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`;
        facts = this.#versions;
        if (next < this.#first) text += `event: dropped\ndata: ${this.#first - next}\n\n`;
        next = Math.max(next, this.#first);
        const batch = this.#batch(next);
        next += batch.length;
        if (batch.length > 0) text += `event: records\n${batch.map((line) => `data: ${line}\n`).join("")}\n`;
        const more = next < this.#first + this.#lines.length;
        if (this.#over && !more) {
          yield encoder.encode(`${text}event: end\ndata: 0\n\n`);
          return;
        }
        if (text !== "") yield encoder.encode(text);
        if (more) continue;
        if (text !== "") await pause(BATCH_MS);
        else if (!(await this.#news(HEARTBEAT_MS))) yield encoder.encode(":\n\n");
      }
    } finally {
      this.#onReaders(--this.#readers);
    }
  }

  #batch(next: number): string[] {
    const lines: string[] = [];
    let bytes = 0;
    for (let i = next - this.#first; i < this.#lines.length && bytes < MAX_BATCH_BYTES; i++) {
      const line = this.#lines[i] as string;
      lines.push(line);
      bytes += line.length;
    }
    return lines;
  }

  /** A quarter at once: to drop line by line would move all the others each time. */
  #dropOldest(): void {
    let count = 0;
    let bytes = 0;
    while (bytes < this.#maxKeptBytes / 4 && count < this.#lines.length)
      bytes += (this.#lines[count++] as string).length;
    this.#lines.splice(0, count);
    this.#bytes -= bytes;
    this.#first += count;
  }

  /** Waits until there is something new, and returns whether it came in time. */
  #news(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (inTime: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(come);
        resolve(inTime);
      };
      const come = () => settle(true);
      const timer = setTimeout(() => settle(false), ms);
      this.#waiting.add(come);
    });
  }

  #wake(): void {
    for (const come of this.#waiting) come();
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
