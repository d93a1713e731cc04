import type net from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";
import type { Address } from "../../address.ts";
import { type BaseConnection, type ConnectionIdentity, nextConnectionId } from "../../base-connection.ts";
import type { Clock } from "../../clock.ts";
import type { CloseReason, TcpConnection } from "../../connection.ts";
import { TransportError } from "../../errors.ts";
import { networkList } from "../../network-list.ts";
import { acceptWithReader, receiveWithReader } from "../../node-internals.ts";
import { observe, type TcpObserver, tell } from "../../observer.ts";
import type { ProxyHeader } from "../../proxy-header.ts";
import { SilenceWatch } from "../../silence-watch.ts";
import { SocketConnection, socketAddresses } from "../../socket-connection.ts";
import type { SocketReader } from "../../socket-reader.ts";
import { type ServerTlsOptions, secureServer, serverContext, tlsInfo } from "../../tls.ts";
import { describeThrown } from "../handler.ts";
import type { ClosedInfo, ConnectionHandler, DrainResult, OpenedInfo, PlainCloseReason } from "../model.ts";
import { CountedConnection, type Tally } from "../workers/tally.ts";
import { Admission, type AdmissionOptions } from "./admission.ts";
import { type ProxyHeaderOptions, takeProxyHeader } from "./proxied-socket.ts";

export interface ServingOptions extends AdmissionOptions {
  readonly handler: ConnectionHandler;
  /** The path of the Unix socket that listens, if it is one. */
  readonly path: string | undefined;
  readonly tls: ServerTlsOptions | undefined;
  readonly proxyHeader: ProxyHeaderOptions | undefined;
  /** See `ListenOptions.idleTimeoutMs`. */
  readonly idleTimeoutMs?: number;
  readonly observe: (() => TcpObserver | undefined) | undefined;
  /** A socket was accepted, and its handshake begins. `onConnection` follows, or `onClosed` if the handshake fails. */
  readonly onHandshake?: (id: number) => void;
  readonly onConnection: (info: OpenedInfo) => void;
  readonly onClosed: (info: ClosedInfo) => void;
  /** Counts bytes for the main thread or process. Only workers have one. */
  readonly tally?: Tally;
  readonly clock: Clock;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;

interface Peer {
  readonly id: number;
  readonly local: Address;
  readonly remote: Address;
}

/** Runs the handler on connections, and knows which are open. Every model uses it to serve. */
export class Serving {
  readonly #options: ServingOptions;
  readonly #admission: Admission;
  readonly #context: SecureContext | undefined;
  readonly #proxies: net.BlockList | undefined;
  readonly #open = new Set<TcpConnection>();
  readonly #handshakes = new Set<AbortController>();
  readonly #silence: SilenceWatch | undefined;
  #idle: (() => void) | undefined;
  #accepted = 0;
  #aborted = 0;

  constructor(options: ServingOptions) {
    this.#options = options;
    this.#admission = new Admission(options);
    this.#context = options.tls && serverContext(options.tls);
    this.#proxies = options.proxyHeader && networkList(options.proxyHeader.from, "proxyHeader.from");
    if (options.idleTimeoutMs) this.#silence = new SilenceWatch(options.idleTimeoutMs, options.clock);
  }

  get open(): number {
    return this.#open.size;
  }

  get accepted(): number {
    return this.#accepted;
  }

  /** Open connections, and connections in their handshake. */
  get #held(): number {
    return this.#open.size + this.#handshakes.size;
  }

  /** TLS and the PROXY header read from the socket as a stream, before a connection is made of it. */
  get #takesStream(): boolean {
    return this.#context !== undefined || this.#proxies !== undefined;
  }

  /** Serves every connection that the server accepts. */
  acceptFrom(server: net.Server): void {
    this.onAccepted(server, (socket, reader) => this.socket(socket, reader));
    server.on("error", () => this.#admission.acceptFailed(this.#held));
  }

  /** Calls `accepted` with every connection that the server accepts, for a model that serves it later. */
  onAccepted(server: net.Server, accepted: (socket: net.Socket, reader?: SocketReader) => void): void {
    if (this.#takesStream) server.on("connection", (socket) => accepted(socket));
    else acceptWithReader(server, accepted);
  }

  /**
   * Serves an accepted socket. Resolves when its connection is over, and never rejects.
   *
   * `undefined`: the connection is one too many, or the peer has reset it.
   */
  socket(socket: net.Socket, reader?: SocketReader): Promise<void> | undefined {
    if (!this.#admission.admits(socket, this.#held)) return undefined;
    const addresses = socketAddresses(socket, this.#options.path);
    if (addresses === undefined) {
      // The peer reset the connection while it waited in the backlog.
      socket.on("error", () => {}).destroy();
      return undefined;
    }
    const peer = { id: nextConnectionId(), local: addresses.local, remote: addresses.remote };
    if (!this.#takesStream) return this.connection(this.#plain(socket, peer, reader));
    this.#options.onHandshake?.(peer.id);
    return this.#prepared(socket, peer);
  }

  /** As `socket`, for a socket that another process accepted. */
  received(socket: net.Socket): Promise<void> | undefined {
    if (this.#takesStream) return this.socket(socket);
    return receiveWithReader(socket, (taken, reader) => this.socket(taken, reader));
  }

  #plain(socket: net.Socket, peer: Peer, reader?: SocketReader, proxy?: Address): SocketConnection {
    return this.#made(socket, this.#identity(peer, proxy), socket, { reader });
  }

  #made(...parts: ConstructorParameters<typeof SocketConnection>): SocketConnection {
    const { tally } = this.#options;
    return tally === undefined ? new SocketConnection(...parts) : new CountedConnection(tally, ...parts);
  }

  #identity({ id, local, remote }: Peer, proxy: Address | undefined): ConnectionIdentity & Peer {
    const observer = tell(this.#options.observe, undefined);
    if (observer !== undefined)
      observe(observer, { kind: "accepted", local, remote, ...(proxy && { proxy }) });
    return { id, role: "server", local, remote, observer, clock: this.#options.clock };
  }

  /** Reads the PROXY header and makes the TLS handshake, and then serves the connection. */
  async #prepared(socket: net.Socket, peer: Peer): Promise<void> {
    const proxied = this.#proxies && (await this.#proxied(socket, peer, this.#proxies));
    if (this.#proxies !== undefined && proxied === undefined) return;
    const client = { ...peer, ...proxied?.addresses };
    const proxy = proxied?.addresses && peer.remote;
    const connection =
      this.#context === undefined
        ? this.#plain(socket, client, undefined, proxy)
        : await this.#secured(socket, this.#identity(client, proxy), this.#context);
    if (this.#proxies !== undefined) socket.resume();
    if (connection) await this.connection(connection);
  }

  #proxied(socket: net.Socket, peer: Peer, proxies: net.BlockList): Promise<ProxyHeader | undefined> {
    return this.#handshake(peer, ({ signal }) =>
      takeProxyHeader(socket, proxies, this.#options.clock, signal),
    );
  }

  #secured(
    socket: net.Socket,
    identity: ConnectionIdentity & Peer,
    context: SecureContext,
  ): Promise<SocketConnection | undefined> {
    return this.#handshake(identity, async (handshake) => {
      const clear = this.#options.clock.after(HANDSHAKE_TIMEOUT_MS, () => {
        const message = `the TLS handshake was not complete within ${HANDSHAKE_TIMEOUT_MS / 1000} s`;
        handshake.abort(new TransportError("TIMEOUT_TLS", "tls", message));
      });
      const alpnOffered = this.#options.tls?.alpn ?? [];
      const own = (secured: TLSSocket): SocketConnection => {
        const tls = tlsInfo(secured);
        const { protocol, cipher, alpn } = tls;
        observe(identity.observer, { kind: "tls", protocol, cipher, alpn });
        return this.#made(secured, { ...identity, tls }, socket);
      };
      return secureServer(socket, context, alpnOffered, handshake.signal, own).finally(clear);
    });
  }

  /** Runs what comes before the connection. A failure is reported as the end of a connection that never opened. */
  async #handshake<T>(
    { id, local, remote, observer }: Peer & Pick<ConnectionIdentity, "observer">,
    run: (handshake: AbortController) => Promise<T>,
  ): Promise<T | undefined> {
    const handshake = new AbortController();
    this.#handshakes.add(handshake);
    try {
      return await run(handshake);
    } catch (error) {
      const { code, message } = error as TransportError;
      const counts = { how: "error", bytesIn: 0, bytesOut: 0 } as const;
      observe(observer, { kind: "error", code, message });
      observe(observer, { kind: "closed", ...counts });
      const reason = plainReason({ ...counts, error: error as TransportError });
      const info = { id, local, remote, worker: undefined, open: this.open };
      this.#options.onClosed({ ...info, reason, durationMs: 0 });
      return undefined;
    } finally {
      this.#handshakes.delete(handshake);
    }
  }

  /** The life of a connection: the handler, then our end, then a moment for the peer to end too. */
  async connection(connection: BaseConnection): Promise<void> {
    const { id, local, remote } = connection;
    const { clock } = this.#options;
    const startedAt = clock.now();
    this.#accepted++;
    this.#open.add(connection);
    this.#silence?.add(connection);
    this.#options.onConnection({ id, local, remote, worker: undefined, open: this.open });
    let stack: string | undefined;
    const closed = connection.closed.then((reason) => {
      this.#open.delete(connection);
      this.#silence?.delete(connection);
      if (this.open === 0) this.#idle?.();
      const durationMs = clock.now() - startedAt;
      const info = { id, local, remote, worker: undefined, open: this.open };
      this.#options.onClosed({ ...info, reason: plainReason(reason, stack), durationMs });
    });
    try {
      await this.#options.handler(connection);
      await connection[Symbol.asyncDispose]();
    } catch (error) {
      if (error instanceof TransportError) connection.abort(error);
      else {
        const { reason, stack: where } = describeThrown(error);
        stack = where;
        const message = `the handler failed: ${reason}`;
        connection.abort(new TransportError("ABORTED", "read", message, { cause: error }));
      }
    }
    await closed;
  }

  /** A second call, with 0, cuts a drain short. */
  async drain(drainMs: number): Promise<DrainResult> {
    const reason = new TransportError("DRAINING", "drain", "the server stopped");
    for (const handshake of this.#handshakes) handshake.abort(reason);
    if (this.open > 0 && drainMs > 0) {
      let clear = (): void => {};
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
        clear = this.#options.clock.after(drainMs, resolve);
      });
      clear();
    }
    const rest = [...this.#open];
    this.#aborted += rest.length;
    for (const connection of rest) connection.abort(reason);
    await Promise.all(rest.map(({ closed }) => closed));
    return { drained: this.#aborted === 0, aborted: this.#aborted };
  }
}

function plainReason({ error, ...rest }: CloseReason, stack?: string): PlainCloseReason {
  if (error === undefined) return rest;
  return {
    ...rest,
    error: { code: error.code, message: error.message, ...(stack !== undefined && { stack }) },
  };
}
