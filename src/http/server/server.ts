import { getHeapStatistics } from "node:v8";
import type { Http1Observer } from "../../http1/observer.ts";
import { type Address, formatAddress } from "../../tcp/address.ts";
import { type Listener, type ListenOptions, listen } from "../../tcp/listen.ts";
import type { DrainResult } from "../../tcp/models/model.ts";
import type { TcpObserver } from "../../tcp/observer.ts";
import { ownOptions } from "../../tcp/own-options.ts";
import { ServedConnection } from "./connection.ts";
import { isLoopback, onlyHosts } from "./host-guard.ts";
import { type ServeConnectionOptions, serveSettings } from "./settings.ts";

/** Where to serve, with which handler, and the limits. */
export interface ServeOptions
  extends Omit<ServeConnectionOptions, "observer">,
    Omit<
      ListenOptions,
      "handler" | "observe" | "model" | "workers" | "onWorker" | "onFull" | "idleTimeoutMs"
    > {
  /** Asked once for every connection: who watches it? `undefined`: nobody. */
  readonly observe?: (role: "server") => (TcpObserver & Http1Observer) | undefined;
  /**
   * The host names that a server on a loopback address answers to, besides loopback names and addresses. A request
   * for another name is answered with 421, so that no page from elsewhere can read what is served (DNS rebinding). By
   * default the server answers to every name.
   */
  readonly loopbackHosts?: readonly string[];
  /**
   * The concurrency model, "event-loop" by default. "sequential" serves one connection at a time: a silent one keeps
   * all others waiting for `headTimeoutMs`, and after each answer for `idleTimeoutMs`.
   */
  readonly model?: "event-loop" | "sequential";
}

/** An HTTP server that listens. */
export interface HttpServer extends AsyncDisposable {
  /** Where it listens; `port` is the real one. */
  readonly address: Address;
  /** Where it listens, as a URL: `http://127.0.0.1:8080/`. */
  readonly url: string;
  /** The listener below: its connections and counts. */
  readonly listener: Listener;
  /**
   * Takes no new connections, gives requests in process `drainMs` milliseconds (10,000 by default), then aborts the
   * connections that are left.
   */
  stop(options?: { readonly drainMs?: number }): Promise<DrainResult>;
  /** Stops without waiting: open connections are aborted. */
  close(): Promise<void>;
}

/**
 * Listens, and serves HTTP/1.1 on every connection.
 *
 * @throws {TransportError} when it cannot listen: ADDRESS_IN_USE, PERMISSION, …
 * @throws {ProtocolError} blame "local": `serverName` cannot be sent.
 */
export async function serve(given: ServeOptions): Promise<HttpServer> {
  const options = ownOptions(given);
  // A listener's idle limit counts silence within an exchange, too. Ours counts the time between two requests.
  const { handler, observe, loopbackHosts, idleTimeoutMs: _, ...listenOptions } = options;
  let onLoopback = true; // assumed until the address is known
  const guarded = loopbackHosts && onlyHosts(handler, loopbackHosts);
  const settings = serveSettings({
    ...options,
    maxGatheredBytes: options.maxGatheredBytes ?? getHeapStatistics().heap_size_limit / 4,
    ...(guarded && { handler: (request) => (onLoopback ? guarded : handler)(request) }),
  });
  const open = new Set<ServedConnection>();
  const listener = await listen({
    ...listenOptions,
    ...(observe !== undefined && { observe: () => observe("server") }),
    onFull: () => makeRoom(open),
    handler: {
      run: async (connection) => {
        // The observer that `observe` gave the listener watches both layers.
        const observer = connection.observer as (TcpObserver & Http1Observer) | undefined;
        const served = new ServedConnection(connection, { ...settings, observer });
        open.add(served);
        await served.over;
        open.delete(served);
      },
    },
  });

  onLoopback = isLoopback(listener.address);

  const stop: HttpServer["stop"] = (stopOptions) => {
    const stopped = listener.stop(stopOptions); // first: no connection comes in between
    for (const served of open) served.drain();
    return stopped;
  };
  const close = async (): Promise<void> => {
    await stop({ drainMs: 0 });
  };
  return {
    address: listener.address,
    url: urlOf(listener.address, options.tls !== undefined),
    listener,
    stop,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Closes the connection that has waited longest for a request, so that a new connection gets its place. Resolves when it
 * is closed.
 *
 * It looks at all connections. That happens only for an accept beyond the limit, while to keep an order would cost
 * something for every request.
 */
function makeRoom(open: Iterable<ServedConnection>): Promise<unknown> | undefined {
  let oldest: ServedConnection | undefined;
  let since = Number.POSITIVE_INFINITY;
  for (const served of open) {
    const { idleSince } = served;
    if (idleSince === undefined || idleSince >= since) continue;
    oldest = served;
    since = idleSince;
  }
  return oldest?.giveWay();
}

function urlOf(address: Address, tls: boolean): string {
  const authority = address.family === "unix" ? "localhost" : formatAddress(address);
  return `${tls ? "https" : "http"}://${authority}/`;
}
