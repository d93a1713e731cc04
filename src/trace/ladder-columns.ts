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
/** Of a lane without records, where there are more than two. */
const EMPTY_BOX = 84;

/** Where the lanes are in a picture of this width. */
export function columnsOf(width: number, lanes: readonly Lane[]): Columns {
  const first = TIMES + STRIPES;
  const times = TIMES - 8;
  if (lanes.length <= 2) {
    const box = boxWithin((width - TIMES - 2 * STRIPES) * 0.38);
    const server = Math.max(first + box + LEAST_GAP, width - STRIPES - box - 8);
    return { times, lanes: [first, server].map((x) => ({ x, box })) };
  }
  const proxies = lanes.length / 2 - 1;
  const empty = lanes.filter(({ recorded }) => !recorded).length;
  const room = width - first - STRIPES - 8 - proxies * INSIDE_PROXY - empty * EMPTY_BOX;
  const gaps = proxies + 1;
  // Between two ends of a connection there is a third of a box.
  const box = boxWithin(room / (lanes.length - empty + gaps / 3));
  const gap = Math.max(LEAST_GAP, (room - box * (lanes.length - empty)) / gaps);
  let x = first;
  return {
    times,
    lanes: lanes.map(({ recorded, role }) => {
      const lane = { x: round(x), box: round(recorded ? box : EMPTY_BOX) };
      x += lane.box + (role === "client" ? gap : INSIDE_PROXY);
      return lane;
    }),
  };
}

const boxWithin = (room: number): number => Math.max(LEAST_BOX, Math.min(300, room));

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
