import { utf8Octets } from "../../../bytes/text.ts";

/** The value of an Authorization field for the Bearer scheme (RFC 6750 §2.1). The token goes as it is. */
export function bearerCredentials(token: string): string {
  return `Bearer ${utf8Octets(token)}`;
}
