/** What a run left behind: `docs/performance/bench.json` and `curves.json`, from which the documents are made. */

import type { Curve } from "../curves/curve.ts";
import type { Settings, Table } from "../row.ts";

/** A row, or a curve: how long it took, and why there is nothing to show of it. */
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

/** What of a run's JSON is kept: four digits that count; what can be worked out again is left out. */
export function writtenRecord(record: BenchRecord | CurvesRecord): string {
  const { rounds, warmUpMs, measureMs, quick } = record.settings;
  const kept = { ...record, settings: { rounds, warmUpMs, measureMs, quick } };
  const short = (key: string, value: unknown) => {
    if (key === "median" || key === "verdicts") return undefined;
    return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  };
  // A round, or a point, is a line of the file.
  return `${JSON.stringify(kept, short).replaceAll(/\{"(?:id|name|value|x|title)":/g, (start) => `\n${start}`)}\n`;
}
