import { once } from "node:events";
import net from "node:net";

/*
 * A wire that can be cut. It stands between a client and a server, passes on every byte unchanged, and breaks one
 * connection at one byte of one direction.
 *
 *     client ── request ──►│ relay │── request ──► server
 *            ◄── response ─│       │◄─ response ──
 */

export type Direction = "request" | "response";

/**
 * "fin": both ends see the other end close. "reset": both ends see a RST. "half-close": the receiver of this direction
 * sees a FIN, and everything else goes on. "stall": this direction passes nothing more, and neither end is told.
 */
export type FaultKind = "fin" | "reset" | "half-close" | "stall";

export interface Fault {
  readonly direction: Direction;
  /** This many bytes pass; later bytes do not. */
  readonly offset: number;
  readonly kind: FaultKind;
}

/** The bytes that passed through one connection. */
export class Passage {
  readonly #pieces: Record<Direction, Buffer[]> = { request: [], response: [] };
  readonly bytes: Record<Direction, number> = { request: 0, response: 0 };
  /** True once the fault has struck. */
  struck = false;

  add(direction: Direction, piece: Buffer): void {
    this.#pieces[direction].push(piece);
    this.bytes[direction] += piece.length;
  }

  transcript(direction: Direction): Buffer {
    return Buffer.concat(this.#pieces[direction]);
  }
}

export class Relay implements AsyncDisposable {
  readonly port: number;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #fault: Fault | undefined;
  /** One for each connection since the call of `arm`. */
  passages: Passage[] = [];

  private constructor(server: net.Server, toPort: number) {
    this.#server = server;
    this.port = (server.address() as net.AddressInfo).port;
    server.on("connection", (socket: net.Socket) => this.#accept(socket, toPort));
  }

  static async to(port: number): Promise<Relay> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Relay(server, port);
  }

  /** The next connection gets the fault. Later connections (a second try) pass without a fault. */
  arm(fault: Fault | undefined): void {
    this.#fault = fault;
    this.passages = [];
  }

  /** Destroys the connections that are left, and returns how many there were. */
  clear(): number {
    const left = this.#sockets.size;
    for (const socket of this.#sockets) socket.destroy();
    return left;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.clear();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(client: net.Socket, toPort: number): void {
    const server = net.connect({ port: toPort, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const fault = this.#fault;
    this.#fault = undefined;
    const passage = new Passage();
    this.passages.push(passage);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    }
    const strike = (kind: FaultKind, from: net.Socket, to: net.Socket): void => {
      passage.struck = true;
      if (kind === "reset") {
        // Not before the receiver has read what was sent: a reset may discard unread bytes.
        setImmediate(() =>
          setImmediate(() => {
            to.resetAndDestroy();
            from.resetAndDestroy();
          }),
        );
      } else if (kind !== "stall") {
        to.end();
        if (kind === "fin") from.end();
      }
    };
    carry(client, server, "request", passage, fault, strike);
    carry(server, client, "response", passage, fault, strike);
  }
}

/** Passes on the bytes of one direction. */
function carry(
  from: net.Socket,
  to: net.Socket,
  direction: Direction,
  passage: Passage,
  fault: Fault | undefined,
  strike: (kind: FaultKind, from: net.Socket, to: net.Socket) => void,
): void {
  const cut = fault?.direction === direction ? fault : undefined;
  let cutOff = false;
  const cutAfter = (kind: FaultKind, lastPiece: Buffer): void => {
    cutOff = true;
    if (lastPiece.length === 0) strike(kind, from, to);
    else to.write(lastPiece, () => strike(kind, from, to));
  };
  if (cut?.offset === 0) cutAfter(cut.kind, Buffer.alloc(0));
  from.on("data", (piece: Buffer) => {
    // Read and drop these bytes: unread bytes would turn our FIN into a reset.
    if (cutOff || to.writableEnded) return;
    const room = cut === undefined ? piece.length : cut.offset - passage.bytes[direction];
    const passed = piece.subarray(0, room);
    passage.add(direction, passed);
    if (cut !== undefined && room <= piece.length) {
      cutAfter(cut.kind, passed);
    } else if (!to.write(passed)) {
      from.pause();
      to.once("drain", () => from.resume());
    }
  });
  from.on("end", () => {
    if (!cutOff) to.end();
  });
  // Pass on a reset as a reset.
  from.on("error", () => {
    if (!to.destroyed && !cutOff) to.resetAndDestroy();
  });
  from.on("close", () => {
    from.resume();
    if (!to.writableEnded && !cutOff) to.end();
    else if (cutOff && cut?.kind !== "stall") to.destroy();
  });
}
