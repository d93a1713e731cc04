import { joined } from "../../bytes/copy.ts";
import { utf8Bytes } from "../../bytes/text.ts";

/*
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian:
 *
 *     │ type │ length │ body, padded to four octets … │ length again │
 */

export const SECTION_HEADER = 0x0a0d0d0a;
export const INTERFACE_DESCRIPTION = 1;
export const NAME_RESOLUTION = 4;
export const ENHANCED_PACKET = 6;
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

const ETHERNET = 1;
const INBOUND = 1;
export const OUTBOUND = 2;
/** Options with the same code in every block, and those of one block. */
const COMMENT = 1;
export const IF_NAME = 2;
export const EPB_FLAGS = 2;
const IF_DESCRIPTION = 3;
const IF_TIME_RESOLUTION = 9;
const SHB_APPLICATION = 4;

export function sectionHeader(application: string, comment: string): Uint8Array {
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  view.setUint32(0, BYTE_ORDER_MAGIC, true);
  view.setUint16(4, 1, true); // version 1.0
  body.fill(0xff, 8); // the length of the section is not known
  return block(SECTION_HEADER, [
    body,
    option(COMMENT, utf8Bytes(comment)),
    option(SHB_APPLICATION, utf8Bytes(application)),
    END_OF_OPTIONS,
  ]);
}

/** An Ethernet interface whose times are nanoseconds. */
export function interfaceDescription(name: string, description: string): Uint8Array {
  const body = new Uint8Array(8); // snaplen 0: no limit
  new DataView(body.buffer).setUint16(0, ETHERNET, true);
  return block(INTERFACE_DESCRIPTION, [
    body,
    option(IF_NAME, utf8Bytes(name)),
    option(IF_DESCRIPTION, utf8Bytes(description)),
    option(IF_TIME_RESOLUTION, Uint8Array.of(9)),
    END_OF_OPTIONS,
  ]);
}

/** Names of addresses, as they were resolved. */
export function nameResolution(
  names: readonly { readonly octets: Uint8Array; readonly name: string }[],
): Uint8Array {
  const records = names.map(({ octets, name }) =>
    option(octets.length === 4 ? 1 : 2, joined([octets, utf8Bytes(name), Uint8Array.of(0)])),
  );
  return block(NAME_RESOLUTION, [...records, END_OF_OPTIONS]);
}

export interface Packet {
  readonly interfaceNumber: number;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly frame: Uint8Array;
  readonly outbound: boolean;
  readonly comment: string | undefined;
}

export function enhancedPacket({ interfaceNumber, time, frame, outbound, comment }: Packet): Uint8Array {
  const head = new Uint8Array(20);
  const view = new DataView(head.buffer);
  view.setUint32(0, interfaceNumber, true);
  view.setUint32(4, Number(time >> 32n), true);
  view.setUint32(8, Number(time & 0xffff_ffffn), true);
  view.setUint32(12, frame.length, true);
  view.setUint32(16, frame.length, true);
  return block(ENHANCED_PACKET, [
    head,
    frame,
    padding(frame.length),
    ...(comment === undefined ? [] : [option(COMMENT, utf8Bytes(comment))]),
    option(EPB_FLAGS, Uint8Array.of(outbound ? OUTBOUND : INBOUND, 0, 0, 0)),
    END_OF_OPTIONS,
  ]);
}

const END_OF_OPTIONS = new Uint8Array(4);

/** Records of names are laid out like options. */
function option(code: number, value: Uint8Array): Uint8Array {
  const head = new Uint8Array(4);
  const view = new DataView(head.buffer);
  view.setUint16(0, code, true);
  view.setUint16(2, value.length, true);
  return joined([head, value, padding(value.length)]);
}

const padding = (length: number): Uint8Array => new Uint8Array((4 - (length % 4)) % 4);

function block(type: number, parts: readonly Uint8Array[]): Uint8Array {
  const body = joined(parts);
  const whole = new Uint8Array(12 + body.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, whole.length, true);
  whole.set(body, 8);
  view.setUint32(whole.length - 4, whole.length, true);
  return whole;
}
