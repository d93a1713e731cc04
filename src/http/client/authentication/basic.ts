import { utf8Octets } from "../../../bytes/text.ts";

/** The value of an Authorization field for the Basic scheme; the text is UTF-8 (RFC 7617 §2.1). */
export function basicCredentials(user: string, password: string): string {
  return `Basic ${btoa(utf8Octets(`${user}:${password}`))}`;
}
