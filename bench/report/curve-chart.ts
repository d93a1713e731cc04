/** A curve as a picture. Both axes are logarithmic, so a power law is a straight line whose slope is its exponent. */

import { type Axis, type Curve, growthOf, type Series } from "../curves/curve.ts";
import { medianOf } from "../curves/growth.ts";
import { amount } from "./amounts.ts";
import { element, svg, text } from "./svg.ts";

const WIDTH = 640;
const PLOT = { left: 64, right: WIDTH - 16, top: 56, bottom: 296 };
const LEGEND = { top: PLOT.bottom + 62, line: 18 };

export function curveChart(curve: Curve): string {
  const { title, x, y } = curve;
  const series = curve.series.filter(({ points }) => points.length > 0);
  const heading = [
    text(title, { x: 12, y: 22, class: "title" }),
    text(`${y.label}; lines join the medians, bars span all rounds`, {
      x: 12,
      y: 41,
      class: "quiet",
    }),
  ];
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) {
    return svg(WIDTH, 80, title, ...heading, text("not measured", { x: 12, y: 66 }));
  }
  const across = scale(
    points.map((point) => point.x),
    x,
    PLOT.left + 14,
    PLOT.right - 18,
  );
  const up = scale(
    points.flatMap(({ rounds }) => rounds),
    y,
    PLOT.bottom - 8,
    PLOT.top + 8,
  );
  const exponents = series.map((one) => exponentText(one, x));
  const legend = series.map((one, i) => {
    const at = LEGEND.top + i * LEGEND.line;
    const stroke = element("line", {
      x1: 12,
      x2: 40,
      y1: at - 4,
      y2: at - 4,
      class: `line ${colour(one, i)}`,
    });
    return `${stroke}${mark(one, i, 26, at - 4)}${text(exponents[i] ?? "", { x: 48, y: at })}`;
  });
  return svg(
    WIDTH,
    LEGEND.top + series.length * LEGEND.line,
    `${title}: ${exponents.join("; ")}`,
    ...heading,
    ...across.ticks.map((tick) => verticalTick(across.place(tick.value), tick.label)),
    ...up.ticks.map((tick) => horizontalTick(up.place(tick.value), tick.label)),
    text(x.label, {
      x: (PLOT.left + PLOT.right) / 2,
      y: PLOT.bottom + 36,
      "text-anchor": "middle",
      class: "quiet",
    }),
    ...series.map((one, i) => drawn(one, i, across.place, up.place)),
    ...legend,
  );
}

/** "server: exponent 0.98 from 10 on (at most 1.1)" */
function exponentText(series: Series, x: Axis): string {
  const { name, fitFrom, maxExponent, reference } = series;
  const growth = growthOf(series);
  if (growth === undefined) return `${name}: too few points for an exponent`;
  const bound = reference ? "" : ` (at most ${maxExponent})`;
  return `${name}: exponent ${signed(growth.exponent)} from ${amount(fitFrom, x.unit)} on${bound}`;
}

/** Two digits, and a real minus sign. */
export function signed(figure: number): string {
  return figure.toFixed(2).replace("-0.00", "0.00").replace("-", "−");
}

function verticalTick(at: number, label: string): string {
  const line = element("line", { x1: at, x2: at, y1: PLOT.top, y2: PLOT.bottom, class: "grid" });
  return line + text(label, { x: at, y: PLOT.bottom + 16, "text-anchor": "middle", class: "quiet" });
}

function horizontalTick(at: number, label: string): string {
  const line = element("line", { x1: PLOT.left, x2: PLOT.right, y1: at, y2: at, class: "grid" });
  return line + text(label, { x: PLOT.left - 6, y: at + 4, "text-anchor": "end", class: "quiet" });
}

type Place = (value: number) => number;

function drawn(series: Series, i: number, across: Place, up: Place): string {
  const points = series.points.map(({ x, rounds }) => ({ x: across(x), y: up(medianOf(rounds)), rounds }));
  const path = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const spreads = points.map(({ x, rounds }) => {
    const [y1, y2] = [up(Math.min(...rounds)), up(Math.max(...rounds))];
    return element("line", { x1: x, x2: x, y1, y2, class: `spread ${colour(series, i)}` });
  });
  const line = element("polyline", { points: path, class: `line ${colour(series, i)}` });
  return [line, ...spreads, ...points.map(({ x, y }) => mark(series, i, x, y))].join("");
}

const colour = ({ reference }: Series, i: number): string => (reference ? "peer" : `s${i % 4}`);

/** A shape for each series, so that colour is not the only difference. */
function mark(series: Series, i: number, x: number, y: number): string {
  const shape = { class: `mark ${colour(series, i)}` };
  const polygon = (...corners: readonly (readonly [number, number])[]) =>
    element("polygon", {
      points: corners.map(([dx, dy]) => `${(x + dx).toFixed(1)},${(y + dy).toFixed(1)}`).join(" "),
      ...shape,
    });
  switch (i % 4) {
    case 0:
      return element("circle", { cx: x, cy: y, r: 4, ...shape });
    case 1:
      return element("rect", { x: x - 3.5, y: y - 3.5, width: 7, height: 7, ...shape });
    case 2:
      return polygon([0, -5], [5, 4], [-5, 4]);
    default:
      return polygon([0, -5], [5, 0], [0, 5], [-5, 0]);
  }
}

interface Scale {
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
  readonly place: Place;
}

/** A logarithmic axis between two places. 0 has no logarithm, so its place is a step before the least value. */
function scale(values: readonly number[], { unit }: Axis, from: number, to: number): Scale {
  const positive = values.filter((value) => value > 0);
  const ticks = ticksAround(
    Math.min(...positive),
    Math.max(...positive),
    unit === "bytes" ? BINARY : DECIMAL,
  );
  const [first = 1, second = 2, last = 2] = [ticks[0], ticks[1], ticks.at(-1)];
  const hasZero = positive.length < values.length;
  const start = Math.log(hasZero ? first ** 2 / second : first);
  const place = (value: number) =>
    from + ((value > 0 ? Math.log(value) - start : 0) / (Math.log(last) - start)) * (to - from);
  const labelled = (hasZero ? [0, ...ticks] : ticks).map((value) => ({
    value,
    label: value === 0 ? "0" : amount(value, unit),
  }));
  return { ticks: labelled, place };
}

interface Ruler {
  readonly base: number;
  /** Ticks inside a power of the base. */
  readonly within: readonly number[];
}

const MOST_TICKS = 8;
/** Wider and wider steps. */
const DECIMAL: readonly Ruler[] = [
  { base: 10, within: [1, 2, 5] },
  { base: 10, within: [1] },
  { base: 100, within: [1] },
  { base: 1000, within: [1] },
];
const BINARY: readonly Ruler[] = [
  { base: 2, within: [1] },
  { base: 4, within: [1] },
  { base: 1024, within: [1, 32] },
  { base: 1024, within: [1] },
];

/** The ticks of the finest ruler with few enough of them. The first is at most `least`, the last at least `most`. */
function ticksAround(least: number, most: number, rulers: readonly Ruler[]): number[] {
  let ticks: number[] = [];
  for (const { base, within } of rulers) {
    const power = (value: number) => Math.floor(Math.log(value) / Math.log(base));
    const all: number[] = [];
    for (let k = power(least) - 1; k <= power(most) + 2; k++)
      all.push(...within.map((tick) => tick * base ** k));
    const first = all.findLastIndex((tick) => tick <= least * (1 + 1e-9));
    const last = all.findIndex((tick) => tick >= most * (1 - 1e-9));
    ticks = all.slice(first, Math.max(first + 1, last) + 1);
    if (ticks.length <= MOST_TICKS) break;
  }
  return ticks;
}
