import net from "node:net";
import { TransportError } from "./errors.ts";

/**
 * A list of addresses and networks (`10.0.0.0/8`). `option` is what the list is called where it was given.
 *
 * @throws {TransportError} HOST_INVALID
 */
export function networkList(entries: readonly string[], option: string): net.BlockList {
  const list = new net.BlockList();
  for (const entry of entries) {
    const [, network = "", prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
    try {
      if (prefix === undefined) list.addAddress(network, familyOf(network));
      else list.addSubnet(network, Number(prefix), familyOf(network));
    } catch (cause) {
      const message = `${option} takes addresses and networks, and this is neither: ${entry}`;
      throw new TransportError("HOST_INVALID", "listen", message, { cause });
    }
  }
  return list;
}

/** What a `BlockList` calls the family of an address. */
export const familyOf = (address: string): "ipv4" | "ipv6" => (net.isIPv6(address) ? "ipv6" : "ipv4");
