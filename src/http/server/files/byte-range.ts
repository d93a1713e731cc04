import { listMembers } from "../../../http1/list.ts";

/** `[start, end)` of a content; "unsatisfiable": the content has none of the bytes that were asked for. */
export type ByteRange = { readonly start: number; readonly end: number } | "unsatisfiable";

/**
 * The range of a Range field; `undefined`: send the whole content.
 *
 * RFC 9110 §14.2 lets a server ignore the field. We ignore another unit, a malformed value, and several ranges at once:
 * no client on our list needs multipart/byteranges, and overlapping ranges were an attack (CVE-2011-3192).
 */
export function byteRange(field: string | undefined, size: number): ByteRange | undefined {
  if (field === undefined || !/^bytes=/i.test(field)) return undefined;
  const [range = "", ...more] = listMembers(field.slice("bytes=".length)).filter((member) => member !== "");
  const match = /^(\d*)-(\d*)$/.exec(range);
  if (match === null || more.length > 0) return undefined;
  // §14.1.1 does not limit the digits. A number too large for a double to be exact lies beyond every content.
  const [, first = "", last = ""] = match;
  if (first === "") return last === "" ? undefined : suffix(Number(last), size);
  if (last !== "" && isLess(last, first)) return undefined;
  const start = Number(first);
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}

/**
 * The last `length` bytes, or all bytes if there are fewer. §14.1.2: a suffix is satisfiable unless its length is zero.
 * So an empty content is sent as a whole: no Content-Range can state a range without a byte.
 */
function suffix(length: number, size: number): ByteRange | undefined {
  if (length === 0) return "unsatisfiable";
  return size === 0 ? undefined : { start: size - Math.min(length, size), end: size };
}

/** Compares the digits: two numbers beyond 2^53 may be the same as doubles. */
function isLess(a: string, b: string): boolean {
  const [x, y] = [a, b].map((digits) => digits.replace(/^0+/, "")) as [string, string];
  return x.length === y.length ? x < y : x.length < y.length;
}
