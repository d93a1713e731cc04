/*
 * One TCP segment in an Ethernet frame, with right lengths and checksums: RFC 894, RFC 791, RFC 8200, RFC 9293 §3.1.
 */

/** Where a segment comes from or goes to. Four octets of an IPv4 address, or sixteen of an IPv6 address. */
export interface Endpoint {
  readonly octets: Uint8Array;
  readonly port: number;
  /** The last octet of a locally administered MAC address. */
  readonly mac: number;
}

export interface Segment {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly sequence: number;
  /** Undefined: the ACK bit is not set. */
  readonly acknowledgment: number | undefined;
  readonly flags: number;
  readonly data: Uint8Array;
}

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

const ETHERNET_BYTES = 14;
const TCP_BYTES = 20;
/** Maximum segment size, no-operation, window scale. */
const OPTIONS_BYTES = 8;
/** The largest there is (RFC 7323 §2.3): a window of almost 1 GiB, so that no segment fills it. */
const WINDOW_SHIFT = 14;
const WINDOW = 0xffff;

const headerBytes = (address: Uint8Array): number => (address.length === 4 ? 20 : 40);

/** The most data that one segment takes: what the loopback interface of Linux takes, with its MTU of 65,536. */
export const maxSegmentSize = (address: Uint8Array): number => 65_535 - headerBytes(address) - TCP_BYTES;

export function frameOf(segment: Segment): Uint8Array {
  const { from, to, data, flags } = segment;
  const ip = headerBytes(from.octets);
  const tcp = TCP_BYTES + ((flags & SYN) === 0 ? 0 : OPTIONS_BYTES);
  const frame = new Uint8Array(ETHERNET_BYTES + ip + tcp + data.length);
  const view = new DataView(frame.buffer);
  frame[0] = frame[6] = 0x02; // locally administered
  frame[5] = to.mac;
  frame[11] = from.mac;
  view.setUint16(12, ip === 20 ? 0x0800 : 0x86dd);
  if (ip === 20) writeIpv4(view, frame, from.octets, to.octets, tcp + data.length);
  else writeIpv6(view, frame, from.octets, to.octets, tcp + data.length);
  writeTcp(view, ETHERNET_BYTES + ip, segment, tcp);
  frame.set(data, ETHERNET_BYTES + ip + tcp);
  const start = ETHERNET_BYTES + ip;
  const pseudoHeader = sumOf(from.octets) + sumOf(to.octets) + PROTOCOL_TCP + (frame.length - start);
  view.setUint16(start + 16, checksum(frame.subarray(start), pseudoHeader));
  return frame;
}

const PROTOCOL_TCP = 6;
const HOPS = 64;

function writeIpv4(
  view: DataView,
  frame: Uint8Array,
  from: Uint8Array,
  to: Uint8Array,
  length: number,
): void {
  const at = ETHERNET_BYTES;
  view.setUint8(at, 0x45);
  view.setUint16(at + 2, 20 + length);
  view.setUint16(at + 6, 0x4000); // don't fragment
  view.setUint8(at + 8, HOPS);
  view.setUint8(at + 9, PROTOCOL_TCP);
  frame.set(from, at + 12);
  frame.set(to, at + 16);
  view.setUint16(at + 10, checksum(frame.subarray(at, at + 20), 0));
}

function writeIpv6(
  view: DataView,
  frame: Uint8Array,
  from: Uint8Array,
  to: Uint8Array,
  length: number,
): void {
  const at = ETHERNET_BYTES;
  view.setUint8(at, 0x60);
  view.setUint16(at + 4, length);
  view.setUint8(at + 6, PROTOCOL_TCP);
  view.setUint8(at + 7, HOPS);
  frame.set(from, at + 8);
  frame.set(to, at + 24);
}

function writeTcp(view: DataView, at: number, segment: Segment, length: number): void {
  const { from, to, sequence, acknowledgment, flags } = segment;
  view.setUint16(at, from.port);
  view.setUint16(at + 2, to.port);
  view.setUint32(at + 4, sequence);
  view.setUint32(at + 8, acknowledgment ?? 0);
  view.setUint8(at + 12, (length / 4) << 4);
  view.setUint8(at + 13, flags | (acknowledgment === undefined ? 0 : ACK));
  view.setUint16(at + 14, WINDOW);
  if ((flags & SYN) === 0) return;
  view.setUint16(at + 20, 0x0204);
  view.setUint16(at + 22, maxSegmentSize(from.octets));
  view.setUint32(at + 24, 0x01030300 + WINDOW_SHIFT);
}

/** The ones' complement of the ones' complement sum (RFC 1071). The checksum in the bytes must be 0 so far. */
function checksum(bytes: Uint8Array, start: number): number {
  let sum = start + sumOf(bytes);
  while (sum > 0xffff) sum = Math.floor(sum / 0x10000) + (sum & 0xffff);
  return ~sum & 0xffff;
}

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  const pairs = bytes.length - (bytes.length % 2);
  for (let i = 0; i < pairs; i += 2) sum += ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
  return pairs === bytes.length ? sum : sum + ((bytes[pairs] as number) << 8);
}

/** A segment that was read. MAC addresses say nothing. */
export interface ReadSegment extends Omit<Segment, "from" | "to"> {
  readonly from: Omit<Endpoint, "mac">;
  readonly to: Omit<Endpoint, "mac">;
}

/** The segment in a frame of ours. `undefined`: it is no TCP over IP. */
export function headerOf(frame: Uint8Array): ReadSegment | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < ETHERNET_BYTES + 40) return undefined;
  const isIpv4 = view.getUint16(12) === 0x0800;
  if (!isIpv4 && view.getUint16(12) !== 0x86dd) return undefined;
  const [ip, protocolAt, fromAt, size] = isIpv4 ? ([20, 9, 12, 4] as const) : ([40, 6, 8, 16] as const);
  const start = ETHERNET_BYTES + ip;
  if (view.getUint8(ETHERNET_BYTES + protocolAt) !== PROTOCOL_TCP || frame.length < start + TCP_BYTES)
    return undefined;
  const address = (at: number) => frame.slice(ETHERNET_BYTES + at, ETHERNET_BYTES + at + size);
  const flags = view.getUint8(start + 13);
  return {
    from: { octets: address(fromAt), port: view.getUint16(start) },
    to: { octets: address(fromAt + size), port: view.getUint16(start + 2) },
    sequence: view.getUint32(start + 4),
    acknowledgment: (flags & ACK) === 0 ? undefined : view.getUint32(start + 8),
    flags,
    data: frame.slice(start + (view.getUint8(start + 12) >> 4) * 4),
  };
}
