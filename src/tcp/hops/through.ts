import net from "node:net";
import type { TLSSocket } from "node:tls";
import { counted, printable } from "../../bytes/text.ts";
import { hostAndPort } from "../address.ts";
import { type ConnectionIdentity, nextConnectionId } from "../base-connection.ts";
import {
  addressesOf,
  allowedOf,
  type ConnectOptions,
  type Dial,
  type Progress,
  preambleOf,
} from "../connect.ts";
import type { TcpConnection } from "../connection.ts";
import { type Phase, TransportError, type TransportErrorCode } from "../errors.ts";
import { observe } from "../observer.ts";
import { ownOptions } from "../own-options.ts";
import { checkHost } from "../resolve.ts";
import { SocketConnection, socketAddresses } from "../socket-connection.ts";
import { type NamedTlsOptions, secureClient, type TlsOptions, tlsInfo } from "../tls.ts";
import type { TlsTransport } from "../tls-transport.ts";
import { type Carried, Carrier, type Greeted } from "./carrier.ts";
import type { Handshake, Hop, HopTarget } from "./hop.ts";

/*
 * Connecting through a chain of proxies:
 *
 *     dial the first hop, then for each hop     TLS ─► handshake to the next place
 *     at the end, for the target                preamble ─► TLS
 *
 * The handshakes are told to the observer as bytes read and written, as far as possible inside the encryption. Nobody else
 * reads meanwhile: see Carrier.
 */

/** A connection is dialled again if a proxy closes it between its challenge and our answer. */
const MAX_DIALS = 4;

type ConnectThroughOptions = ConnectOptions & { readonly through: readonly Hop[] };

/** Connects through the hops. `tls`: what is spoken with the target. */
export async function connectThrough(
  options: ConnectThroughOptions,
  tls: NamedTlsOptions | undefined,
  dial: Dial,
  signal: AbortSignal,
  progress: Progress,
): Promise<TcpConnection> {
  const hops = options.through.map((hop) => ownOptions(hop));
  const [first] = hops as [Hop];
  checkWay(options, hops, tls);
  const { host: _host, port: _port, path: _path, family, ...rest } = options;
  const place =
    first.path === undefined
      ? { ...placeOf(first), ...(family !== undefined && net.isIP(first.host ?? "") === 0 && { family }) }
      : { path: first.path };
  for (let dials = 1; ; dials++) {
    progress.phase = "resolve";
    progress.doing = `resolving the proxy ${nameOf(first)}`;
    const shown = `the proxy ${nameOf(first)}`;
    const socket = await dial(ownOptions<ConnectOptions>(rest, place), signal, progress, shown).catch(
      asOfProxy,
    );
    const connection = await new Way(options, hops, tls, signal, progress).lead(socket);
    if (connection !== "redial") return connection;
    if (dials === MAX_DIALS) {
      throw new TransportError(
        "TUNNEL_BROKEN",
        "proxy",
        `${shown} closed ${dials} connections in its handshake`,
      );
    }
  }
}

/** One connection on its way to the target. */
class Way {
  readonly #options: ConnectOptions;
  readonly #hops: readonly Hop[];
  readonly #tls: NamedTlsOptions | undefined;
  readonly #progress: Progress;
  readonly #carried: Carried;

  constructor(
    options: ConnectOptions,
    hops: readonly Hop[],
    tls: NamedTlsOptions | undefined,
    signal: AbortSignal,
    progress: Progress,
  ) {
    this.#options = options;
    this.#hops = hops;
    this.#tls = tls;
    this.#progress = progress;
    this.#carried = { observer: options.observer, signal, bytesIn: 0, bytesOut: 0 };
  }

  async lead(socket: net.Socket): Promise<TcpConnection | "redial"> {
    const ends = socketAddresses(socket, this.#hops[0]?.path);
    if (ends === undefined) {
      socket.destroy();
      throw new TransportError("CONNECT_RESET", "connect", "the proxy reset the connection at once");
    }
    const { observer } = this.#options;
    observe(observer, { kind: "connected", ...ends });
    const identity: ConnectionIdentity = { id: nextConnectionId(), role: "client", observer, ...ends };
    let layer: Layer = { carrier: new Carrier(socket, this.#carried) };
    let leftover: Uint8Array | undefined;
    for (const [index, hop] of this.#hops.entries()) {
      if (hop.tls !== undefined) layer = await this.#secured(layer.carrier, hop);
      if (hop.greet === undefined) break;
      const next = this.#hops[index + 1];
      const greeted = await this.#greeted(layer.carrier, hop, next ?? this.#options);
      if (greeted === "redial") {
        layer.carrier.destroy();
        return "redial";
      }
      leftover = greeted.leftover;
      if (leftover === undefined || leftover.length === 0) continue;
      if (next === undefined && this.#tls === undefined) continue;
      // Anybody on the way could have put these bytes before those of TLS.
      layer.carrier.destroy();
      const what = `${counted(leftover.length, "byte")} came behind the handshake, before anybody asked`;
      throw new TransportError("TUNNEL_BROKEN", "proxy", `${this.#progress.doing}: ${what}`);
    }
    return this.#own(layer, identity, socket, preambleOf(this.#options, ends), leftover);
  }

  async #greeted(carrier: Carrier, hop: Hop, next: Place): Promise<Greeted> {
    const place = placeOf(next);
    this.#progress.phase = "proxy";
    this.#progress.doing = `the proxy ${nameOf(hop)}, asked for ${nameOf(next)}`;
    try {
      const greet = hop.greet as (target: HopTarget, settings: unknown, onAnswer: OnAnswer) => Handshake;
      const onAnswer: OnAnswer = (answer) => this.#options.onHopAnswer?.(answer);
      const handshake = greet(place, hop.settings, onAnswer);
      return await carrier.greet(handshake, (wanted) => this.#addressOf(place, wanted));
    } catch (error) {
      carrier.destroy();
      if (!(error instanceof TransportError) || this.#carried.signal.aborted) throw error;
      const { code, phase, bytesReceived } = error;
      // A reset is one of the handshake, and an unknown name is that of the target.
      throw new TransportError(
        code,
        phase === "resolve" ? "resolve" : "proxy",
        `${this.#progress.doing}: ${error.message}`,
        { cause: error.cause ?? error, bytesReceived },
      );
    }
  }

  async #addressOf({ host, port }: HopTarget, wanted: true | 4): Promise<string> {
    const { lookup, addressPolicy, observer, family } = this.#options;
    const only = wanted === 4 ? 4 : family;
    const asked: ConnectOptions = {
      host,
      port,
      ...(only !== undefined && { family: only }),
      ...(lookup && { lookup }),
      ...(addressPolicy && { addressPolicy }),
      ...(observer && { observer }),
    };
    const [first] = allowedOf(await addressesOf(asked, this.#carried.signal), asked);
    return first?.family === "unix" || first === undefined ? host : first.host;
  }

  #secured(carrier: Carrier, hop: Hop): Promise<Layer> {
    this.#progress.phase = "tls";
    this.#progress.doing = `TLS with the proxy ${nameOf(hop)}`;
    const given: TlsOptions = ownOptions(hop.tls === true || hop.tls === undefined ? {} : hop.tls);
    const servername = checkHost(given.servername ?? hop.host ?? "localhost");
    const tls = ownOptions<NamedTlsOptions>({ ...given, servername });
    const own = (secured: TLSSocket, tlsTransport: TlsTransport): Layer => {
      this.#observeTls(secured);
      return { carrier: new Carrier(secured, this.#carried), secured, tlsTransport };
    };
    return secureClient(carrier.take(), tls, this.#carried.signal, own).catch(asOfProxy);
  }

  /** Makes a connection of what leads to the target. */
  async #own(
    { carrier, secured, tlsTransport }: Layer,
    identity: ConnectionIdentity,
    base: net.Socket,
    preamble: Uint8Array | undefined,
    leftover: Uint8Array | undefined,
  ): Promise<TcpConnection> {
    if (preamble !== undefined) carrier.send(preamble);
    const { bytesIn, bytesOut } = this.#carried;
    const carried = { bytesIn, bytesOut };
    if (this.#tls !== undefined) {
      this.#progress.phase = "tls";
      this.#progress.doing = `TLS with ${nameOf(this.#options)}`;
      return secureClient(carrier.take(), this.#tls, this.#carried.signal, (own, transport) => {
        const tls = this.#observeTls(own);
        return new SocketConnection(own, { ...identity, tls, carried }, base, { tlsTransport: transport });
      });
    }
    const socket = carrier.take();
    const tls = secured && tlsInfo(secured);
    const connection = new SocketConnection(socket, { ...identity, tls, carried }, base, { tlsTransport });
    if (leftover !== undefined) connection.detach(leftover);
    socket.resume();
    return connection;
  }

  #observeTls(socket: TLSSocket): ReturnType<typeof tlsInfo> {
    const tls = tlsInfo(socket);
    const { protocol, cipher, alpn } = tls;
    observe(this.#options.observer, { kind: "tls", protocol, cipher, alpn });
    return tls;
  }
}

type OnAnswer = NonNullable<ConnectOptions["onHopAnswer"]>;
type Place = Pick<Hop, "host" | "port" | "path">;

/** What the next step goes over: the socket, or TLS with a hop. */
interface Layer {
  readonly carrier: Carrier;
  readonly secured?: TLSSocket;
  readonly tlsTransport?: TlsTransport;
}

/** What cannot work is refused before anything is sent. */
function checkWay({ path }: ConnectOptions, hops: readonly Hop[], tls: NamedTlsOptions | undefined): void {
  const last = hops.at(-1);
  const problem =
    (path !== undefined && "no proxy leads to a Unix socket") ||
    (hops.slice(1).some((hop) => hop.path !== undefined) && "only the first proxy may be a Unix socket") ||
    (hops.slice(0, -1).some((hop) => hop.greet === undefined) &&
      "only the last hop may take requests itself") ||
    (tls !== undefined && last?.greet === undefined && "TLS needs a proxy that leads to the server");
  if (problem) throw new TransportError("HOST_INVALID", "connect", problem);
}

function placeOf({ host = "127.0.0.1", port }: Place): HopTarget {
  if (port === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new TransportError(
      "HOST_INVALID",
      "connect",
      `a port is a number from 1 to 65535, and this is ${port}`,
    );
  }
  return { host: checkHost(host), port };
}

const nameOf = ({ host = "127.0.0.1", port, path }: Place): string =>
  printable(path ?? hostAndPort(host, port));

function asOfProxy(error: unknown): never {
  const { code, phase, message, cause, certificates } = error as TransportError;
  const ofProxy = (kind: TransportErrorCode, at: Phase) =>
    new TransportError(kind, at, `of the proxy: ${message}`, { cause, certificates });
  if (code === "DNS") throw ofProxy("PROXY_DNS", "resolve");
  // The deadline and the caller's signal say themselves what they ended.
  if (phase === "tls" && code !== "TIMEOUT_TLS" && code !== "ABORTED") throw ofProxy(code, "proxy");
  throw error;
}
