import { parsedUrl } from "../../parsed-url.ts";

export const NOTHING: Uint8Array = new Uint8Array(0);

/** The 4 or 16 octets of an IP address; `undefined`: the text is a name. A zone (`%eth0`) says nothing to others. */
export function addressOctets(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return Uint8Array.from(parts, Number);
  }
  if (!/^[0-9a-f:.]+(?:%.*)?$/i.test(text) || !text.includes(":")) return undefined;
  return ipv6Octets(text.replace(/%.*$/, ""));
}

/** RFC 4291 §2.2. The platform's URL checks it, and writes all forms in hexadecimal. */
function ipv6Octets(text: string): Uint8Array | undefined {
  const canonical = parsedUrl(`http://[${text}]`)?.hostname.slice(1, -1);
  if (canonical === undefined) return undefined;
  const [front = "", back] = canonical.split("::");
  const groupsOf = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const [before, after] = [groupsOf(front), groupsOf(back ?? "")];
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  return Uint8Array.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 255]));
}
