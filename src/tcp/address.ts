/** Where a socket is: an IP address with its port, or the path of a Unix socket. */
export type Address =
  | { readonly family: "IPv4" | "IPv6"; readonly host: string; readonly port: number }
  | { readonly family: "unix"; readonly path: string };

/** An address as text: `127.0.0.1:80`, `[::1]:80` (RFC 3986 §3.2.2), or the path of the Unix socket. */
export function formatAddress(address: Address): string {
  switch (address.family) {
    case "unix":
      return address.path || "(unnamed unix socket)";
    default:
      return hostAndPort(address.host, address.port);
  }
}

/** A host, with or without brackets, and a port (RFC 3986 §3.2.2: an IPv6 address stands in brackets). */
export function hostAndPort(host: string, port: number | undefined): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]:${port}` : `${host}:${port}`;
}
