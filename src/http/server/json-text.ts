/** A text that is at most this long with its indentation is always indented. */
const ALWAYS_INDENTED = 64 * 1024;
/** A longer text is indented if that makes it at most so many times as long. */
const MAX_GROWTH = 4;

/** A value as JSON for people: indented, unless it is so deep that spaces would be most of it. */
export function jsonText(value: unknown): string {
  // JSON.stringify gives undefined for undefined, a function or a symbol. In a list it writes null, and so do we.
  const compact = JSON.stringify(value) as string | undefined;
  if (compact === undefined) return "null";
  const allowed = Math.max(ALWAYS_INDENTED, MAX_GROWTH * compact.length);
  return shapeOf(compact, allowed).indentedLength > allowed ? compact : JSON.stringify(value, undefined, 2);
}

/**
 * How deep the lists and objects of a JSON text are nested, and how long the text is with an indentation of two spaces.
 * Each level adds two spaces to each of its lines, so n levels may take n² octets.
 *
 * @param enough the measurement stops beyond this length.
 */
export function shapeOf(
  json: string,
  enough = Number.POSITIVE_INFINITY,
): { readonly depth: number; readonly indentedLength: number } {
  let level = 0;
  let depth = 0;
  let added = 0;
  for (let at = 0; at < json.length && json.length + added <= enough; at++) {
    switch (json.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(json, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth = Math.max(depth, ++level);
        added += lineBreak(level);
        break;
      case 0x5d: // ]
      case 0x7d: // }
        added += lineBreak(--level);
        break;
      case 0x2c: // ,
        added += lineBreak(level);
        break;
      case 0x3a: // :
        added++;
        break;
    }
  }
  return { depth, indentedLength: json.length + added };
}

const lineBreak = (level: number): number => 1 + 2 * level;

/** The offset of the quote that ends the string which begins at `start`. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === 0x22) return at;
    if (code === 0x5c) at++; // a backslash and what it escapes
  }
  return json.length;
}
