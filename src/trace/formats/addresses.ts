import type { Address } from "../../tcp/address.ts";
import type { Endpoint } from "./frame.ts";

const CLIENT_MAC = 1;
const SERVER_MAC = 2;
/** Ports of made-up clients: the range that RFC 6335 §6 leaves to everybody. */
const FIRST_PORT = 49_152;
const PORTS = 65_536 - FIRST_PORT;
/** So many Unix sockets have an address of their own. */
const MAX_PATHS = 250;

/**
 * Gives each end an address that a packet can have. IP addresses stay as they are. A Unix socket gets a made-up address of
 * the loopback net: 127.1.0.N for its server, 127.2.0.N for its clients, which differ in their ports.
 */
export class Endpoints {
  readonly #onName: (octets: Uint8Array, name: string) => void;
  readonly #paths: string[] = [];
  #clients = 0;

  /** @param onName told of the path of a Unix socket, as the name of its made-up address. */
  constructor(onName: (octets: Uint8Array, name: string) => void) {
    this.#onName = onName;
  }

  pair(client: Address, server: Address): { readonly client: Endpoint; readonly server: Endpoint } {
    if (client.family !== "unix" && server.family !== "unix") {
      return { client: endpoint(client, CLIENT_MAC), server: endpoint(server, SERVER_MAC) };
    }
    const path = server.family === "unix" ? server.path : "";
    const number = this.#numberOf(path);
    const port = FIRST_PORT + (this.#clients++ % PORTS);
    return {
      client: { octets: Uint8Array.of(127, 2, 0, number), port, mac: CLIENT_MAC },
      server: { octets: Uint8Array.of(127, 1, 0, number), port: 80, mac: SERVER_MAC },
    };
  }

  #numberOf(path: string): number {
    const index = this.#paths.indexOf(path);
    if (index !== -1) return index + 1;
    if (this.#paths.length >= MAX_PATHS) return this.#paths.length;
    const number = this.#paths.push(path);
    this.#onName(Uint8Array.of(127, 1, 0, number), path);
    return number;
  }
}

function endpoint(address: Exclude<Address, { family: "unix" }>, mac: number): Endpoint {
  return { octets: octetsOf(address.host), port: address.port, mac };
}

/** The octets of an IP address. An IPv4 address that is mapped to IPv6 stays IPv6. */
export function octetsOf(host: string): Uint8Array {
  return host.includes(":") ? ipv6(host) : ipv4(host);
}

function ipv4(host: string): Uint8Array {
  const octets = new Uint8Array(4);
  octets.set(host.split(".", 4).map(Number));
  return octets;
}

/** RFC 4291 §2.2: `::` stands for zeros, and the last four octets may be written as IPv4. A zone is left out. */
function ipv6(host: string): Uint8Array {
  const text = host.replace(/%.*$/s, "").replace(/[\d.]+\.[\d.]+$/, (dotted) => {
    const [a = 0, b = 0, c = 0, d = 0] = ipv4(dotted);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [front = "", back] = text.split("::", 2);
  const groupsOf = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const head = groupsOf(front).slice(0, 8);
  const tail = back === undefined ? [] : groupsOf(back);
  const groups = [...head, ...new Array<number>(Math.max(8 - head.length - tail.length, 0)).fill(0), ...tail];
  const octets = new Uint8Array(16);
  for (const [index, group] of groups.slice(0, 8).entries()) {
    octets[2 * index] = group >> 8;
    octets[2 * index + 1] = group;
  }
  return octets;
}

/** The address that the octets stand for. Made-up ones of a Unix socket have its path as their name. */
export function addressOf(
  octets: Uint8Array,
  port: number,
  nameOf: (octets: Uint8Array) => string | undefined,
): Address {
  const path =
    octets.length === 4 && octets[0] === 127 && octets[2] === 0 ? pathOf(octets, nameOf) : undefined;
  if (path !== undefined) return { family: "unix", path };
  if (octets.length === 4) return { family: "IPv4", host: octets.join("."), port };
  return { family: "IPv6", host: ipv6Text(octets), port };
}

function pathOf(octets: Uint8Array, nameOf: (octets: Uint8Array) => string | undefined): string | undefined {
  // A client of a Unix socket has no path of its own.
  if (octets[1] === 2)
    return nameOf(Uint8Array.of(127, 1, 0, octets[3] as number)) === undefined ? undefined : "";
  return octets[1] === 1 ? nameOf(octets) : undefined;
}

/** RFC 5952 §4: hexadecimal without leading zeros, the longest run of zeros as `::`. */
function ipv6Text(octets: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((octets[2 * at] ?? 0) << 8) | (octets[2 * at + 1] ?? 0)).toString(16),
  );
  const text = groups.join(":");
  const runs = text.match(/(?:\b0(?::|$)){2,}/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), "");
  if (longest === "") return text;
  const at = text.indexOf(longest);
  return `${text.slice(0, at).replace(/:$/, "")}::${text.slice(at + longest.length)}`;
}
