import type { ChildProcess } from "node:child_process";
import type net from "node:net";
import { fileURLToPath } from "node:url";
import type { Address } from "../address.ts";
import { type BindOptions, bind, boundAddress } from "../bind.ts";
import type { TransportError } from "../errors.ts";
import { type ListeningHandle, listeningHandle, sendHandle, serverOnHandle } from "../node-internals.ts";
import type { SocketReader } from "../socket-reader.ts";
import { closeKeepingFile, closeServer, removeFile, type SocketFile } from "../unix-path.ts";
import { loadHandler } from "./handler.ts";
import type { ConcurrencyModel, DrainResult, ModelOptions } from "./model.ts";
import { Admission } from "./serving/admission.ts";
import { Serving } from "./serving/serving.ts";
import { moduleUrl } from "./workers/module-url.ts";

export const SEQUENTIAL_MECHANISMS = {
  backlog: "one client at a time; the others wait in the kernel's backlog",
  queue: "one client at a time; the others are accepted, but not read, until it is their turn",
} as const;

interface Waiting {
  readonly socket: net.Socket;
  readonly reader: SocketReader | undefined;
}

/**
 * One client at a time, like a server without threads or events: accept, serve, accept the next.
 *
 * Node has no accept(2) to call: a server that listens accepts every connection. So no server may listen while a client
 * is served. But the listening socket must stay open, since its backlog would be lost with it. Another process, the
 * keeper, keeps it open:
 *
 *     we      listen ─ lend ─╮            close, serve ─────────── ask ─╮          close, serve
 *     keeper                 keep ─ lend ─╯ accept one                  keep ─ lend ─╯ accept one
 *
 * To close the server within the callback of the first connection ends libuv's accept loop: exactly one connection is
 * accepted. Where handles cannot be passed, all connections are accepted, and wait here, paused.
 */
export class SequentialModel implements ConcurrencyModel {
  readonly workers = [];
  readonly unobserved = 0;
  readonly #options: ModelOptions;
  #mechanism: keyof typeof SEQUENTIAL_MECHANISMS = "backlog";
  #serving: Serving | undefined;
  #where: BindOptions;
  /** The server that accepts; `undefined` while a client is served. */
  #server: net.Server | undefined;
  #keeper: ChildProcess | undefined;
  /** The file of the Unix socket that the keeper has. */
  #file: SocketFile | undefined;
  readonly #waiting: Waiting[] = [];
  readonly #admission: Admission;
  #busy = false;
  #stopped = false;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.#where = options.bind;
    this.#admission = new Admission(options);
  }

  get mechanism(): string {
    return SEQUENTIAL_MECHANISMS[this.#mechanism];
  }

  get open(): number {
    return this.#serving?.open ?? 0;
  }

  get accepted(): number {
    return this.#serving?.accepted ?? 0;
  }

  async start(): Promise<Address> {
    const handler = await loadHandler(this.#options.handler);
    this.#serving = new Serving({ ...this.#options, handler, path: this.#where.path });
    return this.#listen();
  }

  async stop(drainMs: number): Promise<DrainResult> {
    this.#stopped = true;
    closeServer(this.#server);
    const keeper = this.#keeper;
    this.#keeper = undefined;
    if (keeper?.kill("SIGKILL")) await new Promise((resolve) => keeper.once("exit", resolve));
    for (const { socket } of this.#waiting.splice(0)) socket.destroy();
    removeFile(this.#file);
    return this.#serving?.drain(drainMs) ?? { drained: true, aborted: 0 };
  }

  async #listen(): Promise<Address> {
    const server = await bind(this.#where);
    const address = boundAddress(server);
    // If the keeper is lost, we listen on the same port again.
    if (address.family !== "unix") this.#where = { ...this.#where, port: address.port };
    const handle = listeningHandle(server);
    if (handle) this.#entrust(server, handle);
    else this.#acceptAll(server);
    return address;
  }

  /** The handle is sent and our own copy closed before the loop polls: meanwhile nothing is accepted here. */
  #entrust(server: net.Server, handle: ListeningHandle): void {
    const { fork } = process.getBuiltinModule("node:child_process");
    const keeper = fork(fileURLToPath(moduleUrl("tcp/models/serving/keeper")), [], { execArgv: [] });
    this.#keeper = keeper;
    keeper.on("message", (_, lent: unknown) => this.#acceptOne(lent as ListeningHandle));
    keeper.on("error", () => {}); // "exit" follows, or the callback of `send` gets the error
    keeper.on("exit", () => this.#keeperLost(keeper));
    sendHandle(keeper, handle, (error) => {
      if (this.#stopped) closeServer(server);
      else if (error === null && this.#closeOurs(server)) this.#next();
      else {
        this.#keeper = undefined;
        keeper.kill("SIGKILL");
        this.#acceptAll(server);
      }
    });
  }

  /** The keeper has the socket: our copy must not accept. `false`: the socket's file could not be kept. */
  #closeOurs(server: net.Server): boolean {
    try {
      this.#file = closeKeepingFile(server);
      return true;
    } catch {
      return false; // the file system has no hard links
    }
  }

  #next(): void {
    if (this.#stopped || this.#busy) return;
    const waiting = this.#waiting.shift();
    if (waiting) this.#serve(waiting);
    else if (this.#keeper?.connected) this.#keeper.send({ type: "lend" });
  }

  #acceptOne(handle: ListeningHandle): void {
    if (this.#stopped) {
      handle.close();
      return;
    }
    const server = serverOnHandle(handle, this.#where.backlog);
    this.#server = server;
    this.#serving?.onAccepted(server, (socket, reader) => {
      server.close();
      this.#server = undefined;
      this.#serve({ socket, reader });
    });
    server.on("error", () => this.#admission.acceptFailed(this.open));
  }

  #acceptAll(server: net.Server): void {
    this.#mechanism = "queue";
    this.#server = server;
    this.#serving?.onAccepted(server, (socket, reader) => {
      if (!this.#admission.admits(socket, this.#waiting.length + this.open)) return;
      socket.pause();
      socket.on("error", () => {}); // a reset while it waits is noticed when its turn comes
      this.#waiting.push({ socket, reader });
      this.#next();
    });
  }

  async #serve({ socket, reader }: Waiting): Promise<void> {
    this.#busy = true;
    socket.resume();
    await this.#serving?.socket(socket, reader);
    this.#busy = false;
    this.#next();
  }

  /** The keeper was killed, and its backlog is lost. Clients that come from now on are served. */
  #keeperLost(keeper: ChildProcess): void {
    if (this.#stopped || keeper !== this.#keeper) return;
    this.#keeper = undefined;
    this.#server?.close();
    this.#server = undefined;
    this.#listen().catch((error: TransportError) => this.#options.onFailed(error));
  }
}
