import net from "node:net";
import { printable } from "../bytes/text.ts";
import { type Address, formatAddress, hostAndPort } from "./address.ts";
import { nextConnectionId } from "./base-connection.ts";
import { nowMs } from "./clock.ts";
import { raceAddresses } from "./connect-race.ts";
import type { TcpConnection } from "./connection.ts";
import { type Phase, TransportError } from "./errors.ts";
import type { ConnectionEnds, Hop, HopAnswer } from "./hops/hop.ts";
import { observe, type TcpObserver } from "./observer.ts";
import { onAbort } from "./on-abort.ts";
import { ownOptions } from "./own-options.ts";
import { checkHost, type Lookup, resolveHost } from "./resolve.ts";
import { SocketConnection, socketAddresses } from "./socket-connection.ts";
import type { SystemError } from "./socket-errors.ts";
import { SocketReader } from "./socket-reader.ts";
import { type NamedTlsOptions, secureClient, type TlsOptions, tlsInfo } from "./tls.ts";
import { checkPath } from "./unix-path.ts";
import { withNamedZone } from "./zone.ts";

/** Where to connect to, and how. */
export interface ConnectOptions {
  /** A host name or an IP address, 127.0.0.1 by default. */
  readonly host?: string;
  /** The TCP port, 1 to 65535; required without `path`. */
  readonly port?: number;
  /** The path of a Unix socket, in place of host and port. */
  readonly path?: string;
  /** Speak TLS; `true` means all defaults. Off by default. */
  readonly tls?: TlsOptions | true;
  /** Use addresses of this IP version only; both by default. */
  readonly family?: 4 | 6;
  /**
   * Milliseconds for resolving, connecting, proxies and TLS together, 10,000 by default; then TIMEOUT_CONNECT or
   * TIMEOUT_TLS.
   */
  readonly timeoutMs?: number;
  /**
   * Stops connecting when it is aborted: ABORTED, with the signal's reason as `cause`. An open connection stays open.
   */
  readonly signal?: AbortSignal;
  /** Watches the connection from the look-up of the name on. */
  readonly observer?: TcpObserver;
  /** The IP address of this machine to connect from; the kernel picks one by default. */
  readonly localAddress?: string;
  /** The first and the last port of this machine to connect from: the first free one. The kernel picks one by default. */
  readonly localPorts?: readonly [first: number, last: number];
  /** Finds the addresses of a name, in place of the system's resolver. */
  readonly lookup?: Lookup;
  /**
   * Asked for each address after the look-up; only addresses with the answer `true` are dialled. The name is not
   * looked up again, so it cannot lead past the policy. See `isPublicAddress`. By default every address is allowed.
   */
  readonly addressPolicy?: (address: Address) => boolean;
  /**
   * Bytes to send ahead of all others, and of TLS: a PROXY header. A function is given both ends of the connection. None
   * by default.
   */
  readonly preamble?: Uint8Array | ((ends: ConnectionEnds) => Uint8Array);
  /**
   * The proxies on the way, in their order: the first one is dialled, and each leads to the next, the last one to `host`
   * and `port`. Names behind the first one are looked up by the proxies, unless a hop wants an address, so
   * `addressPolicy` is asked for the addresses that are looked up here only. `family` and `localAddress` are about the
   * first one, too. None by default.
   */
  readonly through?: readonly Hop[];
  /** Told of each answer of an HTTP proxy to CONNECT, also of those that refuse. */
  readonly onHopAnswer?: (answer: HopAnswer) => void;
  /** Send small writes at once (TCP_NODELAY), `true` by default. */
  readonly noDelay?: boolean;
  /** TCP keep-alive probes after so many milliseconds of silence; off by default. */
  readonly keepAliveMs?: number | undefined;
  /** Milliseconds to wait for one address before the next is tried beside it, 250 by default (RFC 8305 §5). */
  readonly attemptDelayMs?: number;
}

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_TIMEOUT_MS = 10_000;
/** The longest time that setTimeout can wait; it takes a longer one for 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Connects to a server by name, address or Unix socket, with TLS if asked.
 *
 * @throws {TransportError} what became of each address is in `attempts`. HOST_INVALID, DNS, ADDRESS_REFUSED,
 * CONNECT_…, TLS_…, TIMEOUT_CONNECT, TIMEOUT_TLS, ABORTED. Of proxies: PROXY_DNS, PROXY_HANDSHAKE, TUNNEL_REFUSED,
 * TUNNEL_BROKEN.
 * @see RFC 8305 for the race between addresses
 */
export async function connect(given: ConnectOptions): Promise<TcpConnection> {
  const options = ownOptions(given);
  const target = options.path ?? printable(hostAndPort(options.host ?? DEFAULT_HOST, options.port));
  const started = nowMs();
  const progress: Progress = { phase: "resolve", doing: `resolving ${target}` };
  // Aborted by the deadline or by the caller's signal, whichever comes first.
  const stop = new AbortController();
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timer = setTimeout(
    () => {
      const { phase, doing } = progress;
      const code = phase === "tls" ? "TIMEOUT_TLS" : "TIMEOUT_CONNECT";
      stop.abort(new TransportError(code, phase, `${doing} took longer than ${timeoutMs} ms`));
    },
    Math.min(timeoutMs, MAX_TIMER_MS),
  );
  const aborted = () => {
    const cause = options.signal?.reason;
    const afterMs = (nowMs() - started).toFixed(0);
    stop.abort(
      new TransportError("ABORTED", progress.phase, `connect ${target} was aborted after ${afterMs} ms`, {
        cause,
      }),
    );
  };
  const stopListening = options.signal && onAbort(options.signal, aborted);
  if (options.signal?.aborted) aborted();

  try {
    const tls = tlsOf(options);
    const { through = [] } = options;
    if (through.length > 0) {
      const { connectThrough } = await import("./hops/through.ts");
      return await connectThrough({ ...options, through }, tls, dialled, stop.signal, progress);
    }
    const reader = options.tls === undefined ? new SocketReader() : undefined;
    const socket = await dialled(options, stop.signal, progress, target, reader);
    progress.phase = "tls";
    progress.doing = `TLS with ${target}`;
    return await ownSocket(socket, options, tls, reader, stop.signal);
  } finally {
    clearTimeout(timer);
    stopListening?.();
  }
}

/** What `connect` is doing, for the error of its deadline. */
export interface Progress {
  phase: Phase;
  doing: string;
}

/** The addresses to try. An observer is told why there is none. */
async function allowedAddressesOf(options: ConnectOptions, signal: AbortSignal): Promise<readonly Address[]> {
  try {
    return allowedOf(await addressesOf(options, signal), options);
  } catch (error) {
    if (error instanceof TransportError)
      observe(options.observer, { kind: "error", code: error.code, message: error.message });
    throw error;
  }
}

/** Looks the host up, and connects to one of its addresses. */
async function dialled(
  options: ConnectOptions,
  signal: AbortSignal,
  progress: Progress,
  target: string,
  reader?: SocketReader,
): Promise<net.Socket> {
  const addresses = await allowedAddressesOf(options, signal);
  progress.phase = "connect";
  progress.doing = `connect ${target}`;
  const race = (localPort?: number, localPorts?: ConnectOptions["localPorts"]) =>
    raceAddresses(addresses, target, (address) => openSocket(address, options, localPort, reader), {
      attemptDelayMs: options.attemptDelayMs ?? 250,
      signal,
      observer: options.observer,
      localAddress: options.localAddress,
      localPorts,
    });
  const { localPorts } = options;
  if (localPorts === undefined) return race();
  const [first, last] = localPorts;
  for (let port = first; ; port++) {
    try {
      return await race(port, port === last ? localPorts : undefined);
    } catch (error) {
      if (port >= last || !isTaken(error)) throw error;
    }
  }
}

const isTaken = (error: unknown): boolean =>
  error instanceof TransportError && (error.cause as SystemError | undefined)?.code === "EADDRINUSE";

export type Dial = typeof dialled;

/** The options with the name to ask for and to verify. A name that is no host is refused before anything is sent. */
function tlsOf({ tls, host, path }: ConnectOptions): NamedTlsOptions | undefined {
  if (tls === undefined) return undefined;
  const given: TlsOptions = ownOptions(tls === true ? {} : tls);
  const servername = given.servername ?? host ?? (path === undefined ? DEFAULT_HOST : "localhost");
  return ownOptions<NamedTlsOptions>({ ...given, servername: checkHost(servername) });
}

export async function addressesOf(options: ConnectOptions, signal: AbortSignal): Promise<readonly Address[]> {
  if (options.path !== undefined) {
    checkPath(options.path, "connect");
    return [{ family: "unix", path: options.path }];
  }
  const { port } = options;
  if (port === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new TransportError(
      "HOST_INVALID",
      "connect",
      `a port is a number from 1 to 65535, and this is ${port}`,
    );
  }
  const { localAddress } = options;
  if (localAddress !== undefined && net.isIP(localAddress) === 0) {
    throw new TransportError(
      "HOST_INVALID",
      "connect",
      `localAddress is not an IP address: "${printable(localAddress)}"`,
    );
  }
  const host = checkHost(options.host ?? DEFAULT_HOST);
  const startedMs = nowMs();
  const found = await resolveHost(host, options.family, options.lookup, signal);
  if (found.length > 1 || found[0]?.address !== host) {
    const durationMs = nowMs() - startedMs;
    const names = found.map(({ address }) => address);
    observe(options.observer, { kind: "resolve", host, addresses: names, durationMs });
  }
  return found.map(({ address, family }) => ({
    family: family === 6 ? "IPv6" : "IPv4",
    host: address,
    port,
  }));
}

/** The policy sees the addresses that are dialled. From here on no name is resolved again. */
export function allowedOf(
  addresses: readonly Address[],
  { addressPolicy }: ConnectOptions,
): readonly Address[] {
  if (addressPolicy === undefined) return addresses;
  const allowed = addresses.filter((address) => addressPolicy(address));
  if (allowed.length > 0) return allowed;
  const refused = addresses.map(formatAddress).join(", ");
  throw new TransportError("ADDRESS_REFUSED", "connect", `the address policy refuses ${refused}`);
}

/** What Node 20 says of an interface that is not there. */
const withoutZone = (): net.Socket =>
  new net.Socket().destroy(
    Object.assign(new Error("connect EINVAL"), { code: "EINVAL", syscall: "connect" }),
  );

function openSocket(
  address: Address,
  options: ConnectOptions,
  localPort: number | undefined,
  reader: SocketReader | undefined,
): net.Socket {
  const place =
    address.family === "unix"
      ? { path: address.path }
      : { host: withNamedZone(address.host), port: address.port };
  if ("host" in place && place.host === undefined) return withoutZone();
  const socketOptions: net.NetConnectOpts = {
    ...place,
    ...(options.localAddress !== undefined && { localAddress: options.localAddress }),
    ...(localPort !== undefined && { localPort }),
    allowHalfOpen: true,
    noDelay: options.noDelay ?? true,
    keepAlive: options.keepAliveMs !== undefined,
    keepAliveInitialDelay: options.keepAliveMs ?? 0,
    ...(reader && { onread: reader }),
  };
  // Own options: a `path` from a polluted prototype would lead elsewhere.
  return net.connect(ownOptions(socketOptions));
}

/** Makes the connected socket a connection, over TLS if asked. */
async function ownSocket(
  socket: net.Socket,
  options: ConnectOptions,
  tlsOptions: NamedTlsOptions | undefined,
  reader: SocketReader | undefined,
  signal: AbortSignal,
): Promise<TcpConnection> {
  const addresses = socketAddresses(socket, options.path);
  if (addresses === undefined) {
    socket.destroy();
    throw new TransportError("CONNECT_RESET", "connect", "the peer reset the connection at once");
  }
  const { observer } = options;
  const preamble = preambleOf(options, addresses);
  const identity = { id: nextConnectionId(), role: "client", observer, ...addresses } as const;
  observe(observer, { kind: "connected", ...addresses });
  if (tlsOptions === undefined) {
    const connection = new SocketConnection(socket, identity, socket, { reader });
    if (preamble !== undefined) connection.send(preamble);
    return connection;
  }
  if (preamble !== undefined) socket.write(preamble);
  return secureClient(socket, tlsOptions, signal, (secured, tlsTransport) => {
    const tls = tlsInfo(secured);
    observe(observer, { kind: "tls", protocol: tls.protocol, cipher: tls.cipher, alpn: tls.alpn });
    return new SocketConnection(secured, { ...identity, tls }, socket, { tlsTransport });
  });
}

/** The bytes to send first. Unix sockets have no ports: a PROXY header does not name them. */
export function preambleOf(
  { preamble }: ConnectOptions,
  { local, remote }: { readonly local: Address; readonly remote: Address },
): Uint8Array | undefined {
  return typeof preamble === "function" ? preamble({ local, remote }) : preamble;
}
