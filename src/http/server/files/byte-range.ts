import { listMembers } from "../../../http1/list.ts";

/** `[start, end)` of a content, or that no byte of it was asked for. */
export type ByteRange = { readonly start: number; readonly end: number } | "unsatisfiable";

/**
 * The one range of a Range field, or `undefined`: send the whole.
 *
 * RFC 9110 §14.2 lets us ignore the field. We do for another unit, for what is malformed, and for several ranges
 * at once: no client of ours needs multipart/byteranges, and overlapping ones were an attack (CVE-2011-3192).
 */
export function byteRange(field: string | undefined, size: number): ByteRange | undefined {
  if (field === undefined || !/^bytes=/i.test(field)) return undefined;
  const [range = "", ...more] = listMembers(field.slice("bytes=".length)).filter((member) => member !== "");
  const match = /^(\d*)-(\d*)$/.exec(range);
  if (match === null || more.length > 0) return undefined;
  // §14.1.1 sets no limit to the digits. A number too large to be exact is beyond every content, and stays so.
  const [, first = "", last = ""] = match;
  if (first === "") return last === "" ? undefined : suffix(Number(last), size);
  if (last !== "" && isLess(last, first)) return undefined;
  const start = Number(first);
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}

/**
 * The last `length` bytes. §14.1.2: of fewer bytes it is all of them, and a suffix is satisfiable unless its length is
 * zero. So an empty content is sent as a whole: no Content-Range could tell of a range without a byte.
 */
function suffix(length: number, size: number): ByteRange | undefined {
  if (length === 0) return "unsatisfiable";
  return size === 0 ? undefined : { start: size - Math.min(length, size), end: size };
}

/** By their digits: two numbers beyond 2^53 may be the same to a double. */
function isLess(a: string, b: string): boolean {
  const [x, y] = [a, b].map((digits) => digits.replace(/^0+/, "")) as [string, string];
  return x.length === y.length ? x < y : x.length < y.length;
}
