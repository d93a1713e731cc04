import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { ConnectOptions } from "../../tcp.ts";
import { EXIT } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";
import type { Settings } from "./settings.ts";

const SETOPT_SYNTAX = 49;
const INTERFACE_FAILED = 45;

/** A host and a port; an IPv6 address has no brackets. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Where --connect-to leads instead. The first one that fits counts; an empty part of it changes nothing. */
export function connectTo(settings: Settings, { host, port }: Place): Place | undefined {
  for (const text of settings.values("connect-to")) {
    const [, fromHost = "", fromPort = "", toHost = "", toPort = ""] =
      /^(\[[^\]]*\]|[^:]*):([^:]*):(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text) ?? [];
    const isMatch =
      text.split(":").length > 2 &&
      (fromHost === "" || sameHost(fromHost, host)) &&
      (fromPort === "" || Number(fromPort) === port);
    if (!isMatch) continue;
    if (toPort !== "" && !isPort(toPort))
      throw new CurlError(SETOPT_SYNTAX, `--connect-to: "${toPort}" is no port`);
    return { host: toHost === "" ? host : bare(toHost), port: toPort === "" ? port : Number(toPort) };
  }
  return undefined;
}

const isPort = (digits: string): boolean => /^\d{1,5}$/.test(digits) && Number(digits) <= 65_535;

/** The addresses that --resolve has for a place. The last one for a place counts; `*` is for all hosts. */
export function resolved(settings: Settings, { host, port }: Place): readonly string[] | undefined {
  let found: readonly string[] | undefined;
  let forAll: readonly string[] | undefined;
  for (const text of settings.values("resolve")) {
    const removal = /^-(\[[^\]]*\]|[^:]*):(\d+)$/.exec(text);
    if (removal !== null) {
      if (sameHost(removal[1] as string, host) && Number(removal[2]) === port) found = undefined;
      continue;
    }
    const [, name, digits, list] = /^\+?(\[[^\]]*\]|[^:]*):(\d{1,5}):(.*)$/s.exec(text) ?? [];
    const addresses = list?.split(",").map(bare);
    if (name === undefined || addresses === undefined || !addresses.every((address) => isIP(address) !== 0))
      throw new CurlError(SETOPT_SYNTAX, `--resolve wants HOST:PORT:ADDRESS, not "${text}"`);
    if (Number(digits) !== port) continue;
    if (name === "*") forAll = addresses;
    else if (sameHost(name, host)) found = addresses;
  }
  return found ?? forAll;
}

const bare = (host: string): string => host.replace(/^\[(.*)\]$/s, "$1");
const sameHost = (one: string, other: string): boolean => bare(one).toLowerCase() === other.toLowerCase();

/** The options of a connection that are about this machine's end. */
export function localEnd(settings: Settings, host: string): ConnectOptions {
  const name = settings.value("interface");
  const ports = settings.value("local-port");
  const wanted = isIP(host) || (settings.last("ipv4", "ipv6")?.name === "ipv6" ? 6 : 4);
  return {
    ...(name !== undefined && { localAddress: localAddress(name, wanted) }),
    ...(ports !== undefined && localPorts(ports)),
  };
}

/** `if!NAME`, `host!ADDRESS`, `ifhost!NAME!ADDRESS`, or either without a word in front. */
function localAddress(text: string, family: number): string {
  const [, kind, value = ""] = /^(?:(if|host|ifhost)!)?(.*)$/s.exec(text) ?? [];
  const name = kind === "ifhost" ? (value.split("!")[1] ?? "") : value;
  const interfaces = networkInterfaces();
  const addresses = Object.values(interfaces).flatMap((each) => each ?? []);
  const isHere = addresses.some(({ address }) => address === name) || name.startsWith("127.");
  if (kind !== "if" && isIP(name) !== 0 && isHere) return name;
  const own = kind === "host" ? undefined : interfaces[name];
  const found = own?.find((each) => each.family === `IPv${family}`) ?? own?.[0];
  if (found !== undefined) return found.address;
  throw new CurlError(
    INTERFACE_FAILED,
    `cannot connect from "${name}": no interface or address of this machine`,
  );
}

/** From 0, curl means any port. */
function localPorts(text: string): ConnectOptions {
  const [, first = "", last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const from = Number(first);
  const to = Number(last);
  if (first === "" || to > 65_535 || to < from)
    throw new CurlError(EXIT.usage, `--local-port wants a port, or two with "-" between, not "${text}"`);
  return from === 0 ? {} : { localPorts: [from, to] };
}

/** One function for each list of addresses: a pool takes two functions for two kinds of connections. */
const lookups = new Map<string, NonNullable<ConnectOptions["lookup"]>>();

/** The options of a connection to a place, as --interface, --local-port, --connect-to and --resolve have it. */
export function addressed(settings: Settings, place: Place): ConnectOptions {
  const leads = connectTo(settings, place) ?? place;
  const addresses = resolved(settings, leads) ?? [];
  const [address = leads.host] = addresses;
  return {
    ...localEnd(settings, address),
    ...(leads !== place && leads),
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
