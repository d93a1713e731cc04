/** What a run leaves behind: `docs/performance/bench.json` and `curves.json`. The documents are made from them. */

import type { Curve } from "../curves/curve.ts";
import type { Settings, Table } from "../row.ts";

/** The run of a row or a curve: how long it took, and why it has no result, if it has none. */
export interface Run {
  readonly name: string;
  readonly seconds: number;
  readonly failed?: string;
}

interface Made {
  /** "v20.20.2" */
  readonly node: string;
  readonly machine: string;
  /** The day, in UTC: 2026-11-23. */
  readonly day: string;
  readonly settings: Pick<Settings, "rounds" | "warmUpMs" | "measureMs" | "quick">;
  readonly runs: readonly Run[];
}

export interface BenchRecord extends Made {
  readonly tables: readonly Table[];
}

export interface CurvesRecord extends Made {
  readonly curves: readonly Curve[];
}

/** The part of a run's JSON that is kept: four significant digits, and nothing that can be computed from the rest. */
export function writtenRecord(record: BenchRecord | CurvesRecord): string {
  const { rounds, warmUpMs, measureMs, quick } = record.settings;
  const kept = { ...record, settings: { rounds, warmUpMs, measureMs, quick } };
  const short = (key: string, value: unknown) => {
    if (key === "median" || key === "verdicts") return undefined;
    return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  };
  // One line of the file for each round or point.
  return `${JSON.stringify(kept, short).replaceAll(/\{"(?:id|name|value|x|title)":/g, (start) => `\n${start}`)}\n`;
}
