import { problem, type ServerResponse } from "../handler.ts";

/** A whole number in decimal digits; `undefined`: it is none, or not from `min` to `max`. */
export function integer(given: string | undefined, min: number, max: number): number | undefined {
  const value = given !== undefined && /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

/** As `integer`, with up to six digits behind a point. */
export function decimal(given: string | undefined, min: number, max: number): number | undefined {
  const value = given !== undefined && /^\d{1,4}(\.\d{1,6})?$/.test(given) ? Number(given) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

/** 400 with the range. To correct a number in silence would teach a wrong lesson. */
export function outOfRange(what: string, range: string): ServerResponse {
  return problem(400, `${what} takes ${range}`);
}
