import { once } from "node:events";
import net from "node:net";
import type { HttpClientOptions } from "../../src/http/client/client.ts";
import type { ServerRequest } from "../../src/http/server/handler.ts";
import { serve } from "../../src/http/server/server.ts";
import type { ServeConnectionOptions } from "../../src/http/server/settings.ts";
import { echo } from "../../src/tcp/echo.ts";
import { listen } from "../../src/tcp/listen.ts";
import { CERTIFICATE } from "../../test/support/certificate.ts";
import type { Exchange, Reply } from "./exchanges.ts";
import { type Fault, type Passage, Relay } from "./relay.ts";

/** What our server's handler saw of one request. */
export interface Seen {
  readonly target: string;
  readonly trailers: string;
  readonly content: Buffer;
  readonly error?: unknown;
}

/** What both ends reported in one run of an exchange. */
export interface Outcome {
  readonly replies: readonly Reply[];
  readonly seen: readonly Seen[];
  /** Errors that our server reported by itself: failed exchanges, refused requests. */
  readonly serverErrors: readonly unknown[];
  /** What passed through the relay, one entry for each connection. */
  readonly passages: readonly Passage[];
  /** Names what had not ended in time. */
  readonly hung: readonly string[];
}

/**
 * Much longer than anything here takes, and much shorter than every timeout: an end that waits for a timeout has hung.
 */
const PATIENCE_MS = 8000;

/** The timeouts of both ends, for faults that only a timeout can find. */
export const SHORT_TIMEOUT_MS = 300;

/** A server, with a relay in front of it, for one exchange after the other. */
export class Stage implements AsyncDisposable {
  readonly #exchange: Exchange;
  readonly #backend: Backend;
  readonly #relay: Relay;
  readonly #timeouts: HttpClientOptions;

  private constructor(exchange: Exchange, backend: Backend, relay: Relay, timeouts: HttpClientOptions) {
    this.#exchange = exchange;
    this.#backend = backend;
    this.#relay = relay;
    this.#timeouts = timeouts;
  }

  static async set(exchange: Exchange, timeoutMs = 60_000): Promise<Stage> {
    const timeouts = { headTimeoutMs: timeoutMs, bodyTimeoutMs: timeoutMs, writeTimeoutMs: timeoutMs };
    const backend = await backendOf(exchange, timeoutMs);
    const connectOptions = { timeoutMs, ...(exchange.tls && { tls: { ca: [CERTIFICATE.cert] } }) };
    return new Stage(exchange, backend, await Relay.to(backend.port), {
      ...timeouts,
      connect: connectOptions,
    });
  }

  async run(fault: Fault | undefined): Promise<Outcome> {
    const { seen, errors } = this.#backend;
    seen.length = 0;
    errors.length = 0;
    this.#relay.arm(fault);
    const hung: string[] = [];
    const origin = `${this.#exchange.tls ? "https" : "http"}://localhost:${this.#relay.port}`;
    const target = { port: this.#relay.port, origin, clientOptions: this.#timeouts };
    const replies = await within(this.#exchange.client(target));
    if (replies === undefined) hung.push("the client");
    else if ((await within(this.#backend.idle())) === undefined) hung.push("the server");
    this.#relay.clear();
    return {
      replies: replies ?? [],
      seen: [...seen],
      serverErrors: [...errors],
      passages: this.#relay.passages,
      hung,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay[Symbol.asyncDispose]();
    await this.#backend.close();
  }
}

/** The server of a stage. */
interface Backend {
  readonly port: number;
  readonly seen: Seen[];
  readonly errors: unknown[];
  /** Resolves when no connection is open any more. */
  idle(): Promise<true>;
  close(): Promise<unknown>;
}

async function backendOf(exchange: Exchange, timeoutMs: number): Promise<Backend> {
  const { server, endsWithConnection = false } = exchange;
  if (typeof server === "string" && server !== "echo") return scriptedBackend(server, endsWithConnection);
  const seen: Seen[] = [];
  const errors: unknown[] = [];
  let wake = (): void => {};
  const onClosed = () => wake();
  const onError = (error: unknown) => void errors.push(error);
  const listener =
    server === "echo"
      ? await listen({ handler: echo, onClosed })
      : (
          await serve({
            ...serverOptions(timeoutMs, onError),
            ...(exchange.tls && { tls: CERTIFICATE }),
            onClosed,
            handler,
          })
        ).listener;
  async function handler(request: ServerRequest) {
    const { target } = request;
    try {
      const content = Buffer.from(await request.bytes());
      seen.push({ target, content, trailers: request.trailers.lines.join() });
      return (server as Exclude<typeof server, string>)(request, content);
    } catch (error) {
      seen.push({ target, content: Buffer.alloc(0), trailers: "", error });
      throw error;
    }
  }
  const { address } = listener;
  if (address.family === "unix") throw new Error("listening on a port gave no port");
  return {
    port: address.port,
    seen,
    errors,
    close: () => listener.close(),
    async idle() {
      while (listener.open > 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return true;
    },
  };
}

function serverOptions(
  timeoutMs: number,
  onError: (error: unknown) => void,
): Omit<ServeConnectionOptions, "handler"> {
  return {
    headTimeoutMs: timeoutMs,
    requestTimeoutMs: timeoutMs,
    idleTimeoutMs: timeoutMs,
    writeTimeoutMs: timeoutMs,
    now: () => 0,
    onExchange: ({ error }) => error !== undefined && onError(error),
    onRefused: onError,
  };
}

/** A server that is not ours: it sends its text after every head. */
async function scriptedBackend(text: string, endsWithConnection: boolean): Promise<Backend> {
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    let head = "";
    socket.on("data", (bytes) => {
      head += bytes.toString("latin1");
      if (!head.endsWith("\r\n\r\n")) return;
      head = "";
      if (endsWithConnection) socket.end(text);
      else socket.write(text);
    });
    socket.on("error", () => {}).on("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    seen: [],
    errors: [],
    idle: async () => true,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function within<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
