import net from "node:net";
import { printable } from "../bytes/text.ts";
import { TransportError } from "./errors.ts";

/** One address of a name. */
export interface ResolvedAddress {
  /** The IP address as text. */
  readonly address: string;
  /** 4 or 6. */
  readonly family: number;
}

/** Finds the addresses of a name, best first; of one IP version only, if `family` says so. A failure becomes DNS. */
export type Lookup = (host: string, family: 4 | 6 | undefined) => Promise<readonly ResolvedAddress[]>;

/**
 * The host without the brackets of an IPv6 literal (RFC 3986 §3.2.2). Brackets round anything else stay, so that
 * `checkHost` refuses the host, as a URL does.
 */
export function withoutBrackets(host: string): string {
  const inside = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  return net.isIPv6(inside) ? inside : host;
}

/**
 * The host without the brackets of an IPv6 literal.
 *
 * @throws {TransportError} HOST_INVALID. Node 20 would cut a name at a NUL and connect to what stands before it.
 */
export function checkHost(host: string): string {
  const bare = withoutBrackets(host);
  // ASCII only: a name with other letters has to be punycode by now (the WHATWG URL makes it so). The other characters
  // are those that no host of a URL has (URL standard, "forbidden domain code point").
  const isName = /^[\x21-\x7e]+$/.test(bare) && !/[#%/:<>?@[\\\]^|]/.test(bare);
  if (net.isIP(bare) !== 0 || (isName && !isDisguisedAddress(bare))) return bare;
  throw new TransportError("HOST_INVALID", "resolve", `not a host name or address: "${printable(host)}"`);
}

/**
 * `0x7f.1`, `0177.0.0.1`, `2130706433`, `127.0.0.1.`: a resolver takes each of them for an address, but code that
 * compares names takes it for a name. The WHATWG URL makes an address of a host whose last label is a number.
 */
function isDisguisedAddress(host: string): boolean {
  return /(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i.test(host);
}

/** All addresses of a host, in the order to try them. Literals and localhost need no look-up. */
export async function resolveHost(
  host: string,
  family: 4 | 6 | undefined,
  lookup: Lookup = systemLookup,
  signal?: AbortSignal,
): Promise<readonly ResolvedAddress[]> {
  const literal = net.isIP(host);
  if (literal !== 0) {
    if (family !== undefined && family !== literal) {
      throw new TransportError("DNS", "resolve", `${host} is not an IPv${family} address`);
    }
    return [{ address: host, family: literal }];
  }
  // RFC 6761 §6.3: localhost is always loopback, whatever a name server says.
  const found = /^(.*\.)?localhost\.?$/i.test(host)
    ? LOOPBACK
    : await orAborted(ask(host, family, lookup), signal);
  // A caller's own look-up may give anything: only addresses are dialled.
  const wanted = found
    .map(({ address }) => ({ address, family: net.isIP(address) }))
    .filter((each) => each.family !== 0 && (family === undefined || each.family === family));
  if (wanted.length === 0) {
    const kind = family === undefined ? "" : `IPv${family} `;
    throw new TransportError("DNS", "resolve", `host name "${host}" has no ${kind}address`);
  }
  return interleaveFamilies(wanted);
}

const LOOPBACK: readonly ResolvedAddress[] = [
  { address: "::1", family: 6 },
  { address: "127.0.0.1", family: 4 },
];

async function ask(
  host: string,
  family: 4 | 6 | undefined,
  lookup: Lookup,
): Promise<readonly ResolvedAddress[]> {
  try {
    return await lookup(host, family);
  } catch (cause) {
    const code = (cause as { code?: unknown }).code ?? (cause as Error).message;
    const words = code === "EAI_AGAIN" ? "cannot be resolved: no name server answers" : "cannot be resolved";
    throw new TransportError("DNS", "resolve", `host name "${host}" ${words} (${code})`, { cause });
  }
}

const systemLookup: Lookup = (host, family) =>
  process
    .getBuiltinModule("node:dns")
    .promises.lookup(host, { all: true, verbatim: true, family: family ?? 0 });

/** RFC 8305 §4: families in turn, the first address's family first, so that a broken family costs only one delay. */
function interleaveFamilies(addresses: readonly ResolvedAddress[]): readonly ResolvedAddress[] {
  const first = addresses.filter(({ family }) => family === addresses[0]?.family);
  const second = addresses.filter(({ family }) => family !== addresses[0]?.family);
  const mixed: ResolvedAddress[] = [];
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    mixed.push(...first.slice(i, i + 1), ...second.slice(i, i + 1));
  }
  return mixed;
}

/** A look-up cannot be stopped, but its caller need not wait for it. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    if (signal.aborted) onAbort();
  });
}
