import type { Fields } from "../../../http1/fields.ts";
import { listMembers } from "../../../http1/list.ts";
import { parseHttpDate } from "../../date.ts";

/** What the conditions of a request are compared with. */
export interface Validators {
  /** Strong, with its quotes. */
  readonly etag: string;
  /** Whole seconds, as the field has it. */
  readonly lastModifiedMs: number;
  /** The present: a date with a two-digit year is read by it. */
  readonly nowMs: number;
}

/** Evaluates the conditions of a GET or HEAD, in the order of RFC 9110 §13.2.2: 200 (go on), 304 or 412. */
export function evaluatePreconditions(fields: Fields, validators: Validators): 200 | 304 | 412 {
  const { etag, lastModifiedMs, nowMs } = validators;
  const ifMatch = fields.get("if-match");
  const ifUnmodifiedSince = dateOf(fields, "if-unmodified-since", nowMs);
  if (ifMatch !== undefined) {
    if (!listsTag(ifMatch, etag, "strong")) return 412;
  } else if (ifUnmodifiedSince !== undefined && lastModifiedMs > ifUnmodifiedSince) {
    return 412;
  }
  const ifNoneMatch = fields.get("if-none-match");
  const ifModifiedSince = dateOf(fields, "if-modified-since", nowMs);
  if (ifNoneMatch !== undefined) return listsTag(ifNoneMatch, etag, "weak") ? 304 : 200;
  return ifModifiedSince !== undefined && lastModifiedMs <= ifModifiedSince ? 304 : 200;
}

/** §13.1.5: whether the client has a part of this very file. If not, it wants the whole file and no range. */
export function ifRangeHolds(fields: Fields, { etag, lastModifiedMs, nowMs }: Validators): boolean {
  const ifRange = fields.get("if-range");
  if (ifRange === undefined) return true;
  if (ifRange.startsWith('"')) return ifRange === etag;
  return dateOf(fields, "if-range", nowMs) === lastModifiedMs;
}

function dateOf(fields: Fields, name: string, nowMs: number): number | undefined {
  const value = fields.get(name);
  return value === undefined ? undefined : parseHttpDate(value, nowMs);
}

/** §13.1.1 compares strongly (a weak tag never matches), §13.1.2 weakly (`W/` is ignored). */
function listsTag(list: string, etag: string, comparison: "strong" | "weak"): boolean {
  if (list === "*") return true;
  // Our tags have no comma, so to split the list at commas is enough to find one of them.
  return listMembers(list).some((tag) => tag === etag || (comparison === "weak" && tag === `W/${etag}`));
}
