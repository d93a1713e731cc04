import type { ChildProcess } from "node:child_process";
import type net from "node:net";
import { fileURLToPath } from "node:url";
import { counted } from "../../bytes/text.ts";
import type { Address } from "../address.ts";
import { nextConnectionId } from "../base-connection.ts";
import { bind, boundAddress } from "../bind.ts";
import { socketAddresses } from "../socket-connection.ts";
import { closeServer } from "../unix-path.ts";
import { requireModule } from "./handler.ts";
import type { ConcurrencyModel, DrainResult, ModelOptions, WorkerInfo } from "./model.ts";
import { Admission } from "./serving/admission.ts";
import type { FromWorker, WorkerSetup } from "./workers/messages.ts";
import { moduleUrl } from "./workers/module-url.ts";
import { type WorkerEvents, type WorkerLink, WorkerPool } from "./workers/pool.ts";
import type { Handed } from "./workers/slot.ts";

export const PROCESSES_MECHANISM =
  "the parent accepts, and passes each socket to the child process that has the fewest";

/** Accepts, and passes each socket to the child process that has the fewest connections. */
export class ProcessesModel implements ConcurrencyModel {
  readonly #options: ModelOptions;
  readonly #pool: WorkerPool<ProcessLink>;
  readonly #module: string;
  readonly #admission: Admission;
  #server: net.Server | undefined;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.#module = requireModule(options.handler, "processes");
    this.#pool = new WorkerPool(options, forkWorker);
    this.#admission = new Admission({ ...options, onFull: undefined });
  }

  get mechanism(): string {
    return `${counted(this.#options.workers, "process", "processes")}; ${PROCESSES_MECHANISM}`;
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
    const { bind: where, tls, proxyHeader } = this.#options;
    // First of all: if the port is in use, no worker is started in vain. Clients that connect meanwhile wait.
    const server = await bind({ ...where, pauseOnConnect: true });
    this.#server = server;
    const waiting: net.Socket[] = [];
    server.on("connection", (socket) => waiting.push(socket.on("error", () => {})));
    const setup: WorkerSetup = {
      type: "setup",
      module: this.#module,
      path: where.path,
      tls,
      proxyHeader,
      bind: undefined,
      maxConnections: undefined,
      idleTimeoutMs: this.#options.idleTimeoutMs,
      observed: this.#options.observe !== undefined,
    };
    try {
      await this.#pool.start(() => setup, false);
    } catch (error) {
      closeServer(server);
      for (const socket of waiting) socket.destroy();
      throw error;
    }
    server.removeAllListeners("connection");
    server.on("connection", (socket) => this.#hand(socket));
    server.on("error", () => this.#admission.acceptFailed(this.#pool.open));
    for (const socket of waiting) this.#hand(socket);
    return boundAddress(server);
  }

  async stop(drainMs: number): Promise<DrainResult> {
    closeServer(this.#server);
    return this.#pool.stop(drainMs);
  }

  #hand(socket: net.Socket): void {
    // The socket is ours until a worker has it, and the peer may reset it meanwhile.
    socket.on("error", () => {});
    if (!this.#admission.admits(socket, this.#pool.assigned)) return;
    const addresses = socketAddresses(socket, this.#options.bind.path);
    // The peer reset the connection while it waited in the backlog.
    if (addresses === undefined) socket.destroy();
    else this.#pool.hand(handedSocket(socket, addresses));
  }
}

/**
 * A socket on its way to a worker. It stays open here until the worker says that it has it: a worker that dies before
 * loses what was sent to it. Then this copy is closed and not reset, since a reset would break the worker's copy, too.
 */
function handedSocket(
  socket: net.Socket,
  addresses: { readonly local: Address; readonly remote: Address },
): Handed<ProcessLink> {
  const id = nextConnectionId();
  return {
    id,
    ...addresses,
    again: true,
    send: (link) => link.hand(socket, id),
    taken: () => socket.destroy(),
    drop: () => (addresses.remote.family === "unix" ? socket.destroy() : socket.resetAndDestroy()),
  };
}

interface ProcessLink extends WorkerLink {
  hand(socket: net.Socket, handed: number): void;
}

function forkWorker({ onMessage, onExit }: WorkerEvents): ProcessLink {
  const { fork } = process.getBuiltinModule("node:child_process");
  const child: ChildProcess = fork(fileURLToPath(moduleUrl("tcp/models/workers/entry")), [], {
    execArgv: nodeFlags(),
  });
  child.on("message", (message: FromWorker) => onMessage(message));
  // Either the process could not be started, or a message could not be sent: then "exit" follows.
  child.on("error", (error) => child.pid === undefined && onExit(error.message));
  child.on("exit", (code, signal) => {
    const reason = signal === null ? `exit code ${code}` : `killed by ${signal}`;
    // Its last messages are read first: a connection that it took over must not go to another worker as well.
    if (!child.connected) return onExit(reason);
    // After a write that had to wait, Node's channel no longer keeps this process alive: nobody would read its end.
    child.channel?.ref();
    child.once("disconnect", () => onExit(reason));
  });
  return {
    ...(child.pid !== undefined && { pid: child.pid }),
    post: (message) => void (child.connected && child.send(message)),
    hand(socket, handed) {
      // A socket that cannot be sent stays with the pool, which hands it to another worker when this one has ended.
      if (child.connected) child.send({ type: "socket", handed }, socket, { keepOpen: true }, () => {});
    },
    kill: () => child.kill("SIGKILL"),
  };
}

/** Node's flags of this process, which a handler may need (a loader, say), without a script from the command line. */
function nodeFlags(): string[] {
  return process.execArgv.filter(
    (flag, index, all) =>
      !/^(-e|-p|-pe|--eval|--print|--input-type)\b/.test(flag) &&
      !/^(-e|-p|-pe|--eval|--print)$/.test(all[index - 1] ?? ""),
  );
}
