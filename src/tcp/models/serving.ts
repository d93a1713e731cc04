import type net from "node:net";
import type { SecureContext } from "node:tls";
import { type ConnectionIdentity, nextConnectionId } from "../base-connection.ts";
import type { Clock } from "../clock.ts";
import type { CloseReason, TcpConnection } from "../connection.ts";
import { TransportError } from "../errors.ts";
import { observe, type TcpObserver, tell } from "../observer.ts";
import { SocketConnection, socketAddresses } from "../socket-connection.ts";
import { type ServerTlsOptions, secureServer, serverContext, tlsInfo } from "../tls.ts";
import { Admission, type AdmissionOptions } from "./admission.ts";
import type { ClosedInfo, ConnectionHandler, DrainResult, OpenedInfo, PlainCloseReason } from "./model.ts";

export interface ServingOptions extends AdmissionOptions {
  readonly handler: ConnectionHandler;
  /** The path, for connections of a Unix socket. */
  readonly path: string | undefined;
  readonly tls: ServerTlsOptions | undefined;
  readonly observe: (() => TcpObserver | undefined) | undefined;
  readonly onConnection: (info: OpenedInfo) => void;
  readonly onClosed: (info: ClosedInfo) => void;
  readonly clock: Clock;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Runs the handler on connections, one life each, and knows which are open. Every model ends here. */
export class Serving {
  readonly #options: ServingOptions;
  readonly #admission: Admission;
  readonly #context: SecureContext | undefined;
  readonly #open = new Set<TcpConnection>();
  readonly #handshakes = new Set<AbortController>();
  #idle: (() => void) | undefined;
  #accepted = 0;
  #aborted = 0;

  constructor(options: ServingOptions) {
    this.#options = options;
    this.#admission = new Admission(options);
    this.#context = options.tls && serverContext(options.tls);
  }

  get open(): number {
    return this.#open.size;
  }

  get accepted(): number {
    return this.#accepted;
  }

  /** Connections, and those that are still in their handshake. */
  get #held(): number {
    return this.#open.size + this.#handshakes.size;
  }

  /** Takes whatever the server accepts. */
  acceptFrom(server: net.Server): void {
    server.on("connection", (socket) => this.socket(socket));
    server.on("error", () => this.#admission.acceptFailed(this.#held));
  }

  /** Takes an accepted socket. Resolves when its connection is over, with `false` if it never was one; never rejects. */
  async socket(socket: net.Socket): Promise<boolean> {
    if (!this.#admission.admits(socket, this.#held)) return false;
    const addresses = socketAddresses(socket, this.#options.path);
    if (addresses === undefined) {
      // It was reset while it waited in the backlog.
      socket.on("error", () => {}).destroy();
      return false;
    }
    const observer = tell(this.#options.observe, undefined);
    const { clock } = this.#options;
    const identity = { id: nextConnectionId(), role: "server", observer, clock, ...addresses } as const;
    observe(observer, { kind: "accepted", ...addresses });
    const connection =
      this.#context === undefined
        ? new SocketConnection(socket, identity)
        : await this.#secure(socket, identity, this.#context);
    if (connection) await this.connection(connection);
    return true;
  }

  /** A handshake that fails is reported, as a connection that was never opened. */
  async #secure(
    socket: net.Socket,
    identity: ConnectionIdentity & { readonly id: number },
    context: SecureContext,
  ): Promise<SocketConnection | undefined> {
    const handshake = new AbortController();
    this.#handshakes.add(handshake);
    const clear = this.#options.clock.after(HANDSHAKE_TIMEOUT_MS, () => {
      const message = `no TLS handshake within ${HANDSHAKE_TIMEOUT_MS} ms`;
      handshake.abort(new TransportError("TIMEOUT_TLS", "tls", message));
    });
    try {
      const secured = await secureServer(socket, context, this.#options.tls?.alpn ?? [], handshake.signal);
      const tls = tlsInfo(secured);
      observe(identity.observer, {
        kind: "tls",
        protocol: tls.protocol,
        cipher: tls.cipher,
        alpn: tls.alpn,
      });
      return new SocketConnection(secured, { ...identity, tls }, socket);
    } catch (error) {
      const { id, local, remote } = identity;
      const reason = plainReason({ how: "error", error: error as TransportError, bytesIn: 0, bytesOut: 0 });
      this.#options.onClosed({
        id,
        local,
        remote,
        worker: undefined,
        open: this.open,
        reason,
        durationMs: 0,
      });
      return undefined;
    } finally {
      clear();
      this.#handshakes.delete(handshake);
    }
  }

  /** The life of a connection: the handler, then our end, then a moment for the peer to end too. */
  async connection(connection: TcpConnection): Promise<void> {
    const { id, local, remote } = connection;
    const { clock } = this.#options;
    const startedAt = clock.now();
    this.#accepted++;
    this.#open.add(connection);
    this.#options.onConnection({ id, local, remote, worker: undefined, open: this.open });
    const closed = connection.closed.then((reason) => {
      this.#open.delete(connection);
      if (this.open === 0) this.#idle?.();
      const durationMs = clock.now() - startedAt;
      const info = { id, local, remote, worker: undefined, open: this.open };
      this.#options.onClosed({ ...info, reason: plainReason(reason), durationMs });
    });
    try {
      await this.#options.handler(connection);
      await connection[Symbol.asyncDispose]();
    } catch (error) {
      connection.abort(error instanceof TransportError ? error : handlerFailed(error));
    }
    await closed;
  }

  /** May be called once more, with 0, to cut a drain short. */
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

function handlerFailed(cause: unknown): TransportError {
  const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new TransportError("ABORTED", "read", `the handler failed: ${message}`, { cause });
}

export function plainReason({ error, ...rest }: CloseReason): PlainCloseReason {
  return error === undefined ? rest : { ...rest, error: { code: error.code, message: error.message } };
}
