import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { Toxiproxy } from "toxiproxy-node-client";
import { createFleet, type ProxyFleet } from "../../src/proxy/admin.ts";

/** A fleet of proxies with its API, and toxiproxy's own client of it. */
export interface World extends AsyncDisposable {
  readonly toxiproxy: Toxiproxy;
  /** `http://127.0.0.1:PORT` */
  readonly base: string;
  readonly fleet: ProxyFleet;
}

export async function startWorld(): Promise<World> {
  const fleet = createFleet({ seed: 1 });
  const admin = await fleet.serveAdmin({ port: 0, version: "0.0.0" });
  const base = admin.url.slice(0, -1);
  return {
    toxiproxy: new Toxiproxy(base),
    base,
    fleet,
    [Symbol.asyncDispose]: async () => {
      await admin.close();
      await fleet.close();
    },
  };
}

/** A socket of Node's, and what came over it. */
export class End {
  readonly socket: Socket;
  received = "";
  ended = false;
  /** Resolves when nothing more can come: "end" (FIN), or the code of the error. */
  readonly over: Promise<string>;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.received += text;
    });
    this.over = new Promise((resolve) => {
      socket.on("end", () => {
        this.ended = true;
        resolve("end");
      });
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  }

  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Waits for so many bytes in all. */
  async receive(length: number): Promise<string> {
    while (this.received.length < length) await once(this.socket, "data");
    return this.received;
  }
}

/** A server of Node's that gives its connections in their order. */
export interface Upstream extends AsyncDisposable {
  readonly address: string;
  next(): Promise<End>;
}

export async function startUpstream(echo = false): Promise<Upstream> {
  const waiting: End[] = [];
  const wanted: ((end: End) => void)[] = [];
  const open = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    const end = new End(socket);
    if (echo) socket.on("data", (text) => socket.write(text, "latin1")).on("end", () => socket.end());
    const taker = wanted.shift();
    if (taker === undefined) waiting.push(end);
    else taker(end);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    address: `127.0.0.1:${port}`,
    next: async () => waiting.shift() ?? new Promise((resolve) => wanted.push(resolve)),
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Connects to `HOST:PORT`. Half-open connections stay, so that a test sees each end by itself. */
export async function connectTo(address: string): Promise<End> {
  const [host = "", port] = address.split(":");
  const socket = connect({ host, port: Number(port), allowHalfOpen: true });
  const end = new End(socket);
  await once(socket, "connect");
  return end;
}

/** Whether somebody listens there. */
export async function isListening(address: string): Promise<boolean> {
  try {
    (await connectTo(address)).socket.destroy();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") return false;
    throw error;
  }
}
