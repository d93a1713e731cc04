import { utf8 } from "../bytes/text.ts";

/** What a client says before anything is encrypted. */
export interface ClientHello {
  /** The name that it asks for (SNI, RFC 6066 §3). */
  readonly name: string | undefined;
  /** The protocols that it offers (ALPN, RFC 7301). */
  readonly protocols: readonly string[];
}

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const ALPN = 16;
const HOST_NAME = 0;

/** Whether these are the first bytes of TLS: a record of the handshake, of version 3.x (RFC 8446 §5.1). */
export const beginsTls = (bytes: Uint8Array): boolean =>
  bytes.length >= 3 && bytes[0] === HANDSHAKE && bytes[1] === 3 && (bytes[2] as number) <= 4;

/**
 * Reads the ClientHello at the front of a stream (RFC 8446 §4.1.2), as far as it is in these bytes. `undefined`: the
 * bytes begin with something else, or are too few.
 */
export function readClientHello(bytes: Uint8Array): ClientHello | undefined {
  if (!beginsTls(bytes) || bytes[5] !== CLIENT_HELLO) return undefined;
  // Behind the headers of record and message: version and random, session id, cipher suites, compression methods.
  const reader = new Reader(bytes, 9 + 2 + 32);
  if (!reader.skipVector(1) || !reader.skipVector(2) || !reader.skipVector(1)) return undefined;
  reader.number(2);
  let name: string | undefined;
  let protocols: readonly string[] = [];
  for (let type = reader.number(2); type !== undefined; type = reader.number(2)) {
    const extension = reader.vector(2);
    if (extension === undefined) break;
    if (type === SERVER_NAME) name = serverName(new Reader(extension, 2));
    if (type === ALPN) protocols = names(new Reader(extension, 2));
  }
  return { name, protocols };
}

function serverName(list: Reader): string | undefined {
  if (list.number(1) !== HOST_NAME) return undefined;
  const name = list.vector(2);
  return name && utf8(name);
}

function names(list: Reader): string[] {
  const found: string[] = [];
  for (let name = list.vector(1); name !== undefined; name = list.vector(1)) found.push(utf8(name));
  return found;
}

/** Reads numbers and vectors (RFC 8446 §3): `undefined` where the bytes are too few. */
class Reader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  number(length: 1 | 2): number | undefined {
    const end = this.#at + length;
    if (end > this.#bytes.length) return undefined;
    let value = 0;
    while (this.#at < end) value = value * 256 + (this.#bytes[this.#at++] as number);
    return value;
  }

  /** A vector with its length in front. */
  vector(lengthBytes: 1 | 2): Uint8Array | undefined {
    const length = this.number(lengthBytes);
    if (length === undefined || this.#at + length > this.#bytes.length) return undefined;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  skipVector(lengthBytes: 1 | 2): boolean {
    return this.vector(lengthBytes) !== undefined;
  }
}
