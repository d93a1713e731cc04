import type { Ladder } from "./ladder.ts";
import type { LadderEvent } from "./ladder-parts.ts";

/*
 * Where each event of a ladder stands from top to bottom, in pixels at normal size. Two scales:
 *
 *     rows   every event has a row of its own, a longer silence is folded: nothing overlaps, everything can be read
 *     time   a millisecond is as high everywhere: what took long is long
 */

/** How time becomes height. */
export type LadderScale = { readonly kind: "rows" } | { readonly kind: "time"; readonly pixelsPerMs: number };

/** A silence that is drawn shorter than it was. */
export interface Fold {
  /** The middle of the silence, in pixels. */
  readonly y: number;
  /** When the silence began, in nanoseconds. */
  readonly from: number;
  /** When it ended, in nanoseconds. */
  readonly to: number;
}

/** The height of a row, and of the box in it. */
export const ROW = 30;
/** The height of a box. */
export const BOX = 22;
const TOP = 16;
/** A silence from this length on is folded. */
const FOLDED_NS = 1_500_000;
const FOLD_HEIGHT = 30;

/** The places of the events of one ladder. Grows with the ladder: only what is new is placed. */
export class LadderLayout {
  /** The top of each event, by its index. */
  readonly tops: number[] = [];
  readonly folds: Fold[] = [];
  readonly #ladder: Ladder;
  readonly #scale: LadderScale;
  readonly #indexes = new Map<LadderEvent, number>();

  constructor(ladder: Ladder, scale: LadderScale) {
    this.#ladder = ladder;
    this.#scale = scale;
  }

  /** Places what is new. @param changedFrom the index of the first event that is new or has moved. */
  update(changedFrom: number): void {
    const { events } = this.#ladder;
    const before = events[changedFrom - 1]?.t ?? Number.NEGATIVE_INFINITY;
    this.tops.length = Math.min(changedFrom, this.tops.length);
    while ((this.folds.at(-1)?.to ?? Number.NEGATIVE_INFINITY) > before) this.folds.pop();
    for (let i = this.tops.length; i < events.length; i++) {
      const event = events[i] as LadderEvent;
      this.#indexes.set(event, i);
      this.tops.push(this.#place(event, i));
    }
  }

  /** The height of all. */
  get height(): number {
    return (this.tops.at(-1) ?? 0) + ROW + TOP;
  }

  /** The top of an event. */
  topOf(event: LadderEvent): number {
    return this.tops[this.#indexes.get(event) ?? -1] ?? TOP;
  }

  /** The top of the first event at this time or after it; the height of all, if there is none. */
  topFrom(t: number): number {
    return this.tops[this.#firstAtOrAfter(t)] ?? this.height;
  }

  /** Where a moment is. Between two events it is as far from each as its time. */
  yAt(t: number): number {
    const { events } = this.#ladder;
    const next = this.#firstAtOrAfter(t);
    const [above, below] = [events[next - 1], events[next]];
    if (below === undefined) return this.height - TOP;
    const y = this.tops[next] as number;
    if (above === undefined || below.t === above.t) return y;
    const top = this.tops[next - 1] as number;
    return top + ((t - above.t) / (below.t - above.t)) * (y - top);
  }

  /** The indexes `[first, last)` of the events that stand between two heights. */
  within(top: number, bottom: number): readonly [first: number, last: number] {
    return [lowerBound(this.tops, top - ROW), lowerBound(this.tops, bottom)];
  }

  /** The folds between two heights. */
  foldsWithin(top: number, bottom: number): readonly Fold[] {
    let [low, high] = [0, this.folds.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.folds[middle] as Fold).y >= top - ROW) high = middle;
      else low = middle + 1;
    }
    let last = low;
    while ((this.folds[last]?.y ?? Number.POSITIVE_INFINITY) <= bottom + ROW) last++;
    return this.folds.slice(low, last);
  }

  #place(event: LadderEvent, index: number): number {
    const { events } = this.#ladder;
    const first = events[0] as LadderEvent;
    if (this.#scale.kind === "time") return TOP + ((event.t - first.t) / 1e6) * this.#scale.pixelsPerMs;
    const above = events[index - 1];
    if (above === undefined) return TOP;
    const top = this.tops[index - 1] as number;
    const silence = event.t - above.t;
    if (silence < FOLDED_NS) return top + ROW;
    this.folds.push({ y: top + ROW + FOLD_HEIGHT / 2 - (ROW - BOX) / 2, from: above.t, to: event.t });
    return top + ROW + FOLD_HEIGHT;
  }

  #firstAtOrAfter(t: number): number {
    let [low, high] = [0, this.#ladder.events.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ladder.events[middle] as LadderEvent).t >= t) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** The index of the first number that is at least `least`. The numbers are in order. */
function lowerBound(numbers: readonly number[], least: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) >= least) high = middle;
    else low = middle + 1;
  }
  return low;
}
