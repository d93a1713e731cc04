import { latin1, latin1Bytes, quote } from "../bytes/text.ts";
import type { Address } from "./address.ts";
import { TransportError } from "./errors.ts";

/*
 * The PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): a proxy says who the client is, ahead of the
 * client's own bytes. Any client could send such a header and claim to be somebody else. So a receiver expects the
 * header on every connection, and only from its proxies, or it expects none. It never guesses.
 */

/** The longest line that the protocol allows, with CRLF (§2.1). */
const MAX_V1_BYTES = 107;
/** The addresses take 216 bytes at most. The rest are further fields (TLVs), which are skipped. */
const MAX_V2_CONTENT_BYTES = 1024;
/** The longest header of both versions. */
export const MAX_PROXY_HEADER_BYTES = 16 + MAX_V2_CONTENT_BYTES;

const V1_SIGNATURE = "PROXY ";
const V2_SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";

export interface ProxyHeader {
  /** The client's bytes begin here. */
  readonly length: number;
  /** The client, and the address that it connected to; `undefined`: the proxy itself connects, or it does not know. */
  readonly addresses: { readonly remote: Address; readonly local: Address } | undefined;
}

/**
 * The header that these bytes begin with; `undefined`: it is not complete yet.
 *
 * @throws {TransportError} PROXY_HEADER
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader | undefined {
  if (begins(bytes, V2_SIGNATURE)) return bytes.length < 16 ? undefined : readV2(bytes);
  if (begins(bytes, V1_SIGNATURE)) return readV1(latin1(bytes, 0, Math.min(bytes.length, MAX_V1_BYTES)));
  // More octets could hold a secret, and logs show this sentence.
  throw broken(`the connection begins with ${quote(bytes.subarray(0, 4))}`);
}

/**
 * The header that names `remote` as the client of `local`, in version 1 (text) or 2. Sockets without a port, and a client
 * of one IP version beside a server of the other, have no name there: UNKNOWN or UNSPEC.
 */
export function writeProxyHeader(
  version: 1 | 2,
  { remote, local }: { readonly remote: Address; readonly local: Address },
): Uint8Array {
  const known = remote.family !== "unix" && local.family !== "unix" && remote.family === local.family;
  if (version === 1) {
    if (!known) return latin1Bytes("PROXY UNKNOWN\r\n");
    const protocol = remote.family === "IPv4" ? "TCP4" : "TCP6";
    return latin1Bytes(`PROXY ${protocol} ${remote.host} ${local.host} ${remote.port} ${local.port}\r\n`);
  }
  const content = known
    ? [...octetsOf(remote.host), ...octetsOf(local.host), ...u16(remote.port), ...u16(local.port)]
    : [];
  const family = known ? (remote.family === "IPv4" ? 0x11 : 0x21) : 0;
  const front = [...latin1Bytes(V2_SIGNATURE), 0x21, family, ...u16(content.length)];
  return new Uint8Array([...front, ...content]);
}

const u16 = (value: number): readonly number[] => [value >> 8, value & 255];

/** The 4 or 16 octets of an IP address. */
function octetsOf(host: string): readonly number[] {
  if (isIPv4(host)) return host.split(".").map(Number);
  const [front = "", back] = (canonicalIPv6(host) ?? "::").split("::");
  const groups = (text: string) =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [first, last] = [groups(front), groups(back ?? "")];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => 0);
  return [...first, ...zeros, ...last].flatMap(u16);
}

/** Whether the bytes, as far as they have come, are the signature. */
function begins(bytes: Uint8Array, signature: string): boolean {
  const length = Math.min(bytes.length, signature.length);
  return latin1(bytes, 0, length) === signature.slice(0, length);
}

/** `PROXY TCP4 192.0.2.1 198.51.100.1 5123 443` */
function readV1(text: string): ProxyHeader | undefined {
  const end = text.indexOf("\r\n");
  if (end === -1) {
    if (text.length < MAX_V1_BYTES) return undefined;
    throw broken(`there is no line end within ${MAX_V1_BYTES} bytes`);
  }
  const length = end + 2;
  const [, protocol, source, destination, sourcePort, destinationPort, ...rest] = text
    .slice(0, end)
    .split(" ");
  // §2.1: what follows UNKNOWN is ignored.
  if (protocol === "UNKNOWN") return { length, addresses: undefined };
  const remote = textAddress(protocol, source, sourcePort);
  const local = textAddress(protocol, destination, destinationPort);
  if (!remote || !local || rest.length > 0) throw broken(quote(text.slice(0, end), MAX_V1_BYTES));
  return { length, addresses: { remote, local } };
}

function textAddress(protocol: string | undefined, host = "", port = ""): Address | undefined {
  if (!/^(?:0|[1-9]\d{0,4})$/.test(port) || Number(port) > 65_535) return undefined;
  if (protocol === "TCP4" && isIPv4(host)) return { family: "IPv4", host, port: Number(port) };
  const ipv6 = protocol === "TCP6" ? canonicalIPv6(host) : undefined;
  return ipv6 === undefined ? undefined : { family: "IPv6", host: ipv6, port: Number(port) };
}

function isIPv4(host: string): boolean {
  const octets = host.split(".");
  return octets.length === 4 && octets.every((octet) => String(Number(octet) & 255) === octet);
}

/** As RFC 5952 writes it: the platform's URL does. */
function canonicalIPv6(host: string): string | undefined {
  if (!/^[0-9A-Fa-f:.]{2,45}$/.test(host)) return undefined;
  try {
    return new URL(`http://[${host}]`).hostname.slice(1, -1);
  } catch {
    return undefined; // not an address
  }
}

/** Signature, version and command, family and protocol, length: 16 bytes. Then addresses, ports, TLVs. */
function readV2(bytes: Uint8Array): ProxyHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const command = view.getUint8(12);
  const family = view.getUint8(13);
  const contentLength = view.getUint16(14);
  if (command !== 0x20 && command !== 0x21) throw broken(`version and command ${hex(command)}`);
  if (contentLength > MAX_V2_CONTENT_BYTES)
    throw broken(`it announces ${contentLength} bytes, and at most ${MAX_V2_CONTENT_BYTES} are taken`);
  const length = 16 + contentLength;
  if (bytes.length < length) return undefined;
  // LOCAL: the proxy connects for itself (a health check). UNSPEC and other kinds of sockets: the client is not known.
  const hostLength = { 17: 4, 33: 16 }[family];
  if (command === 0x20 || hostLength === undefined) return { length, addresses: undefined };
  if (contentLength < 2 * hostLength + 4)
    throw broken(`${contentLength} bytes are too few for two addresses`);
  const address = (hostAt: number, portAt: number): Address => {
    const port = view.getUint16(portAt);
    if (hostLength === 4) {
      return { family: "IPv4", host: bytes.subarray(hostAt, hostAt + 4).join("."), port };
    }
    const groups = Array.from({ length: 8 }, (_, group) => view.getUint16(hostAt + 2 * group).toString(16));
    return { family: "IPv6", host: canonicalIPv6(groups.join(":")) ?? groups.join(":"), port };
  };
  const ports = 16 + 2 * hostLength;
  return { length, addresses: { remote: address(16, ports), local: address(16 + hostLength, ports + 2) } };
}

const hex = (octet: number): string => `0x${octet.toString(16).padStart(2, "0")}`;

function broken(what: string): TransportError {
  return new TransportError("PROXY_HEADER", "proxy", `a PROXY header was expected: ${what}`);
}
