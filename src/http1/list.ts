import { isWhitespace } from "../bytes/octets.ts";

/**
 * The text without whitespace at its ends: SP and HTAB (OWS, RFC 9110 §5.6.3). `trim()` also removes a no-break
 * space: it would read `\xa0close` as `close`, and no other reader does.
 */
export function trimWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhitespace(text.charCodeAt(start))) start++;
  while (end > start && isWhitespace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** The members of a list (RFC 9110 §5.6.1), empty members too. Not for lists whose members may hold a comma. */
export function listMembers(value: string): string[] {
  return value.split(",").map(trimWhitespace);
}
