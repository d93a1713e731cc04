/** Where a socket is: an IP address with its port, or the path of a Unix socket. */
export type Address =
  | { readonly family: "IPv4" | "IPv6"; readonly host: string; readonly port: number }
  | { readonly family: "unix"; readonly path: string };

/** `127.0.0.1:80`, `[::1]:80`, or the path. */
export function formatAddress(address: Address): string {
  switch (address.family) {
    case "unix":
      return address.path || "(unnamed unix socket)";
    case "IPv6":
      return `[${address.host}]:${address.port}`;
    default:
      return `${address.host}:${address.port}`;
  }
}
