import { EXIT } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";
import { pause } from "./pause.ts";

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** curl counts transfers and milliseconds in 63 bits. */
const MOST = 2n ** 63n - 1n;

/** `--rate 2/s`, `10/5m`, `3` (an hour). Milliseconds from the start of one transfer to the next. @throws {CurlError} 2 */
export function parseRate(text: string): number {
  const [, transfers, division] = /^(\d+)(\/.*)?/s.exec(text) ?? [];
  if (transfers === undefined) throw new CurlError(EXIT.usage, "expected a proper numerical parameter");
  const [, units = "1", unit = ""] = /^\/(\d+)?([smhd])/.exec(division ?? "/h") ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined) throw new CurlError(EXIT.usage, "the unit is s, m, h or d");
  if (Number(transfers) === 0 || Number(units) === 0) throw new CurlError(EXIT.usage, "is badly used here");
  if (BigInt(transfers) > MOST || BigInt(units) * BigInt(unitMs) > MOST)
    throw new CurlError(EXIT.usage, "too large number");
  return Math.floor((unitMs * Number(units)) / Number(transfers));
}

/** Lets transfers begin no faster than --rate says. */
export class Pace {
  readonly #intervalMs: number;
  #lastAt = Number.NEGATIVE_INFINITY;

  /** @param rate a value of --rate */
  constructor(rate: string) {
    this.#intervalMs = parseRate(rate);
  }

  /** Waits until the next transfer may begin. Ctrl-C ends the wait. */
  async turn(signal: AbortSignal): Promise<void> {
    await pause(this.#lastAt + this.#intervalMs - performance.now(), signal);
    this.#lastAt = performance.now();
  }
}
