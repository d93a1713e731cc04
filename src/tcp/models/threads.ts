import type net from "node:net";
import { counted } from "../../bytes/text.ts";
import type { Address } from "../address.ts";
import { bind, boundAddress } from "../bind.ts";
import type { TcpConnection } from "../connection.ts";
import type { TcpObserver } from "../observer.ts";
import { relay } from "../relay.ts";

import { closeServer } from "../unix-path.ts";
import { describeThrown, requireModule } from "./handler.ts";
import type { ConcurrencyModel, DrainResult, ModelOptions, WorkerInfo } from "./model.ts";
import { Serving } from "./serving/serving.ts";
import type { FromWorker, RelayedConnection, WorkerSetup } from "./workers/messages.ts";
import { moduleUrl } from "./workers/module-url.ts";
import { type WorkerEvents, type WorkerLink, WorkerPool } from "./workers/pool.ts";
import { portConnection } from "./workers/port-connection.ts";
import { RelayedObserver } from "./workers/relayed-observer.ts";
import { reusePortWorks } from "./workers/reuse-port.ts";
import type { Handed } from "./workers/slot.ts";

export const THREAD_MECHANISMS = {
  reusePort: "every thread listens, and the kernel spreads the connections (SO_REUSEPORT)",
  relay: "the main thread owns the sockets, and the bytes cross to the threads as messages",
} as const;

/**
 * Worker threads, each with an event loop of its own.
 *
 * With `reusePort` each thread listens. Without it (Node < 22.12) threads cannot safely share a descriptor: a thread that
 * dies closes the descriptor for all. So the main thread keeps the sockets, and relays the bytes of each connection over a
 * message port.
 */
export class WorkerThreadsModel implements ConcurrencyModel {
  readonly #options: ModelOptions;
  readonly #pool: WorkerPool<ThreadLink>;
  readonly #module: string;
  #mechanism: keyof typeof THREAD_MECHANISMS = "relay";
  /** These two exist only in a relay. */
  #server: net.Server | undefined;
  #relaying: Serving | undefined;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.#module = requireModule(options.handler, "threads");
    this.#pool = new WorkerPool(options, startThread);
  }

  get mechanism(): string {
    return `${counted(this.#options.workers, "thread")}; ${THREAD_MECHANISMS[this.#mechanism]}`;
  }

  get open(): number {
    return this.#pool.open;
  }

  get accepted(): number {
    return this.#pool.accepted;
  }

  get unobserved(): number {
    return this.#pool.unobserved;
  }

  get workers(): readonly WorkerInfo[] {
    return this.#pool.workers;
  }

  async start(): Promise<Address> {
    // Several sockets cannot listen on one file, and an inherited socket is one already.
    const { path, fd } = this.#options.bind;
    if (path === undefined && fd === undefined && (await reusePortWorks())) return this.#listenInThreads();
    return this.#listenHere();
  }

  async stop(drainMs: number): Promise<DrainResult> {
    closeServer(this.#server);
    const result = await this.#pool.stop(drainMs);
    // The workers' ends of the relays are drained or aborted: ours have only to send what is queued.
    await this.#relaying?.drain(drainMs > 0 ? 1_000 : 0);
    return result;
  }

  async #listenInThreads(): Promise<Address> {
    this.#mechanism = "reusePort";
    const { bind: where, workers, maxConnections } = this.#options;
    await refuseTakenPort(this.#options);
    const setup = (first: Address | undefined): WorkerSetup => {
      const port = first !== undefined && first.family !== "unix" ? first.port : where.port;
      const share = Math.max(1, Math.floor(maxConnections / workers));
      return { ...this.#setup(), maxConnections: share, bind: { ...where, port, reusePort: true } };
    };
    return (await this.#pool.start(setup, true)) as Address;
  }

  async #listenHere(): Promise<Address> {
    const { bind: where, observe } = this.#options;
    const server = await bind(where);
    this.#server = server;
    const relaying = new Serving({
      ...this.#options,
      path: where.path,
      handler: (connection) => this.#relay(connection),
      idleTimeoutMs: 0, // the worker watches the limit
      observe: observe && (() => relayed(observe())),
      // The worker reports the connection.
      onConnection() {},
      onClosed() {},
    });
    this.#relaying = relaying;
    const waiting: net.Socket[] = [];
    server.on("connection", (socket) => waiting.push(socket.on("error", () => {})));
    try {
      await this.#pool.start(() => this.#setup(), false);
    } catch (error) {
      closeServer(server);
      for (const socket of waiting) socket.destroy();
      throw error;
    }
    server.removeAllListeners("connection");
    relaying.acceptFrom(server);
    for (const socket of waiting) relaying.socket(socket);
    return boundAddress(server);
  }

  #setup(): WorkerSetup {
    const { bind: where, tls, proxyHeader, idleTimeoutMs, observe } = this.#options;
    return {
      type: "setup",
      module: this.#module,
      path: where.path,
      tls: this.#mechanism === "reusePort" ? tls : undefined,
      proxyHeader: this.#mechanism === "reusePort" ? proxyHeader : undefined,
      bind: undefined,
      maxConnections: undefined,
      idleTimeoutMs,
      // The sockets of a relay are watched here.
      observed: this.#mechanism === "reusePort" && observe !== undefined,
    };
  }

  async #relay(connection: TcpConnection): Promise<void> {
    const { id, local, remote, tls, observer } = connection;
    const handed: Handed<ThreadLink> = {
      id,
      local,
      remote,
      // The bytes that were sent to a thread that died are lost.
      again: false,
      send(link, worker) {
        if (observer instanceof RelayedObserver) observer.begin(worker);
        relay(connection, link.relay({ local, remote, tls }, id));
      },
      taken() {},
      drop: (reason) => connection.abort(reason),
      counts: () => ({ bytesIn: connection.bytesIn, bytesOut: connection.bytesOut }),
    };
    this.#pool.hand(handed);
    await connection.closed;
    this.#pool.withdraw(handed);
  }
}

const relayed = (observer: TcpObserver | undefined) => observer && new RelayedObserver(observer);

/** With SO_REUSEPORT a second server on the same port is no error: the two would share the clients, unnoticed. */
async function refuseTakenPort({ bind: where }: ModelOptions): Promise<void> {
  if (where.port === 0) return;
  const probe = await bind(where);
  await new Promise<void>((resolve) => probe.close(() => resolve()));
}

interface ThreadLink extends WorkerLink {
  /** This thread's end of a connection that leads into the worker. */
  relay(connection: RelayedConnection, handed: number): TcpConnection;
}

function startThread({ onMessage, onExit }: WorkerEvents): ThreadLink {
  const { Worker, MessageChannel } = process.getBuiltinModule("node:worker_threads");
  // Threads inherit our flags. `--input-type` is for a script on the command line, and Node refuses it for a file.
  const hasScriptFlag = process.execArgv.some((flag) => flag.startsWith("--input-type"));
  const worker = new Worker(moduleUrl("tcp/models/workers/entry"), hasScriptFlag ? { execArgv: [] } : {});
  let thrown: ReturnType<typeof describeThrown> | undefined;
  worker.on("message", (message: FromWorker) => onMessage(message));
  worker.on("error", (error) => {
    thrown = describeThrown(error);
  });
  worker.on("exit", (code) => onExit(thrown?.reason ?? `exit code ${code}`, thrown?.stack));
  return {
    post: (message) => worker.postMessage(message),
    kill: () => void worker.terminate(),
    relay(connection, handed) {
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ type: "relay", port: port2, connection, handed }, [port2]);
      return portConnection(port1, { id: handed, role: "client", ...connection });
    },
  };
}
