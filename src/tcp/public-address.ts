import type { BlockList } from "node:net";
import type { Address } from "./address.ts";

/**
 * Whether an address belongs to the public internet: not to this machine, not to its networks, and to no reserved range
 * (IANA's special-purpose registries, RFC 6890). An IPv6 address that contains such an IPv4 address is not public either.
 *
 * An `addressPolicy` for a server that connects where strangers tell it to: the metadata service of a cloud has a
 * link-local address (169.254.169.254), and a router's page has a private one.
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
  // Unspecified, loopback, IPv4-compatible and translated addresses. IPv4-mapped ones follow from the list above.
  ["::", 96],
  ["::ffff:0:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  // Teredo and 6to4 are tunnels, which may end in a private network; no host has an ORCHID or documentation address.
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
