import { once } from "node:events";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HttpClient } from "../../src/http/client/client.ts";
import { staticFiles } from "../../src/http/server/files/static-files.ts";
import type { Answer, ServerRequest } from "../../src/http/server/handler.ts";
import { type HttpServer, serve } from "../../src/http/server/server.ts";
import { type Clock, systemClock } from "../../src/tcp/clock.ts";
import { CERTIFICATE } from "../../test/support/certificate.ts";

/** Counts at both ends. All must be 0 at the end. */
export class Counts {
  /** Running timers of our clock. */
  timers = 0;
  /** Generators of content that have not ended, at either end. */
  streams = 0;
  /** Running handlers. */
  handlers = 0;
}

/**
 * The system's clock with a count of running timers: a timer that does not keep the process alive shows nowhere else.
 */
function countingClock(counts: Counts): Clock {
  return {
    ...systemClock,
    every(ms, tick) {
      counts.timers++;
      return onceOnly(systemClock.every(ms, tick), () => counts.timers--);
    },
    after(ms, expired) {
      counts.timers++;
      const over = onceOnly(
        () => {},
        () => counts.timers--,
      );
      const stop = systemClock.after(ms, () => {
        over();
        expired();
      });
      return () => {
        stop();
        over();
      };
    },
  };
}

function onceOnly(first: () => void, then: () => void): () => void {
  let done = false;
  return () => {
    first();
    if (!done) then();
    done = true;
  };
}

/** The servers, and the clients that fail with them. */
export class World implements AsyncDisposable {
  readonly counts = new Counts();
  readonly client: HttpClient;
  /** A client with one connection for each origin: the second request waits. */
  readonly narrow: HttpClient;
  readonly plain: HttpServer;
  readonly secure: HttpServer;
  /** This server accepts, and then says nothing. */
  readonly silentPort: number;
  /** This server sends bytes that are neither HTTP nor TLS. */
  readonly garbagePort: number;
  /** This server ends each connection that it has accepted. */
  readonly endingPort: number;
  /** A port where no program listens. */
  readonly closedPort: number;
  readonly #raw: readonly net.Server[];
  readonly #sockets: Set<net.Socket>;
  readonly #directory: string;

  private constructor(parts: {
    counts: Counts;
    plain: HttpServer;
    secure: HttpServer;
    raw: readonly net.Server[];
    sockets: Set<net.Socket>;
    closedPort: number;
    directory: string;
  }) {
    this.counts = parts.counts;
    const clock = countingClock(parts.counts);
    const connect = { tls: { ca: [CERTIFICATE.cert] } };
    this.client = new HttpClient({ connect, clock, maxConnectionsPerOrigin: 64, maxQueued: 100_000 });
    this.narrow = new HttpClient({ connect, clock, maxConnectionsPerOrigin: 1 });
    this.plain = parts.plain;
    this.secure = parts.secure;
    this.#raw = parts.raw;
    this.#sockets = parts.sockets;
    this.#directory = parts.directory;
    [this.silentPort, this.garbagePort, this.endingPort] = parts.raw.map(portOf) as [number, number, number];
    this.closedPort = parts.closedPort;
  }

  static async create(): Promise<World> {
    const counts = new Counts();
    const directory = mkdtempSync(join(tmpdir(), "wirepane-leaks-"));
    writeFileSync(join(directory, "large.bin"), Buffer.alloc(2_000_000, "leak"));
    const handler = countingHandler(counts, directory);
    const options = { handler, clock: countingClock(counts), maxRequestsPerConnection: 1_000_000 };
    const sockets = new Set<net.Socket>();
    const raw = [
      await rawServer(sockets, () => {}),
      await rawServer(sockets, (socket) => socket.end("\x16\x03nothing of any use\r\n\r\n")),
      await rawServer(sockets, (socket) => socket.end()),
    ];
    const closed = await rawServer(sockets, () => {});
    const closedPort = portOf(closed);
    closed.close();
    await once(closed, "close");
    const plain = await serve(options);
    const secure = await serve({ ...options, tls: CERTIFICATE });
    return new World({ counts, plain, secure, raw, sockets, closedPort, directory });
  }

  /** The connections that our servers have open. */
  get openAtServers(): number {
    return this.plain.listener.open + this.secure.listener.open;
  }

  get plainPort(): number {
    return portOfHttp(this.plain);
  }

  get securePort(): number {
    return portOfHttp(this.secure);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.client.close(), this.narrow.close()]);
    await Promise.all([this.plain.stop(), this.secure.stop()]);
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#raw) {
      server.close();
      await once(server, "close");
    }
    rmSync(this.#directory, { recursive: true });
  }
}

/** Answers as the path says, and counts itself until it has answered. */
function countingHandler(counts: Counts, directory: string): (request: ServerRequest) => Promise<Answer> {
  const files = staticFiles(directory);
  const answer = async (request: ServerRequest): Promise<Answer> => {
    switch (request.rawPath) {
      case "/whole":
        return { body: "all of it" };
      case "/never":
        await lost(request);
        return { body: "too late" };
      case "/take":
        return { body: `${(await request.bytes()).length} bytes` };
      case "/drip":
        return { body: dripping(request, counts) };
      case "/stream":
        return { body: pieces(counts, 64) };
      case "/file-stream":
        return { body: createReadStream(join(directory, "large.bin")) };
      default:
        return files(request);
    }
  };
  return async (request) => {
    counts.handlers++;
    try {
      return await answer(request);
    } finally {
      counts.handlers--;
    }
  };
}

/** Waits until the request is aborted, but not for ever: after a FIN nobody knows whether the client still waits. */
function lost({ signal }: ServerRequest): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, MAX_WAIT_MS);
    signal.addEventListener("abort", over);
    if (signal.aborted) over();
  });
}

const MAX_WAIT_MS = 500;

/** One piece, and the end when the request is aborted. */
async function* dripping(request: ServerRequest, counts: Counts): AsyncGenerator<Uint8Array> {
  counts.streams++;
  try {
    yield Buffer.from("drop");
    await lost(request);
  } finally {
    counts.streams--;
  }
}

/** Content of `count` pieces of 16 KiB. */
export async function* pieces(counts: Counts, count: number): AsyncGenerator<Uint8Array> {
  counts.streams++;
  try {
    for (let at = 0; at < count; at++) yield Buffer.alloc(16 * 1024, "piece");
  } finally {
    counts.streams--;
  }
}

async function rawServer(
  sockets: Set<net.Socket>,
  onConnection: (socket: net.Socket) => void,
): Promise<net.Server> {
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    socket.resume();
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const portOf = (server: net.Server): number => (server.address() as net.AddressInfo).port;

function portOfHttp({ address }: HttpServer): number {
  if (address.family === "unix") throw new Error("a server without a port");
  return address.port;
}
