import { practice, serve } from "../../http.ts";
import type { Http1Observer } from "../../http1.ts";
import {
  connect,
  echo,
  listen,
  MODEL_NAMES,
  type ModelName,
  type TcpConnection,
  type TcpObserver,
  TransportError,
} from "../../tcp.ts";
import { converse, exchange } from "./conversing.ts";
import { arrayOf, bytesFrom, type Given, given, numberOf, textOf } from "./given.ts";
import { ActionError, type Actions } from "./lab.ts";

/*
 * The servers and clients that the page starts. Everything stays on loopback, everything is observed, and everything is
 * limited: a page must not become a tool against others, nor against this machine.
 */

/** Servers that may run at the same time. */
const MAX_SERVERS = 8;
/** Clients that one request starts. */
const MAX_CLIENTS = 50;
/** Longest wait between two pieces of a message, and of a slow client. */
const MAX_WAIT_MS = 10_000;
const MAX_PIECES = 200;
/** Conversations that the page began and that go on. */
const MAX_OPEN = 200;
const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "::1"]);

/** A server that runs, as the page lists it. */
export interface PlayServer {
  /** Counts up from 1. */
  readonly id: number;
  /** What it serves: what each client sent, or the practice endpoints. */
  readonly kind: "echo" | "http";
  /** The concurrency model. */
  readonly model: ModelName;
  /** The address it listens on: loopback. */
  readonly host: string;
  /** The port it listens on. */
  readonly port: number;
  /** What the model does on this Node, in words. */
  readonly mechanism: string;
  /** How many threads or processes serve; 0 in the models without workers. */
  readonly workers: number;
}

interface Endpoint {
  readonly family: string;
  readonly host?: string;
  readonly port?: number;
}

interface Running {
  readonly server: PlayServer;
  close(): Promise<void>;
}

/** A client that the page sent. The records of both ends have this address: the page finds the conversation by it. */
interface PlayClient {
  /** The client's own port. */
  readonly port: number;
  /** The client is silent on purpose between the pieces of its message. */
  readonly slow: boolean;
}

/** Who watches the playground. */
export interface PlaygroundOptions {
  /** Asked once for each end of each connection. */
  readonly observe: (role: "client" | "server") => (TcpObserver & Http1Observer) | undefined;
  /** Called with the servers that run, whenever they change. */
  readonly onServers: (servers: readonly PlayServer[]) => void;
}

/** What the page's actions do. */
export class Playground {
  readonly #observe: PlaygroundOptions["observe"];
  readonly #onServers: PlaygroundOptions["onServers"];
  readonly #running = new Map<number, Running>();
  /** Conversations that the page began and that go on. */
  readonly #open = new Set<TcpConnection>();
  #ids = 0;

  /** A playground without servers. */
  constructor({ observe, onServers }: PlaygroundOptions) {
    this.#observe = observe;
    this.#onServers = onServers;
  }

  /** The actions that the page may ask for. */
  get actions(): Actions {
    return {
      start: async (asked) => this.#startAsked(given(asked)),
      stop: async (asked) => this.#stop(numberOf(given(asked).id, "id", 1, Number.MAX_SAFE_INTEGER)),
      clients: async (asked) => this.#clients(given(asked)),
      send: async (asked) => this.#send(given(asked)),
    };
  }

  /** Starts a server on a free port. */
  async start(kind: PlayServer["kind"], model: ModelName, workers = 2): Promise<PlayServer> {
    if (this.#running.size >= MAX_SERVERS)
      throw new ActionError(`${MAX_SERVERS} servers run already: stop one first`);
    const running = kind === "echo" ? await this.#echo(model, workers) : await this.#http(model);
    this.#running.set(running.server.id, running);
    this.#tell();
    return running.server;
  }

  /** Stops all servers. */
  async close(): Promise<void> {
    for (const connection of this.#open) connection.abort();
    await Promise.all([...this.#running.values()].map((each) => each.close()));
    this.#running.clear();
  }

  #startAsked(asked: Given): Promise<PlayServer> {
    const kind = textOf(asked.kind, "kind", ["echo", "http"] as const);
    const model = textOf(asked.model, "model", MODEL_NAMES);
    return this.start(kind, model, numberOf(asked.workers ?? 2, "workers", 1, 8));
  }

  async #echo(model: ModelName, workers: number): Promise<Running> {
    const hasWorkers = model === "threads" || model === "processes";
    const watch = this.#watch();
    const listener = await listen({
      handler: echo,
      model,
      ...(hasWorkers && { workers }),
      observe: watch.observe,
    });
    const { address, mechanism } = listener;
    await watch.begin(address);
    return {
      server: this.#described("echo", model, address, mechanism, hasWorkers ? workers : 0),
      close: async () => void (await listener.stop({ drainMs: 0 })),
    };
  }

  async #http(model: ModelName): Promise<Running> {
    if (model !== "sequential" && model !== "event-loop")
      throw new ActionError(
        "the HTTP server runs sequential or on an event loop; the echo server in all models",
      );
    const watch = this.#watch();
    const server = await serve({ handler: practice(), model, observe: watch.observe });
    await watch.begin(server.address);
    return {
      server: this.#described("http", model, server.address, server.listener.mechanism, 0),
      close: () => server.close(),
    };
  }

  /**
   * Observes a server from its second connection on. The first one is made here: when it is over, the server is ready, so
   * that no client of the user seems to wait because a helper process of the model is still starting.
   */
  #watch() {
    let begun = false;
    return {
      observe: () => (begun ? this.#observe("server") : undefined),
      begin: async ({ host, port }: Endpoint) => {
        const connection = await connect({ host: host ?? "127.0.0.1", port: port ?? 0 });
        await connection.end();
        await connection.closed;
        begun = true;
      },
    };
  }

  #described(
    kind: PlayServer["kind"],
    model: ModelName,
    address: Endpoint,
    mechanism: string,
    workers: number,
  ): PlayServer {
    const { host = "127.0.0.1", port = 0 } = address;
    return { id: ++this.#ids, kind, model, host, port, mechanism, workers };
  }

  async #stop(id: number): Promise<void> {
    const running = this.#running.get(id);
    if (running === undefined) throw new ActionError("this server does not run any more");
    this.#running.delete(id);
    this.#tell();
    await running.close();
  }

  #tell(): void {
    this.#onServers([...this.#running.values()].map(({ server }) => server));
  }

  /** Clients at once, of which the first ones are slow: so the others show whether they have to wait. */
  async #clients(asked: Given): Promise<{ clients: readonly PlayClient[] }> {
    const id = numberOf(asked.id, "id", 1, Number.MAX_SAFE_INTEGER);
    const server = this.#running.get(id)?.server;
    if (server === undefined) throw new ActionError("this server does not run any more");
    const count = numberOf(asked.count, "count", 1, MAX_CLIENTS);
    const slow = numberOf(asked.slow, "slow", 0, count);
    const slowMs = numberOf(asked.slowMs, "slowMs", 0, MAX_WAIT_MS);
    const message = server.kind === "echo" ? "hello from a client\n" : requestTo(server);
    const clients: PlayClient[] = [];
    for (let i = 0; i < count; i++) {
      // One by one, so that they stand in the backlog in this order.
      const connection = await this.#connect(server.host, server.port);
      clients.push({ port: portOf(connection), slow: i < slow });
      this.#goOn(connection, converse(connection, message, i < slow ? slowMs : 0));
    }
    return { clients };
  }

  async #connect(host: string, port: number): Promise<TcpConnection> {
    if (this.#open.size >= MAX_OPEN)
      throw new ActionError(`${MAX_OPEN} conversations of this page go on already: wait until some end`);
    const observer = this.#observe("client");
    try {
      return await connect({ host, port, timeoutMs: 5_000, ...(observer !== undefined && { observer }) });
    } catch (error) {
      throw error instanceof TransportError ? new ActionError(error.message) : error;
    }
  }

  /** Sends a composed message: its pieces with waits between them, and the end that was asked for. */
  async #send(asked: Given): Promise<{ client: PlayClient }> {
    const host = typeof asked.host === "string" ? asked.host : "";
    if (!LOOPBACK.has(host))
      throw new ActionError("this page sends to loopback alone: 127.0.0.1, ::1 or localhost");
    const port = numberOf(asked.port, "port", 1, 65_535);
    const end = textOf(asked.end, "end", ["none", "fin", "rst"] as const);
    const pieces = arrayOf(asked.pieces, "pieces", MAX_PIECES).map((piece) => ({
      bytes: bytesFrom(given(piece).bytes, "bytes"),
      waitMs: numberOf(given(piece).waitMs ?? 0, "waitMs", 0, MAX_WAIT_MS),
    }));
    const connection = await this.#connect(host, port);
    // The page sees the rest in the records, as it happens.
    this.#goOn(connection, exchange(connection, pieces, end));
    return { client: { port: portOf(connection), slow: false } };
  }

  /** What happens to the conversation, an error too, is in its records: nobody waits for the promise. */
  #goOn(connection: TcpConnection, conversation: Promise<void>): void {
    this.#open.add(connection);
    conversation
      .catch((error: unknown) => {
        if (!(error instanceof TransportError)) throw error;
      })
      .finally(() => this.#open.delete(connection));
  }
}

const portOf = ({ local }: TcpConnection): number => (local.family === "unix" ? 0 : local.port);

const requestTo = ({ host, port }: PlayServer): string =>
  `GET /hello HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`;
