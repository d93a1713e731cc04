import { isIPv6 } from "node:net";
import { domainToASCII } from "node:url";
import { isAscii, percentDecoded, unicodeOf } from "./octets.ts";

/** The host of a URL, as curl normalises it. */
export interface CurlHost {
  /** As in the URL that curl shows: percent-decoded, numeric IPv4 as dotted decimal, IPv6 in brackets. */
  readonly host: string;
  /** The zone of an IPv6 address, without `%25`. */
  readonly zoneId: string | undefined;
}

/** curl's `CURLUE_BAD_HOSTNAME` and `CURLUE_BAD_IPV6`, in its own words. */
export type HostProblem = "Bad hostname" | "Bad IPv6 address" | "No host present";

/** Octets that no host name may hold. `~` and `_` may stand in one. */
const NOT_IN_HOST = /[ \r\n\t/:#?!@{}[\]\\$'"^`*<>=;,+&()%|]/;

export function parseHost(text: string): CurlHost | HostProblem {
  if (text === "") return "No host present";
  if (text.startsWith("[")) return parseIPv6(text);
  const host = percentDecoded(text);
  if (/[\x00-\x1f\x7f]/.test(host)) return "Bad hostname";
  const address = dottedDecimal(host);
  if (address !== undefined) return { host: address, zoneId: undefined };
  // One trailing dot is the root of the DNS; a host of nothing but it, or two dots at the end, is refused.
  if (NOT_IN_HOST.test(host) || host === "." || host.endsWith("..")) return "Bad hostname";
  return { host, zoneId: undefined };
}

/** The name for the DNS, for TLS and for the Host field. `undefined`: the name has no ASCII form (IDNA). */
export function asciiHost(host: string): string | undefined {
  if (isAscii(host)) return host;
  const name = unicodeOf(host);
  if (name.includes("\ufffd")) return undefined;
  return domainToASCII(name) || undefined;
}

/**
 * Dotted decimal of `127.1`, `0x7f000001`, `0177.0.0.1` and their kind, as inet_aton(3) reads them.
 * `undefined`: the text is a name.
 */
function dottedDecimal(host: string): string | undefined {
  const parts = host.replace(/\.$/, "").split(".");
  const last = parts.pop();
  const values = parts.map(numberOf);
  const lastValue = last === undefined ? undefined : numberOf(last);
  if (lastValue === undefined || values.length > 3) return undefined;
  if (values.some((value) => value === undefined || value > 0xff)) return undefined;
  // The last part fills the octets that the parts before it left.
  const octetsLeft = 4 - values.length;
  if (lastValue >= 256 ** octetsLeft) return undefined;
  const rest = Array.from(
    { length: octetsLeft },
    (_, i) => Math.floor(lastValue / 256 ** (octetsLeft - 1 - i)) % 256,
  );
  return [...values, ...rest].join(".");
}

function numberOf(part: string): number | undefined {
  if (/^0x[0-9a-f]+$/i.test(part)) return Number.parseInt(part.slice(2), 16);
  if (/^0[0-7]*$/.test(part)) return Number.parseInt(part, 8);
  return /^[1-9]\d*$/.test(part) ? Number.parseInt(part, 10) : undefined;
}

/** curl takes zones of 15 octets at most. */
const MAX_ZONE_LENGTH = 15;

function parseIPv6(text: string): CurlHost | HostProblem {
  const [, address, zone] = /^\[([0-9a-fA-F:.]+)(?:%([^\]]*))?\]$/.exec(text) ?? [];
  if (address === undefined || !isIPv6(address)) return "Bad IPv6 address";
  // RFC 6874 writes the percent sign as %25. curl also takes the bare sign.
  const zoneId = zone === undefined ? undefined : percentDecoded(zone.replace(/^25(?=.)/, ""));
  if (zoneId !== undefined && (zoneId === "25" || !isZone(zoneId))) return "Bad IPv6 address";
  const short = shortestIPv6(address);
  return { host: `[${short.length <= address.length ? short : address}]`, zoneId };
}

function isZone(zone: string): boolean {
  return (
    zone.length >= 1 &&
    zone.length <= MAX_ZONE_LENGTH &&
    !NOT_IN_HOST.test(zone) &&
    !/[\x00-\x1f\x7f]/.test(zone)
  );
}

/** As inet_ntop(3) writes an address: the longest run of zeros is `::`, an IPv4 address in it is dotted. */
function shortestIPv6(address: string): string {
  const words = wordsOf(address);
  const zeros = longestZeros(words);
  const [high = 0, low = 0] = words.slice(6);
  const holdsIPv4 = zeros.start === 0 && (zeros.length === 6 || (zeros.length === 5 && words[5] === 0xffff));
  const texts = words.map((word) => word.toString(16));
  if (holdsIPv4) texts.splice(6, 2, [high >> 8, high & 0xff, low >> 8, low & 0xff].join("."));
  if (zeros.length < 2) return texts.join(":");
  return `${texts.slice(0, zeros.start).join(":")}::${texts.slice(zeros.start + zeros.length).join(":")}`;
}

function wordsOf(address: string): number[] {
  const dotted = /[\d.]+$/.exec(address)?.[0] ?? "";
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
  const hex = dotted.includes(".")
    ? `${address.slice(0, -dotted.length)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
    : address;
  const [front = [], back = []] = hex.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros: string[] = Array(8 - front.length - back.length).fill("0");
  return [...front, ...zeros, ...back].map((word) => Number.parseInt(word, 16));
}

function longestZeros(words: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < words.length; start++) {
    let end = start;
    while (words[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}
