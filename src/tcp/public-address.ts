import type { BlockList } from "node:net";
import type { Address } from "./address.ts";

/**
 * Whether an address is one of the public internet: not this machine, not its networks, nothing that is reserved
 * (IANA's special-purpose registries, RFC 6890), nor any of these within an IPv6 address.
 *
 * An `addressPolicy` for whoever connects where strangers say: the metadata service of a cloud has an address of a
 * link (169.254.169.254), and a router's page one of a private network.
 */
export function isPublicAddress(address: Address): boolean {
  if (address.family === "unix") return false;
  specialPurpose ??= blockList();
  return !specialPurpose.check(address.host, address.family === "IPv4" ? "ipv4" : "ipv6");
}

let specialPurpose: BlockList | undefined;

const IPV4: readonly (readonly [network: string, prefix: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

const IPV6: readonly (readonly [network: string, prefix: number])[] = [
  // Unspecified, loopback, and IPv4 within: compatible, translated; mapped ones are listed with IPv4.
  ["::", 96],
  ["::ffff:0:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  // Teredo, ORCHID, documentation, 6to4: tunnels that may end at home, and what no host has.
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["5f00::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
];

function blockList(): BlockList {
  const { BlockList } = process.getBuiltinModule("node:net");
  const list = new BlockList();
  for (const [network, prefix] of IPV4) {
    list.addSubnet(network, prefix, "ipv4");
    list.addSubnet(`::ffff:${network}`, 96 + prefix, "ipv6");
  }
  for (const [network, prefix] of IPV6) list.addSubnet(network, prefix, "ipv6");
  return list;
}
