/** The parts of a scaling curve: the same work in growing amounts, measured in rounds that take turns. */

import type { Missing, Settings } from "../row.ts";
import { exponentOf, medianOf, type Point } from "./growth.ts";

export interface Axis {
  /** "fields in the head" */
  readonly label: string;
  readonly unit: "count" | "bytes" | "µs" | "ns";
}

export interface Series {
  readonly name: string;
  /** A peer or a floor, to compare ours with. Its growth is shown but not judged. */
  readonly reference: boolean;
  /** The exponent is fitted over the points from this amount on. */
  readonly fitFrom: number;
  /** The largest exponent allowed: 0.1 above the aim, for noise. */
  readonly maxExponent: number;
  readonly points: readonly Point[];
  /** Points, or the whole series, that could not be measured here, and why. */
  readonly missing: readonly Missing[];
}

export interface Curve {
  readonly id: string;
  readonly title: string;
  /** The expected growth, and why the fit begins where it does. */
  readonly aim: string;
  readonly x: Axis;
  readonly y: Axis;
  /** The programs that make the load or answer it. */
  readonly load: string;
  readonly comparison?: Comparison;
  readonly series: readonly Series[];
}

/** How many times the cost of one series another may cost, after the cost of a third is subtracted. All by name. */
export interface Comparison {
  readonly of: string;
  readonly less: string;
  readonly to: string;
  readonly atMost: number;
}

/** The comparison at the largest amount that all three series have. */
export function comparisonOf({ comparison, series, x }: Curve) {
  if (comparison === undefined) return undefined;
  const named = (name: string) => series.find((one) => one.name === name)?.points ?? [];
  const at = named(comparison.of).findLast(
    (point) => named(comparison.less).some(sameX(point)) && named(comparison.to).some(sameX(point)),
  );
  if (at === undefined) return undefined;
  const cost = (name: string) => medianOf(named(name).find(sameX(at))?.rounds ?? []);
  const { of, less, to, atMost } = comparison;
  const factor = Math.max(cost(of) - cost(less), 0) / cost(to);
  const sentence =
    `${of} costs ${(cost(of) / cost(to)).toFixed(1)} times as much as ${to} at ${at.x} ${x.unit}; ` +
    `${factor.toFixed(2)} times, what ${less} costs taken off`;
  return { factor, atMost, sentence };
}

const sameX = (point: Point) => (other: Point) => other.x === point.x;

/** The exponent as published, with two digits, and whether it is within its bound. A peer is not judged. */
export function growthOf({ points, fitFrom, maxExponent, reference }: Series) {
  const fitted = exponentOf(points, fitFrom);
  if (fitted === undefined) return undefined;
  const exponent = Math.round(fitted * 100) / 100;
  return { exponent, withinBound: reference || exponent <= maxExponent };
}

/** A curve before its measurement. */
export interface CurvePlan extends Omit<Curve, "series"> {
  readonly fitFrom: number;
  readonly maxExponent: number;
  readonly series: readonly SeriesPlan[];
}

export interface SeriesPlan {
  readonly name: string;
  readonly reference?: boolean;
  readonly amounts: readonly number[];
  /** The cost of one operation, in the unit of the curve's y axis. */
  readonly measure: (amount: number) => number | Promise<number>;
}

export type PlanCurve = (settings: Settings) => CurvePlan | Promise<CurvePlan>;

/** Measures every point of every series once in each round, so that a drift of the machine affects all alike. */
export async function measured(plan: CurvePlan, rounds: number): Promise<Curve> {
  const { fitFrom, maxExponent, series: plans, ...curve } = plan;
  const series = plans.map(({ name, reference = false, amounts, measure }) => ({
    name,
    reference,
    measure,
    points: amounts.map((x) => ({ x, rounds: [] as number[], failed: undefined as string | undefined })),
  }));
  for (let round = 0; round < rounds; round++) {
    for (const { measure, points } of series) {
      for (const point of points) {
        if (point.failed !== undefined) continue;
        try {
          point.rounds.push(await measure(point.x));
        } catch (error) {
          point.failed = error instanceof Error ? error.message : String(error);
        }
      }
    }
  }
  return {
    ...curve,
    series: series.map(({ name, reference, points }) => ({
      name,
      reference,
      fitFrom,
      maxExponent,
      points: points
        .filter(({ failed }) => failed === undefined)
        .map(({ x, rounds: figures }) => ({ x, rounds: figures })),
      missing: points.flatMap(({ x, failed }) =>
        failed === undefined ? [] : [{ name: String(x), reason: failed }],
      ),
    })),
  };
}
