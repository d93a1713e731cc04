import { nowMs } from "../tcp/clock.ts";
import type { Fault } from "../tcp/faults/fault.ts";
import { FaultError } from "../tcp/faults/fault-error.ts";
import { FaultSet } from "../tcp/faults/fault-set.ts";
import type { Faults } from "../tcp/faults/faults.ts";
import { parseFault } from "../tcp/faults/text.ts";
import { httpPlaces } from "./http-places.ts";

/** Which faults a proxy makes, and what decides all that is random. */
export interface FaultOptions {
  /**
   * The first faults, also as text: "down:latency 100ms±20ms"; or those of another proxy, which go by its seed, and change
   * with them. None by default.
   */
  readonly faults?: Faults | readonly (Fault | string)[];
  /** A whole number from 0 to 2⁵³ − 1, drawn anew by default: the same seed and traffic give the same faults. */
  readonly seed?: number;
}

/** @throws {FaultError} */
export function faultSetOf({ faults = [], seed = drawnSeed() }: FaultOptions): FaultSet {
  if (faults instanceof FaultSet) return faults;
  if (!Array.isArray(faults)) throw new FaultError("faults are a list, or the faults of a proxy");
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new FaultError(`a seed is a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, not ${seed}`);
  return new FaultSet({
    seed,
    now: nowMs,
    newReader: httpPlaces,
    faults: faults.map((fault: Fault | string) => (typeof fault === "string" ? parseFault(fault) : fault)),
  });
}

/** Short enough to be typed. */
function drawnSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
