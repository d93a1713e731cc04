import { isWhitespace } from "../bytes/octets.ts";

/**
 * The text without blanks at its ends (OWS, RFC 9110 §5.6.3): SP and HTAB. `trim()` would take a no-break space as
 * well, and read `\xa0close` as `close`, which nobody else does.
 */
export function trimWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhitespace(text.charCodeAt(start))) start++;
  while (end > start && isWhitespace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** The members of a list (RFC 9110 §5.6.1), empty ones too. Those that may hold a comma need another reader. */
export function listMembers(value: string): string[] {
  return value.split(",").map(trimWhitespace);
}
