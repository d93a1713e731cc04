import { Buffer } from "node:buffer";

/**
 * Text whose every character is one octet (latin1). curl treats arguments, files and heads as octets, so a URL
 * that holds "ä" in UTF-8 is two characters here, and goes out as the same two octets.
 */

/** The octets of an argument: Node gives arguments as Unicode, curl reads their UTF-8. */
export function octetsOf(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** The Unicode text of octets. Octets that are no UTF-8 become U+FFFD. */
export function unicodeOf(octets: string): string {
  return isAscii(octets) ? octets : Buffer.from(octets, "latin1").toString("utf8");
}

export function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}

/** Percent-encodes every octet but the unreserved ones (RFC 3986 §2.3), as curl_easy_escape does. */
export function percentEncoded(octets: string): string {
  return octets.replace(/[^\w.~-]/g, percentOf);
}

/** `%` and two upper-case hexadecimal digits for one octet. */
export function percentOf(octet: string): string {
  return `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** Decodes `%41`. What is no percent-encoding stays as it is. */
export function percentDecoded(octets: string): string {
  return octets.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
