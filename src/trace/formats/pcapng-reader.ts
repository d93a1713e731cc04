import { joined } from "../../bytes/copy.ts";
import { utf8 } from "../../bytes/text.ts";
import type { Role } from "../../http1/state.ts";
import type { TraceRecord } from "../record.ts";
import { FlowReader } from "./flow-reader.ts";
import { headerOf } from "./frame.ts";
import {
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET,
  EPB_FLAGS,
  IF_NAME,
  INTERFACE_DESCRIPTION,
  NAME_RESOLUTION,
  OUTBOUND,
  SECTION_HEADER,
} from "./pcapng-blocks.ts";

/** No block of ours is longer: a packet with its options. */
const MAX_BLOCK_BYTES = 1024 * 1024;

/**
 * Reads a pcapng file that `PcapngWriter` wrote, in pieces of any size. The file holds bytes, beginnings, ends and their
 * times; it holds no spans (`GrammarReader` makes them), no states, no pauses.
 */
export class PcapngReader {
  readonly #flows: FlowReader;
  #bytes: Uint8Array = EMPTY;
  #offset = 0;
  #interfaces: (Role | undefined)[] = [];

  /** @param pass called with each record: of bytes, or of a connection. */
  constructor(pass: (record: TraceRecord) => void) {
    this.#flows = new FlowReader(pass);
  }

  /**
   * Takes the next piece.
   *
   * @throws {SyntaxError} the file is damaged, or another program wrote it; the message has the offset.
   */
  push(piece: Uint8Array): void {
    let rest = this.#bytes.length === 0 ? piece : joined([this.#bytes, piece]);
    while (rest.length >= 12) {
      const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
      if (this.#offset === 0 && view.getUint32(8, true) !== BYTE_ORDER_MAGIC)
        throw this.#problem("this is no pcapng of ours");
      const length = view.getUint32(4, true);
      if (length < 12 || length % 4 !== 0 || length > MAX_BLOCK_BYTES)
        throw this.#problem("a block has no possible length");
      if (rest.length < length) break;
      this.#block(view.getUint32(0, true), rest.subarray(8, length - 4));
      this.#offset += length;
      rest = rest.subarray(length);
    }
    this.#bytes = rest.slice();
  }

  /** The file is over. Returns how many bytes of an incomplete block stand at its end. */
  end(): number {
    this.#flows.end();
    return this.#bytes.length;
  }

  #block(type: number, body: Uint8Array): void {
    switch (type) {
      case SECTION_HEADER:
        this.#interfaces = [];
        return;
      case INTERFACE_DESCRIPTION: {
        const name = utf8(optionOf(body.subarray(8), IF_NAME) ?? EMPTY);
        this.#interfaces.push(name === "client" || name === "server" ? name : undefined);
        return;
      }
      case NAME_RESOLUTION:
        this.#names(body);
        return;
      case ENHANCED_PACKET:
        this.#packet(body);
        return;
      default: // Blocks of others say nothing about packets.
    }
  }

  #names(body: Uint8Array): void {
    for (const { code, value } of optionsOf(body)) {
      const length = code === 1 ? 4 : 16;
      if (value.length <= length) continue;
      this.#flows.name(value.subarray(0, length), utf8(value.subarray(length, -1)));
    }
  }

  #packet(body: Uint8Array): void {
    if (body.length < 20) throw this.#problem("a packet is too short");
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    const via = this.#interfaces[view.getUint32(0, true)];
    const length = view.getUint32(12, true);
    const time = (BigInt(view.getUint32(4, true)) << 32n) | BigInt(view.getUint32(8, true));
    const options = body.subarray(20 + length + ((4 - (length % 4)) % 4));
    const flags = optionOf(options, EPB_FLAGS)?.[0];
    const segment = headerOf(body.subarray(20, 20 + length));
    if (via === undefined || flags === undefined || segment === undefined)
      throw this.#problem("this is no packet of ours");
    this.#flows.packet(segment, via, flags === OUTBOUND, time);
  }

  #problem(why: string): SyntaxError {
    return new SyntaxError(`${why} (byte ${this.#offset})`);
  }
}

const EMPTY = new Uint8Array(0);

function* optionsOf(bytes: Uint8Array): Generator<{ readonly code: number; readonly value: Uint8Array }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 4 <= bytes.length; ) {
    const code = view.getUint16(at, true);
    const length = view.getUint16(at + 2, true);
    if (code === 0) return;
    yield { code, value: bytes.subarray(at + 4, at + 4 + length) };
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
}

function optionOf(bytes: Uint8Array, wanted: number): Uint8Array | undefined {
  for (const { code, value } of optionsOf(bytes)) if (code === wanted) return value;
  return undefined;
}
