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
/** How long a composed message waits for an answer that does not end. */
const ANSWER_MS = 3_000;
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

interface Running {
  readonly server: PlayServer;
  close(): Promise<void>;
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
    const listener = await listen({
      handler: echo,
      model,
      ...(hasWorkers && { workers }),
      observe: () => this.#observe("server"),
    });
    const { address, mechanism } = listener;
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
    const server = await serve({ handler: practice(), model, observe: () => this.#observe("server") });
    return {
      server: this.#described("http", model, server.address, server.listener.mechanism, 0),
      close: () => server.close(),
    };
  }

  #described(
    kind: PlayServer["kind"],
    model: ModelName,
    address: { readonly family: string; readonly host?: string; readonly port?: number },
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
  async #clients(asked: Given): Promise<void> {
    const id = numberOf(asked.id, "id", 1, Number.MAX_SAFE_INTEGER);
    const server = this.#running.get(id)?.server;
    if (server === undefined) throw new ActionError("this server does not run any more");
    const count = numberOf(asked.count, "count", 1, MAX_CLIENTS);
    const slow = numberOf(asked.slow, "slow", 0, count);
    const slowMs = numberOf(asked.slowMs, "slowMs", 0, MAX_WAIT_MS);
    const message = server.kind === "echo" ? "hello from a client\n" : requestTo(server);
    for (let i = 0; i < count; i++) {
      // One by one, so that they stand in the backlog in this order.
      const connection = await this.#connect(server.host, server.port);
      void converse(connection, message, i < slow ? slowMs : 0);
    }
  }

  async #connect(host: string, port: number): Promise<TcpConnection> {
    const observer = this.#observe("client");
    try {
      return await connect({ host, port, timeoutMs: 5_000, ...(observer !== undefined && { observer }) });
    } catch (error) {
      throw error instanceof TransportError ? new ActionError(error.message) : error;
    }
  }

  /** Sends a composed message: its pieces with waits between them, and the end that was asked for. */
  async #send(asked: Given): Promise<{ answered: number }> {
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
    try {
      for (const { bytes, waitMs } of pieces) {
        if (waitMs > 0) await pause(waitMs);
        await connection.write(bytes);
      }
      if (end === "rst") {
        connection.abort();
        return { answered: 0 };
      }
      if (end === "fin") await connection.end();
      return { answered: await readAnswer(connection) };
    } catch (error) {
      if (error instanceof TransportError) throw new ActionError(error.message);
      throw error;
    } finally {
      if (end === "none") await connection.end().catch(() => {});
    }
  }
}

const requestTo = ({ host, port }: PlayServer): string =>
  `GET /hello HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`;

/** One client: sends the message, reads the answer, ends. A slow client sends it in three pieces. */
async function converse(connection: TcpConnection, message: string, slowMs: number): Promise<void> {
  try {
    const third = Math.ceil(message.length / 3);
    const pieces = slowMs === 0 ? [message] : [0, 1, 2].map((i) => message.slice(i * third, (i + 1) * third));
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) await pause(slowMs / 2);
      await connection.write(piece);
    }
    await connection.end();
    await readAnswer(connection, MAX_WAIT_MS * 2);
  } catch {
    // The records of this connection tell what happened; the page shows it there.
  }
}

/** Reads until the peer ends, or has been silent for a while. Returns how many bytes came. */
async function readAnswer(connection: TcpConnection, maxSilenceMs = ANSWER_MS): Promise<number> {
  let bytes = 0;
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), maxSilenceMs);
    });
    const chunk = await Promise.race([connection.read(), silence]);
    clearTimeout(timer);
    if (chunk === undefined) break;
    bytes += chunk.length;
  }
  await connection.end();
  return bytes;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
