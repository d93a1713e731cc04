/** What a scaling curve is made of: the same work in growing amounts, in rounds that take turns. */

import type { Missing, Settings } from "../row.ts";
import type { Point } from "./growth.ts";

export interface Axis {
  /** "fields in the head" */
  readonly label: string;
  readonly unit: "count" | "bytes" | "µs" | "ns";
}

export interface Series {
  readonly name: string;
  /** A peer or a floor that ours is seen beside: its growth is told, not judged. */
  readonly reference: boolean;
  /** The exponent is fitted over the points from here on. */
  readonly fitFrom: number;
  /** What the exponent may be; 0.1 above what is aimed at, for noise. */
  readonly maxExponent: number;
  readonly points: readonly Point[];
  /** Points that could not be measured here, or the whole series, and why. */
  readonly missing: readonly Missing[];
}

export interface Curve {
  readonly id: string;
  readonly title: string;
  /** What growth is expected, and why the exponent is fitted where it is. */
  readonly aim: string;
  readonly x: Axis;
  readonly y: Axis;
  /** What makes the load, or answers it. */
  readonly load: string;
  readonly series: readonly Series[];
}

/** A curve before it was measured. */
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

/** Every point of every series once a round, so that what drifts on the machine drifts for all. */
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
