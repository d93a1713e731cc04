import { FaultError } from "./fault-error.ts";
import type { Unit } from "./work.ts";

/** The units that the text of a fault may use, each as so many of the attribute's own unit. */
const UNITS: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  ms: { ms: 1, s: 1000, min: 60_000, us: 0.001 },
  us: { us: 1, µs: 1, ms: 1000, s: 1_000_000 },
  bytes: { B: 1, KB: 1000, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 },
  "KB/s": { "KB/s": 1, "MB/s": 1000, "GB/s": 1e6, "B/s": 0.001 },
  status: { "": 1 },
};

/**
 * A whole number with a unit: "100ms", "1.5s", "64KB/s". Without a unit it counts the attribute's own unit.
 *
 * @throws {FaultError}
 */
export function parseQuantity(what: string, text: string, unit: Unit): number {
  const units = UNITS[unit];
  const [, digits = "", name = ""] = /^(\d{1,15}(?:\.\d{1,6})?)([^\d.].*)?$/.exec(text) ?? [];
  const factor = name === "" ? 1 : Object.hasOwn(units, name) ? units[name] : undefined;
  const product = Number(digits) * (factor ?? 0);
  const number = Math.round(product);
  // 1.1 × 1000 misses 1,100 by a little.
  const isWhole = Math.abs(product - number) <= 1e-9 * Math.max(1, product / 1e6);
  if (digits !== "" && factor !== undefined && isWhole && Number.isSafeInteger(number)) return number;
  const names = Object.keys(units).filter(Boolean);
  const example =
    names.length === 0 ? "a number" : `a whole number of ${unit}, with a unit of ${names.join(", ")}`;
  throw new FaultError(`${what} is ${example}, not "${text}"`);
}

/** The shortest text that `parseQuantity` reads as this number. */
export function formatQuantity(number: number, unit: Unit): string {
  if (unit === "status") return String(number);
  if (unit === "ms" && number > 0 && number % 1000 === 0) return `${number / 1000}s`;
  return `${number}${unit === "bytes" ? "B" : unit}`;
}
