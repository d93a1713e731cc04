import { printable } from "../bytes/text.ts";
import type { Ladder } from "./ladder.ts";
import { type Columns, columnsOf, edges, laneAt, round, STRIPES } from "./ladder-columns.ts";
import { BOX, type LadderLayout, ROW } from "./ladder-layout.ts";
import type { Band, Crossing, LadderEvent, Mark, MarkKind, Stretch } from "./ladder-parts.ts";

/*
 * The picture of a ladder as plain shapes: what the page puts on the screen and `formats/svg.ts` in a file. Colours are
 * left to a style sheet: a shape has a class.
 */

/** One shape of the picture. Lengths are pixels. */
export type Shape = BoxShape | HitShape | BandShape | LineShape | TextShape | BarShape;

/** A rectangle with a text in it. */
export interface BoxShape {
  /** Tells the shapes apart. */
  readonly shape: "box";
  /** What the box stands for. */
  readonly event: LadderEvent;
  /** Its class: the lane, and the kind of the event. */
  readonly look: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** `write 91 B`. */
  readonly label: string;
  /** What is in the bytes, in a line; escaped. */
  readonly detail: string;
}

/** The part of a box whose bytes a fault hit. */
export interface HitShape {
  readonly shape: "hit";
  readonly mark: Mark;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Bytes on their way from one lane to the next. */
export interface BandShape {
  readonly shape: "band";
  readonly band: Band;
  readonly look: string;
  /** Path data of SVG. */
  readonly path: string;
}

/** An arrow, or a line that separates. */
export interface LineShape {
  readonly shape: "line";
  readonly look: string;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** A text by itself. */
export interface TextShape {
  readonly shape: "text";
  readonly look: string;
  readonly x: number;
  readonly y: number;
  readonly anchor: "start" | "middle" | "end";
  readonly text: string;
}

/** A stretch of time along a lane. */
export interface BarShape {
  readonly shape: "bar";
  readonly stretch: Stretch;
  readonly look: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly label: string;
}

/** The part of the picture that is wanted. */
export interface View {
  /** The width of the picture. */
  readonly width: number;
  /** The first pixel from above, and the one behind the last. */
  readonly top: number;
  readonly bottom: number;
}

/** The shapes of the part that is in view. What is drawn first is below. */
export function shapesOf(ladder: Ladder, layout: LadderLayout, view: View): Shape[] {
  const columns = columnsOf(view.width, ladder.lanes);
  const [first, last] = layout.within(view.top, view.bottom);
  const events = ladder.events.slice(first, last);
  const shapes: Shape[] = [];
  for (const stretch of stretchesIn(ladder, events)) {
    const [top, bottom] = [layout.yAt(stretch.from), layout.yAt(stretch.to ?? Number.POSITIVE_INFINITY)];
    shapes.push(barOf(stretch, columns, top + ROW / 2, bottom - top));
  }
  const joins = new Set(events.flatMap((event) => ladder.joinsOf(event)));
  for (const join of joins) {
    const [from, to] = [layout.topOf(join.from), layout.topOf(join.to)];
    shapes.push("flow" in join ? bandOf(join, columns, from, to) : arrowOf(join, columns, from, to));
  }
  for (const fold of layout.foldsWithin(view.top, view.bottom))
    shapes.push(...foldOf(fold, columns, view.width));
  for (const [index, event] of events.entries()) {
    const top = layout.tops[first + index] as number;
    const box = boxOf(event, ladder, columns, top);
    shapes.push(timeOf(event, ladder, columns, top), box, ...hitsIn(box, ladder));
  }
  return shapes;
}

/**
 * The stretches that are open at some moment of the events in view. Those of one lane and kind follow each other, so no
 * more than the last few that began before the first event can reach into view; the directions may be open for long.
 */
function stretchesIn({ stretches }: Ladder, events: readonly LadderEvent[]): Stretch[] {
  const [from, to] = [events[0]?.t ?? 0, events.at(-1)?.t ?? 0];
  let [low, high] = [0, stretches.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((stretches[middle] as Stretch).from >= from) high = middle;
    else low = middle + 1;
  }
  const near = stretches.slice(Math.max(low - REACHING, 0)).values();
  const found = new Set(stretches.slice(0, DIRECTIONS));
  for (const stretch of near) {
    if (stretch.from > to) break;
    found.add(stretch);
  }
  return [...found].filter((stretch) => stretch.from <= to && (stretch.to ?? to) >= from);
}

/** Four lanes of two kinds, and their neighbours where records came late. */
const REACHING = 32;
/** The directions of all lanes begin with the connection. */
const DIRECTIONS = 16;

function boxOf(event: LadderEvent, ladder: Ladder, columns: Columns, y: number): BoxShape {
  const { x, box: width } = laneAt(columns, event.column);
  const place = { x, y, width, height: BOX };
  const lane = laneLook(event.lane);
  if (event.kind === "mark") {
    const look = `mark ${lane} ${BAD.has(event.mark) ? "bad" : ""} ${event.mark === "fault" ? "fault" : ""}`;
    const label = WORDS[event.mark];
    return { shape: "box", event, look: look.trim(), ...place, label, detail: printable(event.text) };
  }
  const label = `${event.kind} ${event.bytes.length} B`;
  return {
    shape: "box",
    event,
    look: `${event.kind} ${lane} of-${event.flow}`,
    ...place,
    label,
    detail: ladder.outlineOf(event, event.kind === "write" ? 1 : 0),
  };
}

/** The class of a lane: both ends of a proxy have one colour. */
export const laneLook = (name: string): string => (name === "client" || name === "server" ? name : "proxy");

/** Bytes stand in a box from top to bottom, as in its bands. */
function hitsIn({ event, x, y, width }: BoxShape, ladder: Ladder): HitShape[] {
  if (event.kind === "mark") return [];
  const { start, end } = event;
  const share = (offset: number): number =>
    ((Math.min(Math.max(offset, start), end) - start) / (end - start)) * BOX;
  return ladder.hitsOf(event).flatMap((mark) => {
    if (mark.hit === undefined) return [];
    const [top, bottom] = [share(mark.hit.start), share(mark.hit.end)];
    return {
      shape: "hit",
      mark,
      x: x + width - HIT,
      y: round(y + top),
      width: HIT,
      height: round(Math.max(bottom - top, 2)),
    };
  });
}

const HIT = 5;

const BAD: ReadonlySet<MarkKind> = new Set(["RST", "RST received", "refused", "error"]);

/** How a mark is called in its box. */
const WORDS: Readonly<Record<MarkKind, string>> = {
  resolve: "resolve",
  connect: "connect",
  connected: "connected",
  accept: "accept",
  tls: "TLS",
  FIN: "FIN",
  "FIN received": "FIN arrives",
  RST: "RST",
  "RST received": "RST arrives",
  refused: "failed",
  pause: "stops reading",
  resume: "reads on",
  drain: "kernel took all",
  error: "error",
  dropped: "not recorded",
  fault: "fault",
  closed: "closed",
};

/** The band is as wide at each end as its share of what it comes from and of what it leads to. */
function bandOf(band: Band, columns: Columns, fromTop: number, toTop: number): BandShape {
  const share = (transfer: Band["from"], offset: number, top: number) =>
    round(top + ((offset - transfer.start) / (transfer.end - transfer.start)) * BOX);
  const { from, to, start, end, toStart } = band;
  const [x1, x2] = edges(from.column, to.column, columns);
  const middle = (x1 + x2) / 2;
  const [a, b] = [share(from, start, fromTop), share(from, end, fromTop)];
  const [c, d] = [share(to, toStart, toTop), share(to, toStart + end - start, toTop)];
  const path = `M${x1} ${a}C${middle} ${a} ${middle} ${c} ${x2} ${c}V${d}C${middle} ${d} ${middle} ${b} ${x1} ${b}Z`;
  return { shape: "band", band, look: `band of-${band.flow}`, path };
}

function arrowOf({ from, to }: Crossing, columns: Columns, fromTop: number, toTop: number): LineShape {
  const [x1, x2] = edges(from.column, to.column, columns);
  const flow = from.column < to.column ? "client" : "server";
  const look = `arrow of-${flow} ${BAD.has(from.mark) ? "bad" : ""}`.trim();
  return { shape: "line", look, x1, y1: fromTop + BOX / 2, x2, y2: toTop + BOX / 2 };
}

function timeOf(event: LadderEvent, ladder: Ladder, columns: Columns, y: number): TextShape {
  const text = formatMs(event.t - (ladder.events[0]?.t ?? 0));
  return { shape: "text", look: "time", x: columns.times, y: y + BOX - 7, anchor: "end", text };
}

/** Outside of the lane, from the lane outwards: the handler on the lane itself, then sends, receives, the state. */
function barOf(stretch: Stretch, columns: Columns, y: number, height: number): BarShape {
  const { lane, column, kind, text } = stretch;
  const { x: left, box } = laneAt(columns, column);
  const look = `bar ${kind} ${laneLook(lane)} ${kind === "state" ? `state-${text}` : ""}`.trim();
  if (kind === "handler")
    return {
      shape: "bar",
      stretch,
      look,
      x: left,
      y: round(y),
      width: box,
      height: round(Math.max(height, 2)),
      label: stretch.to === undefined ? "handler" : `handler ${formatMs(stretch.to - stretch.from)}`,
    };
  const [offset, width] = BARS[kind];
  // Clients stand at the left of their connection, servers at its right.
  const x = column % 2 === 0 ? left - offset - width : left + box + offset;
  return {
    shape: "bar",
    stretch,
    look,
    x,
    y: round(y),
    width,
    height: round(Math.max(height, 1)),
    label: text,
  };
}

/** The distance of a bar from its lane, and its width. */
const BARS = { sends: [3, 3], receives: [8, 3], state: [13, 6] } as const;

/** The width of `53.5 ms, nothing`. */
const FOLD_WORDS = 100;

function foldOf(fold: { y: number; from: number; to: number }, { lanes }: Columns, width: number): Shape[] {
  const [first, last] = [lanes[0], lanes.at(-1)];
  const [left, right] = [first?.x ?? 0, last === undefined ? 0 : last.x + last.box];
  const time = formatMs(fold.to - fold.from);
  // Between narrow lanes the word would lie on the time of the handler.
  const room = lanes.length === 2 ? right - left - 2 * (last?.box ?? 0) : right - left;
  return [
    { shape: "line", look: "fold", x1: left, y1: fold.y, x2: width - STRIPES, y2: fold.y },
    {
      shape: "text",
      look: "fold",
      x: (left + right) / 2,
      y: fold.y + 4,
      anchor: "middle",
      text: room < FOLD_WORDS ? time : `${time}, nothing`,
    },
  ];
}

/** Nanoseconds for people: `0.34 ms`, `1.2 s`. */
export function formatMs(nanoseconds: number): string {
  const ms = nanoseconds / 1e6;
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 100) return `${ms.toFixed(0)} ms`;
  return `${ms.toFixed(ms >= 10 ? 1 : 2)} ms`;
}
