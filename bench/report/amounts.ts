/** Amounts as people read them: 16 KiB, 1,000, 3.2 ms. */

import type { Axis } from "../curves/curve.ts";
import { shown } from "../print.ts";

type Unit = Axis["unit"];

const UNITS: Readonly<Record<Unit, readonly (readonly [factor: number, name: string])[]>> = {
  count: [[1, ""]],
  bytes: [
    [1, " B"],
    [2 ** 10, " KiB"],
    [2 ** 20, " MiB"],
    [2 ** 30, " GiB"],
  ],
  µs: [
    [1e-3, " ns"],
    [1, " µs"],
    [1e3, " ms"],
    [1e6, " s"],
  ],
  ns: [
    [1, " ns"],
    [1e3, " µs"],
    [1e6, " ms"],
  ],
};

/** A round amount, as at the ticks of an axis. */
export function amount(value: number, unit: Unit): string {
  return withUnit(value, unit, (figure) => Number(figure.toPrecision(4)).toLocaleString("en"));
}

/** A measured amount with three significant digits. */
export function measuredAmount(value: number, unit: Unit): string {
  return withUnit(value, unit, shown);
}

function withUnit(value: number, unit: Unit, print: (figure: number) => string): string {
  const [factor, name] = UNITS[unit].findLast(([least]) => value >= least) ?? UNITS[unit][0] ?? [1, ""];
  return `${print(value / factor)}${name}`;
}
