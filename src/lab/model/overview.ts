import type { TraceRecord } from "../../browser.ts";

/** What happened in a part of a recording's time. */
interface Slice {
  /** Bytes that the client sent, as far as they were recorded. */
  client: number;
  /** Bytes that the server sent. */
  server: number;
  /** Records of any kind. */
  records: number;
}

/** So many parts at most; then two neighbours become one. */
const MOST_SLICES = 512;
/** The width of a part at first, in nanoseconds. */
const FIRST_WIDTH = 10_000;

/** How much happened when, of a recording that grows: bounded memory, and a record takes the same time always. */
export class Overview {
  /** In the order of time, each `sliceNs` long. */
  readonly slices: Slice[] = [];
  /** When the first record happened, and the last one, in nanoseconds. */
  begun = 0;
  last = 0;
  sliceNs = FIRST_WIDTH;

  add(record: TraceRecord): void {
    const { t } = record;
    if (this.slices.length === 0) this.begun = this.last = t;
    this.last = Math.max(this.last, t);
    // Another thread may tell of what was before the first record that came: the beginning has room for that.
    const slice = this.#sliceAt(Math.max(t - this.begun, 0));
    slice.records++;
    if (record.type !== "bytes") return;
    const isOfClient = (record.role === "client") === (record.direction === "out");
    slice[isOfClient ? "client" : "server"] += record.bytes.length;
  }

  #sliceAt(time: number): Slice {
    while (time / this.sliceNs >= MOST_SLICES) this.#halve();
    const index = Math.floor(time / this.sliceNs);
    while (this.slices.length <= index) this.slices.push({ client: 0, server: 0, records: 0 });
    return this.slices[index] as Slice;
  }

  #halve(): void {
    this.sliceNs *= 2;
    const { slices } = this;
    const half = Math.ceil(slices.length / 2);
    for (let i = 0; i < half; i++) {
      const [one, other] = [slices[2 * i] as Slice, slices[2 * i + 1]];
      slices[i] = {
        client: one.client + (other?.client ?? 0),
        server: one.server + (other?.server ?? 0),
        records: one.records + (other?.records ?? 0),
      };
    }
    slices.length = half;
  }
}
