import { isHost } from "../../http1/host.ts";
import type { ValuePart, ValueReader } from "./part.ts";
import { isToken, listOf, pairOf, part, type Range, split, textOf } from "./scan.ts";

const PARAMETERS: Readonly<Record<string, readonly [meaning: string, section: string]>> = {
  for: ["who sent the request to this proxy", "RFC 7239 §5.2"],
  by: ["where the proxy took the request", "RFC 7239 §5.1"],
  host: ["the Host that the proxy was sent", "RFC 7239 §5.3"],
  proto: ["the scheme that the proxy was asked by", "RFC 7239 §5.4"],
};

/** Forwarded: an element for each proxy, the nearest to the client first (RFC 7239 §4). */
export const forwarded: ValueReader = (value) =>
  listOf(value).map((range, index) => {
    const names = new Set<string>();
    const parts = split(value, ";", range)
      .filter(({ start, end }) => end > start)
      .map((each) => forwardedPair(value, each, names));
    const meaning =
      index === 0 ? "told by the first proxy; a client can write it, too" : "told by the next proxy";
    return part("member", range, meaning, "RFC 7239 §4", undefined, parts);
  });

function forwardedPair(value: string, range: Range, names: Set<string>): ValuePart {
  const pair = pairOf(value, range);
  const known = Object.hasOwn(PARAMETERS, pair.name) ? PARAMETERS[pair.name] : undefined;
  const [meaning, section] = known ?? ["an extension", "RFC 7239 §5.5"];
  const text = pair.value ?? "";
  const twice = names.has(pair.name) ? "the parameter is given twice" : undefined;
  names.add(pair.name);
  const missing = pair.value === undefined ? "name=value is expected" : undefined;
  const quotes =
    pair.problem !== undefined && /[[\]:]/.test(text)
      ? "an IPv6 address or a port needs double quotes around it"
      : undefined;
  const node = pair.name === "for" || pair.name === "by" ? nodeProblem(text) : undefined;
  const host =
    pair.name === "host" && !isHost(text) ? "a host is expected, with an optional port" : undefined;
  return part(
    "parameter",
    range,
    meaning,
    section,
    missing ?? quotes ?? pair.problem ?? node ?? host ?? twice,
  );
}

/** RFC 7239 §6: an address, "unknown", or a name that begins with an underscore; with an optional port. */
function nodeProblem(text: string): string | undefined {
  const form = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]|unknown|_[\w.-]+)(?::(?:\d{1,5}|_[\w.-]+))?$/i;
  return form.test(text)
    ? undefined
    : 'an address is expected (IPv6 in brackets), "unknown", or a name that begins with _';
}

/** X-Forwarded-For: addresses, the client's first. No standard describes it. */
export const xForwardedFor: ValueReader = (value) =>
  listOf(value).map((range, index, { length }) => {
    const meaning =
      index === length - 1
        ? "the address that the last proxy saw"
        : index === 0
          ? "the client, if every proxy on the way is to be trusted"
          : "a proxy on the way";
    return part("host", range, meaning, "no standard; see RFC 7239 §7.4");
  });

/** Via: a protocol and a name for each proxy (RFC 9110 §7.6.3). */
export const via: ValueReader = (value) =>
  listOf(value).map((range) => {
    const [protocol = "", by] = textOf(value, range).split(/[ \t]+/, 2);
    const valid = by !== undefined && protocol.split("/").every(isToken) && protocol.split("/").length <= 2;
    const problem = valid ? undefined : "a protocol version and a name are expected, such as 1.1 proxy";
    return part(
      "member",
      range,
      "a proxy that the message came through, and what it was sent",
      "RFC 9110 §7.6.3",
      problem,
    );
  });
