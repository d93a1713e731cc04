import { isIP } from "node:net";
import type { Address } from "../../../src/tcp/address.ts";
import { TransportError } from "../../../src/tcp/errors.ts";
import { type ProxyHeader, readProxyHeader } from "../../../src/tcp/proxy-header.ts";
import { isPublicAddress } from "../../../src/tcp/public-address.ts";
import { hold, type Target } from "../target.ts";

const V2 = "\r\n\r\n\0\r\nQUIT\n";

/** The first bytes of a connection from a proxy, then an octet that says where to cut. */
export const proxyHeader: Target = {
  name: "proxy-header",
  weight: 1,
  maxBytes: 256,
  seeds: [
    "PROXY TCP4 192.0.2.1 198.51.100.1 5123 443\r\nGET",
    "PROXY TCP6 2001:db8::1 ::ffff:1.2.3.4 0 65535\r\n",
    "PROXY UNKNOWN ffff:: whatever\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 0 0.6\r\n",
    `${V2}\x21\x11\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\0\x50\x01\xbbGET`,
    `${V2}\x21\x21\0\x26${"\x20\x01\x0d\xb8".repeat(8)}\0\x50\x01\xbb\x04\0`,
    `${V2}\x20\0\0\0x`,
  ],
  fuzz(data) {
    const header = readOrRefuse(data);
    const cut = (data.at(-1) ?? 0) % (data.length + 1);
    const before = readOrRefuse(data.subarray(0, cut));
    if (before === "refused") hold(header === "refused", () => `what is refused after ${cut} bytes stays so`);
    if (typeof header !== "object") return;
    const { length, addresses } = header;
    hold(length > 0 && length <= data.length, () => `it is ${length} of ${data.length} bytes long`);
    hold(cut >= length || before === undefined, () => `it is not complete after ${cut} of ${length} bytes`);
    if (cut >= length)
      hold(JSON.stringify(before) === JSON.stringify(header), () => "what is behind it says nothing");
    for (const address of Object.values(addresses ?? {})) checkAddress(address);
  },
};

function readOrRefuse(bytes: Uint8Array): ProxyHeader | undefined | "refused" {
  try {
    return readProxyHeader(bytes);
  } catch (error) {
    if (error instanceof TransportError && error.code === "PROXY_HEADER") return "refused";
    throw error;
  }
}

function checkAddress(address: Address): void {
  hold(address.family !== "unix", () => "it is an address of the internet");
  const { family, host, port } = address;
  hold(isIP(host) === (family === "IPv4" ? 4 : 6), () => `${host} is of ${family}`);
  hold(Number.isInteger(port) && port >= 0 && port <= 65_535, () => `port ${port}`);
  hold(typeof isPublicAddress(address) === "boolean", () => "it is public or it is not");
}
