import { joined } from "../../../bytes/copy.ts";
import { latin1Bytes, utf8Bytes } from "../../../bytes/text.ts";
import { TransportError } from "../../../tcp/errors.ts";
import type { Handshake, HandshakeStep, HopTarget } from "../../../tcp/hops/hop.ts";
import { addressOctets, NOTHING } from "./octets.ts";

/** Who we are for a SOCKS4 proxy, and which form the request has. */
export interface Socks4Settings {
  /** The user id; empty by default. */
  readonly user?: string;
  /** SOCKS4a: the proxy looks the name up. `false` by default: the name is looked up here. */
  readonly names?: boolean;
}

/** The reply's code (SOCKS4, "CONNECT"). */
const REPLIES: Readonly<Record<number, string>> = {
  91: "request rejected or failed",
  92: "the proxy cannot reach our identd",
  93: "our identd reports another user",
};
const GRANTED = 90;
const REPLY_BYTES = 8;
/** Of the user id, and of a name. The protocol has no limit. Proxies have one, and curl takes this one. */
const MAX_OCTETS = 255;

/**
 * The handshake with a SOCKS4 or SOCKS4a proxy: one request, and one reply of eight bytes (openssh.com/txt/socks4.protocol,
 * socks4a.protocol). SOCKS4 has no IPv6.
 */
export function socks4(target: HopTarget, settings: Socks4Settings = {}): Handshake {
  let reply = NOTHING;
  return {
    start: () => (wantsAddress(target, settings) ? { lookUp: 4 } : { send: request(target, settings) }),
    found: (host) => ({ send: request({ ...target, host }, settings) }),
    receive(bytes): HandshakeStep {
      reply = joined([reply, bytes]);
      const [version, code] = reply;
      if (version !== 0)
        throw failed(`the proxy does not speak SOCKS4: its answer begins with octet ${version}`);
      if (code === undefined) return {};
      if (code !== GRANTED)
        throw failed(`the SOCKS4 proxy refuses: ${REPLIES[code] ?? "unknown reply"} (${code})`);
      if (reply.length < REPLY_BYTES) return {};
      return { done: true, leftover: reply.subarray(REPLY_BYTES) };
    },
    end(): HandshakeStep {
      throw failed("the SOCKS4 proxy closed the connection in its handshake");
    },
  };
}

const wantsAddress = ({ host }: HopTarget, { names }: Socks4Settings): boolean =>
  !names && addressOctets(host) === undefined;

function request({ host, port }: HopTarget, { user = "", names = false }: Socks4Settings): Uint8Array {
  if (user.includes("\0")) throw failed("a user id for a SOCKS4 proxy has no NUL");
  if (utf8Bytes(user).length > MAX_OCTETS)
    throw failed(`a user id for a SOCKS4 proxy has at most ${MAX_OCTETS} octets`);
  if (names && host.length > MAX_OCTETS)
    throw failed(`a name for a SOCKS4 proxy has at most ${MAX_OCTETS} octets`);
  const address = addressOctets(host);
  if (!names && address?.length !== 4) throw failed(`SOCKS4 needs an IPv4 address, not ${host}`);
  // As curl, SOCKS4a is always given a text. 0.0.0.1 says that a name follows.
  const octets = names || address === undefined ? [0, 0, 0, 1] : address;
  const parts = [
    new Uint8Array([4, 1, port >> 8, port & 255, ...octets]),
    utf8Bytes(user),
    new Uint8Array(1),
  ];
  return joined(names ? [...parts, latin1Bytes(host), new Uint8Array(1)] : parts);
}

function failed(message: string): TransportError {
  return new TransportError("PROXY_HANDSHAKE", "proxy", message);
}
