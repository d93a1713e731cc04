import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { ConnectOptions } from "../../tcp.ts";
import { isOfThisMachine } from "../own-address.ts";
import { CurlError } from "./curl-error.ts";
import { BIND_FAILED } from "./exit-codes.ts";
import { MAX_PORT, parsePorts } from "./numbers.ts";
import type { Settings } from "./settings.ts";
import { parseHost } from "./url-host.ts";

const CONNECT_FAILED = 7;
const BAD_ARGUMENT = 43;
const SETOPT_SYNTAX = 49;

/** A host and a port; an IPv6 address has no brackets. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Where --connect-to leads instead. The first one that fits and leads somewhere counts; an empty part changes nothing. */
export function connectTo(settings: Settings, { host, port }: Place): Place | undefined {
  const shown = isIP(host) === 6 ? `[${host}]` : host;
  for (const text of settings.values("connect-to")) {
    const [, fromHost = "", fromPort = "", toHost = "", toPort = ""] =
      /^(\[[^\]]*\]|[^:]*):([^:]*):(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text) ?? [];
    const isMatch =
      text.split(":").length > 2 &&
      (fromHost === "" || sameHost(fromHost, shown)) &&
      (fromPort === "" || Number(fromPort) === port);
    if (!isMatch || text === `${fromHost}:${fromPort}:`) continue;
    return { host: toHost === "" ? host : hostOf(toHost), port: toPort === "" ? port : portOf(toPort) };
  }
  return undefined;
}

/** `127.1` is an address here, too. What the DNS cannot know is left to it. */
function hostOf(text: string): string {
  if (text.startsWith("[")) return bare(text);
  const parsed = parseHost(text);
  return typeof parsed === "string" ? text : parsed.host;
}

/** As curl, the number counts, and not what stands behind it. */
function portOf(text: string): number {
  const port = Number(/^\d+/.exec(text)?.[0] ?? Number.NaN);
  if (port <= MAX_PORT) return port;
  throw new CurlError(SETOPT_SYNTAX, `--connect-to: "${text}" is no port`);
}

/** The addresses that --resolve has for a place. The last one for a place counts; `*` is for all hosts. */
export function resolved(settings: Settings, { host, port }: Place): readonly string[] | undefined {
  let found: readonly string[] | undefined;
  let forAll: readonly string[] | undefined;
  for (const text of settings.values("resolve")) {
    const entry = resolveEntry(text);
    if (entry?.port !== port) continue;
    if (entry.name === "*") forAll = entry.addresses;
    else if (sameHost(bare(entry.name), host)) found = entry.addresses;
  }
  return found ?? forAll;
}

interface ResolveEntry {
  readonly name: string;
  readonly port: number;
  /** `undefined`: what was known of the place is forgotten. */
  readonly addresses: readonly string[] | undefined;
}

/** `undefined`: the entry says nothing. As in curl, that is none, and `-` with what is no place. */
function resolveEntry(text: string): ResolveEntry | undefined {
  if (text === "") return undefined;
  const [, name = "", digits, list] = /^[+-]?(\[[^\]]*\]|[^:]*):(\d{1,5})(?::(.*))?$/s.exec(text) ?? [];
  const port = Number(digits);
  if (text.startsWith("-")) return list === undefined ? { name, port, addresses: undefined } : undefined;
  const addresses = list?.split(",").filter(Boolean).map(bare) ?? [];
  if (port <= MAX_PORT && addresses.length > 0 && addresses.every((address) => isIP(address) !== 0))
    return { name, port, addresses };
  throw new CurlError(SETOPT_SYNTAX, `--resolve wants HOST:PORT:ADDRESS, not "${text}"`);
}

const bare = (host: string): string => host.replace(/^\[(.*)\]$/s, "$1");
const sameHost = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** The options of a connection that are about this machine's end. */
export function localEnd(settings: Settings, host: string): ConnectOptions {
  const name = settings.value("interface");
  const [firstPort, lastPort] = parsePorts(settings.value("local-port") ?? "0");
  return {
    ...(name !== undefined &&
      localAddress(name, host, settings.last("ipv4", "ipv6")?.name === "ipv6" ? 6 : 4)),
    ...(firstPort > 0 && { localPorts: [firstPort, lastPort] }),
  };
}

/**
 * `if!NAME`, `host!ADDRESS`, `ifhost!NAME!ADDRESS`, or either without a word in front. `lastFamily`: of the addresses of a
 * host that are tried last.
 */
function localAddress(text: string, host: string, lastFamily: number): ConnectOptions {
  const [, kind, value = ""] = /^(?:(if|host|ifhost)!)?(.*)$/s.exec(text) ?? [];
  const name = kind === "ifhost" ? (value.split("!")[1] ?? "") : value;
  if (name === "") throw new CurlError(BAD_ARGUMENT, `--interface "${text}" names nothing`);
  const family = isIP(host) || lastFamily;
  const address = kind === "if" ? "" : name === "localhost" ? "::1" : name; // curl takes the first of localhost's
  const isHere = isIP(address) !== 0 && isOfThisMachine(address);
  // As in curl, an address of the other IP version can do nothing for this one: the attempt fails, and not the bind.
  if (isIP(address) !== 0 && isIP(address) !== family && !(isHere && isIP(host) === 0))
    return nowhere(name, CONNECT_FAILED);
  if (isHere) return { localAddress: address };
  const own = kind === "host" ? undefined : networkInterfaces()[name];
  const found = own?.find((each) => each.family === `IPv${family}`) ?? own?.[0];
  return found === undefined ? nowhere(name, BIND_FAILED) : { localAddress: found.address };
}

/** A local end that is not here matters where the other end is found: as in curl, an unknown host is told before. */
function nowhere(name: string, exitCode: number): ConnectOptions {
  const message = `cannot connect from "${name}": no interface or address of this machine that leads there`;
  return {
    addressPolicy: () => {
      throw new CurlError(exitCode, message);
    },
  };
}

/** One function for each list of addresses: a pool takes two functions for two kinds of connections. */
const lookups = new Map<string, NonNullable<ConnectOptions["lookup"]>>();

/** The options of a connection to a place, as --interface, --local-port and --resolve have it. */
export function addressed(settings: Settings, place: Place): ConnectOptions {
  const addresses = resolved(settings, place) ?? [];
  const [address = place.host] = addresses;
  return {
    ...localEnd(settings, address),
    ...(addresses.length === 1 && { host: address }),
    ...(addresses.length > 1 && { lookup: lookupOf(addresses) }),
  };
}

function lookupOf(addresses: readonly string[]): NonNullable<ConnectOptions["lookup"]> {
  const key = addresses.join();
  const known = lookups.get(key);
  if (known !== undefined) return known;
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  const lookup = async () => found;
  lookups.set(key, lookup);
  return lookup;
}
