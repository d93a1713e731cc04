import { networkInterfaces } from "node:os";

/** Whether an IP address leads to this machine: loopback, an interface's address, or the address that stands for all of them. */
export function isOfThisMachine(address: string): boolean {
  // RFC 4291 §2.5.5.2: an IPv4 address as IPv6.
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (bare.startsWith("127.") || bare === "0.0.0.0" || bare === "::") return true;
  return Object.values(networkInterfaces()).some((own) => own?.some((each) => each.address === bare));
}
