import type { BlockList } from "node:net";
import { answersTo, isLoopback } from "../http/server/host-guard.ts";
import type { Http1Leniency } from "../http1/leniency.ts";
import type { Role } from "../http1/state.ts";
import { type Address, formatAddress } from "../tcp/address.ts";
import { type ConnectOptions, connect } from "../tcp/connect.ts";
import type { TcpConnection } from "../tcp/connection.ts";
import { TransportError } from "../tcp/errors.ts";
import type { Fault } from "../tcp/faults/fault.ts";
import type { FaultSet } from "../tcp/faults/fault-set.ts";
import type { Faults } from "../tcp/faults/faults.ts";
import { relayWithFaults } from "../tcp/faults/faulty-relay.ts";
import type { Listener, ListenOptions } from "../tcp/listen.ts";
import { memoryConnectionPair } from "../tcp/memory-connection.ts";
import { familyOf, networkList } from "../tcp/network-list.ts";
import { observe, type TcpObserver, tell } from "../tcp/observer.ts";
import { ownOptions } from "../tcp/own-options.ts";
import { writeProxyHeader } from "../tcp/proxy-header.ts";
import type { TlsOptions } from "../tcp/tls.ts";
import { bridge } from "./bridge.ts";
import { listenWithFaults } from "./fault-listener.ts";
import { type FaultOptions, faultSetOf } from "./fault-options.ts";
import { type ForwardPolicy, notOurselves, routeForward, routeTo } from "./forward.ts";
import { parseUpstream, type Upstream } from "./upstream.ts";

type ListenPart = Pick<
  ListenOptions,
  | "host"
  | "port"
  | "path"
  | "backlog"
  | "tls"
  | "proxyHeader"
  | "idleTimeoutMs"
  | "maxConnections"
  | "onConnection"
  | "onClosed"
  | "onOverload"
  | "signal"
>;

/** Where a proxy listens, which server stands behind it, and who watches. */
export interface ProxyOptions extends ListenPart, FaultOptions {
  /**
   * The server: `HOST:PORT`, `PORT`, `unix:PATH`, `tls:HOST:PORT`, `http://HOST[:PORT]` or `https://HOST[:PORT]`.
   * Left out with `forward`.
   */
  readonly upstream?: string;
  /** Options of TLS towards a server that speaks it. */
  readonly upstreamTls?: TlsOptions;
  /** Milliseconds for connecting to the server, 10,000 by default. */
  readonly connectTimeoutMs?: number;
  /** Send a PROXY header of this version ahead of each connection's bytes: the server learns the client's address. */
  readonly sendProxyHeader?: 1 | 2;
  /**
   * Read HTTP/1.1, and let Host name the server: for a server that many names share. `false` by default: the bytes
   * pass unchanged.
   */
  readonly rewriteHost?: boolean;
  /**
   * With `rewriteHost` on a loopback address: answer only requests for loopback names and these names, as the option of
   * `serve` does (421 for others). The server behind cannot look, since it never sees the name. By default every name.
   */
  readonly loopbackHosts?: readonly string[];
  /** Be a forward proxy: the clients name the servers (RFC 9112 §3.2.2, RFC 9110 §9.3.6). */
  readonly forward?: ForwardPolicy | true;
  /**
   * The clients to serve: addresses, or networks as `10.0.0.0/8`. Everybody who can connect, by default. A forward proxy
   * that listens beyond this machine needs the list: otherwise strangers could reach every server in its name.
   */
  readonly allow?: readonly string[];
  /** Which rules a response may break, where the proxy reads HTTP; none by default. */
  readonly leniency?: Http1Leniency;
  /**
   * Asked for both ends of the proxy, for each connection: "server" for the one towards the client, "client" for the one
   * towards the server. `undefined`: nobody watches. The observers are told of bytes: a `GrammarReader` finds the HTTP in
   * the records.
   */
  readonly observe?: (role: Role) => TcpObserver | undefined;
  /** Told of each connection to a server that failed. The client's connection is reset, or answered with 502 or 504. */
  readonly onUpstreamFailed?: (failure: UpstreamFailure) => void;
}

/** A server could not be reached. */
export interface UpstreamFailure {
  /** The number of the client's connection. */
  readonly id: number;
  /** Why. */
  readonly error: TransportError;
}

/** A proxy that listens. */
export interface ProxyServer extends AsyncDisposable {
  /** Where it listens. */
  readonly address: Address;
  /** The listener, with its counts. */
  readonly listener: Listener;
  /** The faults that it makes: add, change and remove them while it runs. */
  readonly faults: Faults;
  /** Stops, and resets what is open. */
  close(): Promise<void>;
}

/**
 * Listens, and joins each client with the server: bytes, half-close, reset and backpressure pass as they are.
 *
 * @throws {TransportError} HOST_INVALID for an upstream that is none, PERMISSION for a forward proxy that is open to all,
 * and all that `listen` throws.
 * @throws {FaultError} for a fault or a seed that is none.
 */
export async function createProxy(given: ProxyOptions): Promise<ProxyServer> {
  const options = ownOptions(given);
  refuseOpenRelay(options);
  const faults = faultSetOf(options);
  const proxy = new Proxying(options, faults);
  const { observe: asked, upstream: _, forward: __, ...rest } = options;
  const listening: ListenOptions = {
    ...rest,
    handler: (connection) => proxy.serve(connection),
    ...(asked && { observe: () => ofProxy(asked("server")) }),
  };
  const listener = await listenWithFaults(listening, faults);
  proxy.address = listener.address;
  const close = async (): Promise<void> => {
    await listener.close();
  };
  return { address: listener.address, listener, faults, close, [Symbol.asyncDispose]: close };
}

/** The records say from their beginning that this end is a proxy's: a forward proxy opens its other end only later. */
function ofProxy(observer: TcpObserver | undefined): TcpObserver | undefined {
  if (observer === undefined) return undefined;
  const { number } = observer;
  return {
    ...(number !== undefined && { number }),
    connection: (event, at) =>
      observer.connection(event.kind === "accepted" ? { ...event, relays: true } : event, at),
  };
}

/** The clients of a Unix socket, and those who can connect to loopback, are users of this machine. */
function refuseOpenRelay({ forward, allow, host = "127.0.0.1", path }: ProxyOptions): void {
  if (!forward || allow !== undefined || path !== undefined) return;
  if (host === "localhost" || host === "::1" || /^127\.[\d.]+$/.test(host)) return;
  const message = `a forward proxy on ${host} would serve everybody: name its clients by allow (--allow)`;
  throw new TransportError("PERMISSION", "listen", message);
}

function refused({ remote }: TcpConnection): TransportError {
  const message = `${formatAddress(remote)} is not one of the clients that allow names`;
  return new TransportError("PERMISSION", "listen", message);
}

/** What a fault of whole connections does. */
async function turnAway(client: TcpConnection, verdict: string, { name }: Fault): Promise<void> {
  const text = verdict === "refuse" ? "reset on arrival" : "accepted, and never read";
  observe(client.observer, { kind: "fault", fault: name, text, start: 0, end: 0 });
  if (verdict === "refuse")
    client.abort(new TransportError("ABORTED", "proxy", `the fault ${name} refuses it`));
  else client.pause();
  await client.closed;
}

class Proxying {
  readonly #options: ProxyOptions;
  readonly #upstream: Upstream | undefined;
  readonly #allowed: BlockList | undefined;
  readonly #faults: FaultSet;
  readonly #hasName: (url: string) => boolean;
  /** Set before the first client can come. */
  address: Address | undefined;

  constructor(options: ProxyOptions, faults: FaultSet) {
    this.#options = options;
    this.#faults = faults;
    const { upstream, upstreamTls, allow, loopbackHosts } = options;
    this.#hasName = loopbackHosts === undefined ? () => true : answersTo(loopbackHosts);
    this.#allowed = allow && networkList(allow, "allow");
    this.#upstream = upstream === undefined ? undefined : parseUpstream(upstream, upstreamTls);
  }

  async serve(client: TcpConnection): Promise<void> {
    const { forward, rewriteHost, leniency = {} } = this.#options;
    const upstream = this.#upstream;
    if (!this.#mayCome(client)) return client.abort(refused(client));
    const { number, verdict, fault } = this.#faults.arrive();
    if (fault) return turnAway(client, verdict, fault);
    if (upstream !== undefined && !rewriteHost) return this.#join(client, upstream, number);
    const route =
      upstream === undefined
        ? routeForward(forward === true ? {} : (forward ?? {}))
        : routeTo(upstream, this.#answers);
    const faulty = this.#withFaults(client, number);
    await bridge(faulty, { route, leniency, open: (to) => this.#open(client, to) });
    if (faulty !== client) await client.closed;
  }

  /** Beyond this machine and on a Unix socket any name may lead here. */
  readonly #answers = (url: string): boolean =>
    this.address === undefined || !isLoopback(this.address) || this.#hasName(url);

  #mayCome({ remote }: TcpConnection): boolean {
    if (this.#allowed === undefined || remote.family === "unix") return true;
    return this.#allowed.check(remote.host, familyOf(remote.host));
  }

  /** Where HTTP is read, the faults lie between the client and the reading. Faults that come later act on later clients. */
  #withFaults(client: TcpConnection, number: number): TcpConnection {
    if (this.#faults.list().length === 0) return client;
    const [outer, inner] = memoryConnectionPair();
    relayWithFaults(client, outer, this.#faults, number);
    return inner;
  }

  async #join(client: TcpConnection, upstream: Upstream, number: number): Promise<void> {
    let server: TcpConnection;
    try {
      server = await this.#open(client, upstream.connect);
    } catch (error) {
      client.abort(error as TransportError);
      return;
    }
    relayWithFaults(client, server, this.#faults, number);
    await Promise.all([client.closed, server.closed]);
  }

  /** @throws {TransportError} and tells of it, unless the client went first. */
  async #open(client: TcpConnection, to: ConnectOptions): Promise<TcpConnection> {
    const { connectTimeoutMs, sendProxyHeader, onUpstreamFailed } = this.#options;
    const gone = new AbortController();
    const { address } = this;
    void client.closed.then(() => gone.abort());
    const observer = this.#observerFor(client);
    try {
      return await connect({
        ...to,
        ...(connectTimeoutMs !== undefined && { timeoutMs: connectTimeoutMs }),
        ...(observer && { observer }),
        ...(sendProxyHeader !== undefined && { preamble: writeProxyHeader(sendProxyHeader, client) }),
        ...(address && { addressPolicy: notOurselves(address) }),
        signal: gone.signal,
      });
    } catch (error) {
      if (!gone.signal.aborted) tell(onUpstreamFailed, { id: client.id, error: error as TransportError });
      throw error;
    }
  }

  #observerFor(client: TcpConnection): TcpObserver | undefined {
    const observer = this.#options.observe?.("client");
    const connection = client.observer?.number;
    if (connection !== undefined) observe(observer, { kind: "relayed", connection });
    return observer;
  }
}
