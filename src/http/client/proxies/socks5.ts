import { joined } from "../../../bytes/copy.ts";
import { latin1Bytes, utf8Bytes } from "../../../bytes/text.ts";
import { TransportError } from "../../../tcp/errors.ts";
import type { Handshake, HandshakeStep, HopTarget } from "../../../tcp/hops/hop.ts";
import { addressOctets, NOTHING } from "./octets.ts";

/** Who we are for a SOCKS5 proxy. */
export interface Socks5Settings {
  /** The user, with `password`: both are offered to the proxy. Neither by default. */
  readonly user?: string;
  /** The password, empty by default. */
  readonly password?: string;
  /** The proxy looks a name up, as is the default. `false`: the name is looked up here, behind the greeting, as in curl. */
  readonly names?: boolean;
}

const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;
const NONE_ACCEPTABLE = 0xff;
const WANTS_CREDENTIALS = "the SOCKS5 proxy wants a user and a password";

/** RFC 1928 §6. */
const REPLIES: Readonly<Record<number, string>> = {
  1: "general SOCKS server failure",
  2: "connection not allowed by ruleset",
  3: "network unreachable",
  4: "host unreachable",
  5: "connection refused",
  6: "TTL expired",
  7: "command not supported",
  8: "address type not supported",
};

/**
 * The handshake with a SOCKS5 proxy: the methods, the credentials if the proxy asks for them (RFC 1929), and the
 * request (RFC 1928 §3, §4).
 */
export function socks5(target: HopTarget, settings: Socks5Settings = {}): Handshake {
  return new Socks5(target, settings);
}

/** What an answer comes to, and how many bytes it has; `undefined`: it is not complete. */
type Read = { readonly taken: number; readonly step: HandshakeStep } | undefined;

class Socks5 implements Handshake {
  readonly #port: number;
  /** `undefined`: the address of the target has to be found first. */
  readonly #request: Uint8Array | undefined;
  readonly #credentials: Uint8Array | undefined;
  #next: (bytes: Uint8Array) => Read;
  #bytes: Uint8Array = NOTHING;

  constructor(target: HopTarget, { user, password = "", names = true }: Socks5Settings) {
    this.#port = target.port;
    // Made first: what cannot be asked for is refused before anything is sent.
    this.#request = names || addressOctets(target.host) !== undefined ? request(target) : undefined;
    this.#credentials = user === undefined ? undefined : credentials(user, password);
    this.#next = (bytes) => this.#method(bytes);
  }

  start(): HandshakeStep {
    const methods = this.#credentials ? [NO_AUTHENTICATION, USER_AND_PASSWORD] : [NO_AUTHENTICATION];
    return { send: new Uint8Array([5, methods.length, ...methods]) };
  }

  found(host: string): HandshakeStep {
    return { send: request({ host, port: this.#port }) };
  }

  receive(bytes: Uint8Array): HandshakeStep {
    this.#bytes = joined([this.#bytes, bytes]);
    const sent: Uint8Array[] = [];
    for (;;) {
      const read = this.#next(this.#bytes);
      if (read === undefined) return { send: joined(sent) };
      this.#bytes = this.#bytes.subarray(read.taken);
      if (read.step.done) return { ...read.step, leftover: this.#bytes };
      if (read.step.send) sent.push(read.step.send);
      if (read.step.lookUp) return { ...read.step, send: joined(sent) };
    }
  }

  end(): HandshakeStep {
    throw failed("the SOCKS5 proxy closed the connection in its handshake");
  }

  #method([version, method]: Uint8Array): Read {
    checkVersion(version, 5);
    if (method === undefined) return undefined;
    if (method === USER_AND_PASSWORD) {
      // Chosen, but not offered: as curl, we say that we have neither. Some proxies take everybody.
      this.#next = (bytes) => this.#verdict(bytes);
      return { taken: 2, step: { send: this.#credentials ?? credentials("", "") } };
    }
    if (method === NO_AUTHENTICATION) {
      return this.#ask();
    }
    if (method !== NONE_ACCEPTABLE)
      throw failed(`the SOCKS5 proxy chose method ${method}, which was not offered`);
    throw failed(this.#credentials ? "the SOCKS5 proxy accepts no user with a password" : WANTS_CREDENTIALS);
  }

  /** RFC 1929 §2. */
  #verdict([version, status]: Uint8Array): Read {
    // Some proxies answer with the version of SOCKS in place of that of the sub-negotiation.
    if (version !== undefined && version !== 1 && version !== 5) throw unexpected(version);
    if (status === undefined) return undefined;
    if (status !== 0)
      throw failed(
        this.#credentials
          ? `the SOCKS5 proxy refuses user and password (status ${status})`
          : WANTS_CREDENTIALS,
      );
    return this.#ask();
  }

  /** The request follows the two bytes that let us ask. */
  #ask(): Read {
    this.#next = (bytes) => this.#reply(bytes);
    return { taken: 2, step: this.#request === undefined ? { lookUp: true } : { send: this.#request } };
  }

  /** RFC 1928 §6: version, reply, reserved, and an address of the proxy, which says nothing to us. */
  #reply(bytes: Uint8Array): Read {
    const [version, reply, , type, length] = bytes;
    checkVersion(version, 5);
    if (reply === undefined) return undefined;
    // A proxy that refuses may close the connection before the address is complete.
    if (reply !== 0)
      throw failed(`the SOCKS5 proxy refuses: ${REPLIES[reply] ?? "unknown reply"} (${reply})`);
    if (type === undefined || length === undefined) return undefined;
    const addressLength = { 1: 4, 4: 16, 3: 1 + length }[type];
    if (addressLength === undefined) throw failed(`the SOCKS5 proxy answers with address type ${type}`);
    const taken = 4 + addressLength + 2;
    return bytes.length < taken ? undefined : { taken, step: { done: true } };
  }
}

/** RFC 1929 §2: both texts have at most 255 octets. */
function credentials(user: string, password: string): Uint8Array {
  const texts = [utf8Bytes(user), utf8Bytes(password)];
  if (texts.some(({ length }) => length > 255)) {
    throw failed("a user or a password for a SOCKS5 proxy has at most 255 octets");
  }
  return joined([new Uint8Array([1]), ...texts.flatMap((text) => [new Uint8Array([text.length]), text])]);
}

/** RFC 1928 §4, §5: CONNECT, to an address or a name. */
function request({ host, port }: HopTarget): Uint8Array {
  const address = addressOctets(host);
  const type = address === undefined ? 3 : address.length === 4 ? 1 : 4;
  const name = address ?? latin1Bytes(host);
  if (name.length > 255) throw failed("a name for a SOCKS5 proxy has at most 255 octets");
  const front = address === undefined ? [5, 1, 0, type, name.length] : [5, 1, 0, type];
  return joined([new Uint8Array(front), name, new Uint8Array([port >> 8, port & 255])]);
}

function checkVersion(version: number | undefined, expected: number): void {
  if (version !== undefined && version !== expected) throw unexpected(version);
}

const unexpected = (version: number): TransportError =>
  failed(`the proxy does not speak SOCKS5: its answer begins with octet ${version}`);

function failed(message: string): TransportError {
  return new TransportError("PROXY_HANDSHAKE", "proxy", message);
}
