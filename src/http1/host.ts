import { DIGIT, HEXDIG, HOST, isEvery } from "../bytes/octets.ts";

const MAX_PORT = 65_535;

/**
 * Whether it is `uri-host [":" port]` (RFC 9110 §7.2), not empty: a name, an IPv4 address, or an IP literal in
 * brackets.
 */
export function isHost(text: string): boolean {
  const isLiteral = text.startsWith("[");
  const colon = text.indexOf(":", isLiteral ? text.indexOf("]") : 0);
  const hostEnd = colon === -1 ? text.length : colon;
  const host = text.slice(0, hostEnd);
  return (isLiteral ? isIpLiteral(host) : isName(host)) && (colon === -1 || isPort(text.slice(colon + 1)));
}

/** An empty port is the default port (RFC 3986 §3.2.3). */
function isPort(text: string): boolean {
  return text === "" || (isEvery(text, DIGIT) && Number(text) <= MAX_PORT);
}

/** `reg-name` (RFC 3986 §3.2.2). Every IPv4 address is one, too. */
function isName(text: string): boolean {
  for (let at = text.indexOf("%"); at !== -1; at = text.indexOf("%", at + 1)) {
    const encoded = text.slice(at + 1, at + 3);
    if (encoded.length < 2 || !isEvery(encoded, HEXDIG)) return false;
  }
  return isEvery(text, HOST);
}

/** `"[" ( IPv6address / IPvFuture ) "]"` (RFC 3986 §3.2.2). A URI has no zone. */
function isIpLiteral(text: string): boolean {
  if (!text.endsWith("]")) return false;
  const address = text.slice(1, -1);
  return isIpv6(address) || /^v[0-9a-f]{1,8}\.[\w.~!$&'()*+;=:-]{1,64}$/i.test(address);
}

function isIpv6(text: string): boolean {
  const [front = "", back, ...more] = text.split("::");
  if (more.length > 0) return false;
  const groups = [...ipv6Groups(front), ...(back === undefined ? [] : ipv6Groups(back))];
  // An IPv4 address at the end replaces two groups.
  const ipv4 = back !== "" && groups.at(-1)?.includes(".") === true;
  if (ipv4 && !isIpv4(groups.pop() as string)) return false;
  const count = groups.length + (ipv4 ? 2 : 0);
  const fits = back === undefined ? count === 8 : count < 8;
  return fits && groups.every((group) => group.length <= 4 && isEvery(group, HEXDIG));
}

const ipv6Groups = (part: string): string[] => (part === "" ? [] : part.split(":"));

/** Leading zeros are refused, since some readers take them as octal. */
function isIpv4(text: string): boolean {
  const octets = text.split(".");
  return (
    octets.length === 4 && octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255)
  );
}
