import { once } from "node:events";
import net from "node:net";

/** A server by hand: the test writes the bytes of its answers. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** One for each connection, in their order. */
  readonly peers: readonly Peer[];
  /** The peer of the connection with this number, counted from 0. Waits for the connection. */
  accepted(index: number): Promise<Peer>;
}

/** The server's end of one connection. */
export class Peer {
  readonly socket: net.Socket;
  readonly #chunks: Buffer[] = [];
  readonly #waiting: (() => void)[] = [];
  #ended = false;

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on("error", () => {}); // in some tests the client resets
    socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#notify();
    });
    for (const end of ["end", "close"]) {
      socket.on(end, () => {
        this.#ended = true;
        this.#notify();
      });
    }
  }

  /** Everything that has arrived and was not taken. */
  get received(): string {
    return Buffer.concat(this.#chunks).toString("latin1");
  }

  /** Takes the bytes that have arrived up to and including `mark`. Waits for `mark`. */
  async until(mark: string): Promise<string> {
    for (;;) {
      const at = this.received.indexOf(mark);
      if (at !== -1) return this.take(at + mark.length);
      if (this.#ended)
        throw new Error(`ended before ${JSON.stringify(mark)}: ${JSON.stringify(this.received)}`);
      await this.#change();
    }
  }

  /** Takes the head of a request. */
  head(): Promise<string> {
    return this.until("\r\n\r\n");
  }

  async take(length: number): Promise<string> {
    while (this.received.length < length) {
      if (this.#ended) throw new Error(`ended after ${this.received.length} of ${length} bytes`);
      await this.#change();
    }
    const all = Buffer.concat(this.#chunks);
    this.#chunks.splice(0, this.#chunks.length, all.subarray(length));
    return all.toString("latin1", 0, length);
  }

  send(text: string | Uint8Array): this {
    if (typeof text === "string") this.socket.write(text, "latin1");
    else this.socket.write(text);
    return this;
  }

  /** Answers every request head that it receives. */
  async answerAll(answer: string, content: Uint8Array = new Uint8Array(0)): Promise<void> {
    while (!this.#ended) {
      try {
        await this.head();
      } catch {
        return; // the client has left
      }
      this.send(answer);
      if (content.length > 0) this.send(content);
    }
  }

  end(): void {
    this.socket.end();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** The client's FIN, or its reset. */
  async ended(): Promise<void> {
    while (!this.#ended) await this.#change();
  }

  async closed(): Promise<void> {
    while (!this.socket.closed) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #notify(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

export async function rawServer(
  script: (peer: Peer, index: number) => unknown = () => {},
): Promise<RawServer> {
  const peers: Peer[] = [];
  let failure: unknown;
  const server = net.createServer({ noDelay: true }, (socket) => {
    const peer = new Peer(socket);
    peers.push(peer);
    Promise.resolve(script(peer, peers.length - 1)).catch((error: unknown) => {
      failure ??= error;
      socket.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    peers,
    async accepted(index) {
      while (peers[index] === undefined) await once(server, "connection");
      return peers[index];
    },
    async [Symbol.asyncDispose]() {
      for (const peer of peers) peer.socket.destroy();
      server.close();
      await once(server, "close");
      if (failure !== undefined) throw failure;
    },
  };
}

export interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
}

/** A promise to be resolved from outside. */
export function deferred(): Deferred {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
