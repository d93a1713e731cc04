import type { Lane } from "./ladder-parts.ts";

/** Columns of the picture, from left to right. */
export interface Columns {
  /** The right edge of the times. */
  readonly times: number;
  readonly lanes: readonly { readonly x: number; readonly box: number }[];
}

const TIMES = 66;
/** Room for the stripes beside a lane. */
export const STRIPES = 22;
/** The stripes of both ends of a proxy are between them, and the bands of what passes. */
const INSIDE_PROXY = 2 * STRIPES + 16;
const LEAST_GAP = 30;
const LEAST_BOX = 70;
const MOST_BOX = 300;
/** The least box where there are more than two lanes: they may be scrolled to. */
const LEAST_OF_MANY = 86;
/** Of a lane without records, where there are more than two: its name has room. */
const EMPTY_BOX = 90;

/** Where the lanes are in a picture of this width. */
export function columnsOf(width: number, lanes: readonly Lane[]): Columns {
  const first = TIMES + STRIPES;
  const times = TIMES - 8;
  if (lanes.length <= 2) {
    const box = Math.max(LEAST_BOX, Math.min(MOST_BOX, (width - TIMES - 2 * STRIPES) * 0.38));
    const server = Math.max(first + box + LEAST_GAP, width - STRIPES - box - 8);
    return { times, lanes: [first, server].map((x) => ({ x, box })) };
  }
  const recorded = lanes.filter((lane) => lane.recorded).length;
  const gaps = lanes.slice(1).map((lane, i) => gapBetween(lanes[i] as Lane, lane));
  const empty = (lanes.length - recorded) * EMPTY_BOX;
  const room = width - first - STRIPES - 8 - empty - gaps.reduce((sum, { least }) => sum + least, 0);
  const wide = gaps.filter(({ hasBands }) => hasBands).length;
  // What crosses a gap wants a fifth of a box.
  const box = Math.max(LEAST_OF_MANY, Math.min(MOST_BOX, room / (recorded + wide / 5)));
  const more = Math.max(0, (room - box * recorded) / Math.max(wide, 1));
  let x = first;
  return {
    times,
    lanes: lanes.map((lane, i) => {
      const placed = { x: round(x), box: round(lane.recorded ? box : EMPTY_BOX) };
      const gap = gaps[i];
      x += placed.box + (gap === undefined ? 0 : gap.least + (gap.hasBands ? more : 0));
      return placed;
    }),
  };
}

/** Nothing crosses to a lane without records. */
function gapBetween(left: Lane, right: Lane): { readonly least: number; readonly hasBands: boolean } {
  return {
    least: left.ofProxy && right.ofProxy ? INSIDE_PROXY : LEAST_GAP,
    hasBands: left.recorded && right.recorded,
  };
}

/** A picture that is narrower than this has no room for its lanes. */
export function leastWidth(lanes: readonly Lane[]): number {
  const { x, box } = columnsOf(0, lanes).lanes.at(-1) ?? { x: 0, box: 0 };
  return x + box + STRIPES;
}

/** Where a lane is, and how wide its boxes are. */
export const laneAt = ({ lanes }: Columns, column: number): Columns["lanes"][number] =>
  lanes[column] ?? { x: 0, box: 0 };

/** The edges of two lanes that face each other. */
export function edges(from: number, to: number, columns: Columns): readonly [number, number] {
  const [one, other] = [laneAt(columns, from), laneAt(columns, to)];
  return from < to ? [one.x + one.box, other.x] : [one.x, other.x + other.box];
}

/** Tenths of a pixel are enough. */
export const round = (pixels: number): number => Math.round(pixels * 10) / 10;
