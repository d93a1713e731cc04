import { printable } from "../bytes/text.ts";
import { beginsTls, readClientHello } from "./client-hello.ts";

/** What stands in the clear of TLS, in words: `TLS ClientHello for example.org, offers h2, http/1.1`. */
export function tlsText(bytes: Uint8Array): string | undefined {
  const hello = readClientHello(bytes);
  if (hello !== undefined) {
    const { name, protocols } = hello;
    const offers = protocols.length === 0 ? "" : `, offers ${protocols.join(", ")}`;
    return printable(`TLS ClientHello${name === undefined ? "" : ` for ${name}`}${offers}`);
  }
  if (beginsTls(bytes)) return `TLS handshake, ${bytes.length} B`;
  return isSealed(bytes) ? `TLS, ${bytes.length} B encrypted` : undefined;
}

/** A record of application data, alert or change of cipher (RFC 8446 §5.1). */
const isSealed = (bytes: Uint8Array): boolean =>
  bytes.length >= 5 &&
  (bytes[0] as number) >= 20 &&
  (bytes[0] as number) <= 23 &&
  bytes[1] === 3 &&
  (bytes[2] as number) <= 4;
