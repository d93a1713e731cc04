import { type Address, formatAddress } from "./address.ts";
import { type Clock, systemClock } from "./clock.ts";
import { descriptorLimit, descriptorReserve, hasRoomBelowReserve } from "./descriptors.ts";
import { TransportError } from "./errors.ts";
import { EventLoopModel } from "./models/event-loop.ts";
import type {
  ClosedInfo,
  ConcurrencyModel,
  ConnectionHandler,
  DrainResult,
  HandlerRef,
  ModelName,
  ModelOptions,
  OpenedInfo,
  WorkerEvent,
  WorkerInfo,
} from "./models/model.ts";
import type { Overload } from "./models/serving/admission.ts";
import type { ProxyHeaderOptions } from "./models/serving/proxied-socket.ts";
import { type TcpObserver, tell, throwLater } from "./observer.ts";
import { ownOptions } from "./own-options.ts";
import type { ServerTlsOptions } from "./tls.ts";

/** Where to listen, who handles the connections, and the limits. */
export interface ListenOptions {
  /** The address to listen on, 127.0.0.1 by default: only this machine can connect. */
  readonly host?: string;
  /** The TCP port; 0, the default, is any free port. */
  readonly port?: number;
  /** The path of a Unix socket, in place of host and port. */
  readonly path?: string;
  /**
   * The descriptor of a listening TCP socket that this process was given (by a supervisor, or systemd's socket
   * activation), in place of host and port. The socket lives on after us, with the connections that wait to be
   * accepted: start the next process on it, then stop this one, and no client sees a gap. That holds for every model;
   * "threads" relays then. (Two sockets on one port, SO_REUSEPORT, would lose the connections that wait at the closed
   * one.)
   */
  readonly fd?: number;
  /** How many connections the kernel may hold until they are accepted, 511 by default. */
  readonly backlog?: number;
  /** Speak TLS with this certificate. Off by default. */
  readonly tls?: ServerTlsOptions;
  /**
   * Proxies stand in front and name the client: every connection comes from one of them and begins with a PROXY
   * header (version 1 or 2) within 5 s. The connection's addresses are then the client's. Off by default.
   */
  readonly proxyHeader?: ProxyHeaderOptions;
  /** The concurrency model, "event-loop" by default. */
  readonly model?: ModelName;
  /** How many workers "threads" and "processes" have; as many as there are cores by default, at least 2. */
  readonly workers?: number;
  /** Handles each connection. "threads" and "processes" need a module: a function cannot leave its thread. */
  readonly handler: ConnectionHandler | HandlerRef;
  /**
   * Asked for each connection: who watches it? `undefined`: nobody. In every model it is asked on this thread, and the
   * observer is told on this thread.
   *
   * "threads" and "processes" send the events of their workers here, up to 8 MiB ahead of this thread for each worker.
   * While this thread is busier than that, events are dropped: "dropped" tells how many.
   */
  readonly observe?: () => TcpObserver | undefined;
  /** Told of every connection that a handler begins with. */
  readonly onConnection?: (info: OpenedInfo) => void;
  /** Told of every connection that is over, and why. */
  readonly onClosed?: (info: ClosedInfo) => void;
  /** Told when a worker starts, dies or is given up. */
  readonly onWorker?: (event: WorkerEvent) => void;
  /**
   * Milliseconds for which a worker may answer nothing because its event loop is blocked, 10,000 by default;
   * `Infinity` for ever. The worker is asked five times within that time; then it is ended and replaced, and its
   * connections are reset.
   */
  readonly maxWorkerSilenceMs?: number;
  /**
   * Told when nobody can be served any more: every worker died too often, or the port was lost. The listener has
   * stopped by then. Without `onFailed` the error becomes an uncaught exception.
   */
  readonly onFailed?: (error: TransportError) => void;
  /**
   * How many connections may be open. A connection beyond that is closed at once; under "sequential" it waits in the
   * backlog.
   *
   * By default the process's descriptors are the limit: the last eighth of them (16 to 256) is not for connections,
   * so that files can still be opened, and so that no connection is lost in silence, as Node would do.
   */
  readonly maxConnections?: number;
  /**
   * TCP keep-alive probes after so many milliseconds without a byte, 60,000 by default; 0: none. They find a client
   * that vanished.
   */
  readonly keepAliveMs?: number;
  /**
   * Milliseconds without a byte in either direction, after which a connection is reset (TIMEOUT_IDLE). 0, the
   * default: no limit.
   */
  readonly idleTimeoutMs?: number;
  /** Told of every connection that was refused because there are too many. */
  readonly onOverload?: (info: OverloadInfo) => void;
  /**
   * Asked before a connection is refused: makes another one leave in its place, and resolves when that one is closed;
   * `undefined`: none can leave. Not asked while as many are leaving as half of the descriptors that are kept free
   * (8 to 128). Only models that handle in this process can use it: event-loop and sequential.
   */
  readonly onFull?: () => Promise<unknown> | undefined;
  /** Where time comes from: the system by default. Workers always use the system's. */
  readonly clock?: Clock;
  /** Stops the listener, without draining, when it is aborted. */
  readonly signal?: AbortSignal;
}

/** A connection that was refused, or could not be accepted. */
export interface OverloadInfo extends Overload {
  /** Connections refused so far, with this one; "accept-error" does not count. */
  readonly refused: number;
}

/** A listening socket and the connections that came by it. */
export interface Listener extends AsyncDisposable {
  /** Where it listens; `port` is the real one. */
  readonly address: Address;
  /** The concurrency model in use. */
  readonly model: ModelName;
  /** What the model does on this Node, in words. */
  readonly mechanism: string;
  /** Connections that are open now. */
  readonly open: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections that were closed at once, because there were too many. */
  readonly refused: number;
  /** The workers; empty for models without workers. */
  readonly workers: readonly WorkerInfo[];
  /**
   * Connections that `observe` was not asked for: they came and went in a worker while this thread was too busy to hear
   * of them. 0 if nobody observes.
   */
  readonly unobserved: number;
  /**
   * Accepts no more, waits `drainMs` milliseconds (10,000 by default) for open connections to end, aborts the rest.
   */
  stop(options?: { readonly drainMs?: number }): Promise<DrainResult>;
  /** Stops without waiting: open connections are aborted. */
  close(): Promise<DrainResult>;
}

const DEFAULT_BACKLOG = 511;
const DEFAULT_KEEP_ALIVE_MS = 60_000;
const DEFAULT_DRAIN_MS = 10_000;
const DEFAULT_WORKER_SILENCE_MS = 10_000;

/**
 * Listens, and runs the handler on every connection under the concurrency model asked for.
 *
 * A handler that returns ends its connection; one that throws aborts it, which `onClosed` reports.
 *
 * @throws {TransportError} ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE, PERMISSION, HANDLER_INVALID, OVERLOADED, ABORTED, …
 */
export async function listen(given: ListenOptions): Promise<Listener> {
  const options = ownOptions(given);
  const name = options.model ?? "event-loop";
  let refused = 0;
  const model = await createModel(name, {
    bind: {
      host: options.host ?? "127.0.0.1",
      port: options.port ?? 0,
      path: options.path,
      fd: options.fd,
      backlog: options.backlog ?? DEFAULT_BACKLOG,
      keepAliveMs: options.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS,
    },
    idleTimeoutMs: options.idleTimeoutMs ?? 0,
    tls: options.tls,
    proxyHeader: options.proxyHeader,
    handler: typeof options.handler === "function" ? { run: options.handler } : options.handler,
    workers: Math.max(
      1,
      options.workers ?? Math.max(2, process.getBuiltinModule("node:os").availableParallelism()),
    ),
    maxConnections: options.maxConnections ?? Number.POSITIVE_INFINITY,
    observe: options.observe,
    onConnection: (info) => tell(options.onConnection, info),
    onClosed: (info) => tell(options.onClosed, info),
    onWorker: (event) => tell(options.onWorker, event),
    maxWorkerSilenceMs: options.maxWorkerSilenceMs ?? DEFAULT_WORKER_SILENCE_MS,
    onFailed(error) {
      void stop(0).then(() => (options.onFailed ? tell(options.onFailed, error) : throwLater(error)));
    },
    onOverload: (overload) => {
      if (overload.reason !== "accept-error") refused++;
      tell(options.onOverload, { ...overload, refused });
    },
    clock: options.clock ?? systemClock,
    onFull: options.onFull && (() => tell(options.onFull, undefined)),
  });
  throwIfAborted(options.signal);
  const address = await model.start();
  if (!hasRoomBelowReserve(1)) {
    await model.stop(0);
    throw noDescriptors(address);
  }

  let stopping: Promise<DrainResult> | undefined;
  const stop = (drainMs: number) => {
    options.signal?.removeEventListener("abort", onAbort);
    // A second stop, without a drain, cuts the first one short.
    if (stopping === undefined || drainMs === 0) stopping = model.stop(drainMs);
    return stopping;
  };
  const onAbort = () => void stop(0);
  options.signal?.addEventListener("abort", onAbort);
  if (options.signal?.aborted) {
    await stop(0);
    throwIfAborted(options.signal);
  }

  return {
    address,
    model: name,
    mechanism: model.mechanism,
    get open() {
      return model.open;
    },
    get accepted() {
      return model.accepted;
    },
    get refused() {
      return refused;
    },
    get unobserved() {
      return model.unobserved;
    },
    get workers() {
      return model.workers;
    },
    stop: ({ drainMs = DEFAULT_DRAIN_MS } = {}) => stop(drainMs),
    close: () => stop(0),
    [Symbol.asyncDispose]: async () => {
      await stop(0);
    },
  };
}

/** A listener that could only refuse every connection is not started. */
function noDescriptors(address: Address): TransportError {
  const limit = descriptorLimit();
  const reason = `no file descriptor is left for connections: this process may have ${limit} (ulimit -n), and the last ${descriptorReserve()} are for other uses`;
  return new TransportError("OVERLOADED", "listen", `cannot listen on ${formatAddress(address)}: ${reason}`);
}

/** The event loop is loaded already. The other models are loaded when they are asked for. */
async function createModel(name: ModelName, options: ModelOptions): Promise<ConcurrencyModel> {
  switch (name) {
    case "event-loop":
      return new EventLoopModel(options);
    case "sequential":
      return new (await import("./models/sequential.ts")).SequentialModel(options);
    case "threads":
      return new (await import("./models/threads.ts")).WorkerThreadsModel(options);
    case "processes":
      return new (await import("./models/processes.ts")).ProcessesModel(options);
    default:
      name satisfies never;
      throw new TransportError("HANDLER_INVALID", "listen", `there is no concurrency model "${name}"`);
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new TransportError("ABORTED", "listen", "listen was aborted", { cause: signal.reason });
}
