/** `[start, end)` of a content, or that no byte of it was asked for. */
export type ByteRange = { readonly start: number; readonly end: number } | "unsatisfiable";

/**
 * The one range of a Range field, or `undefined`: send the whole.
 *
 * RFC 9110 §14.2 lets us ignore the field. We do for another unit, for what is malformed, and for several ranges
 * at once: no client of ours needs multipart/byteranges, and overlapping ones were an attack (CVE-2011-3192).
 */
export function byteRange(field: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(field ?? "");
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "") {
    if (last === "") return undefined;
    const suffix = Math.min(Number(last), size);
    return suffix === 0 ? "unsatisfiable" : { start: size - suffix, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}
