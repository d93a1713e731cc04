import { latin1Bytes } from "../../src/bytes/text.ts";
import type { Address } from "../../src/tcp/address.ts";
import { BaseConnection, type ConnectionIdentity } from "../../src/tcp/base-connection.ts";
import type { ConnectOptions } from "../../src/tcp/connect.ts";
import type { ByteSink, TcpConnection } from "../../src/tcp/connection.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import type { World } from "./world.ts";

/*
 * A network as a program sees it. Bytes leave in segments, which are cut, merged and delayed but keep their order.
 * Windows fill up. FINs and resets travel like bytes. A link may stall, break, or fall silent for good.
 *
 *     transmit ─► send buffer ─► segments under way ─► receive buffer ─► (poll) ─► received
 */

/** The window of a peer: how many bytes may be under way or unread. */
const WINDOW_BYTES = 32 * 1024;
/** How many bytes the sender's kernel takes before a write has to wait. */
const SEND_BUFFER_BYTES = 16 * 1024;

type Packet = Uint8Array | "FIN" | "RST";

export interface LinkNature {
  /** The least and the most milliseconds that a segment takes. */
  readonly delayMs: readonly [number, number];
  /** The length of the longest segment. */
  readonly segmentBytes: number;
}

export class Network {
  readonly world: World;
  /** The ends that are open; some may have closed since the last look. */
  #ends: SimulatedConnection[] = [];
  readonly #byId = new Map<number, SimulatedConnection>();
  /** Called with each connection that a client has opened. */
  onConnected: (client: SimulatedConnection) => void = () => {};
  /** Called when a sink is called after `onClose`. */
  onAfterlife: (end: SimulatedConnection) => void = () => {};
  /** If true, every new connection succeeds and is fast. */
  calm = false;
  readonly #ports = new Map<number, (server: SimulatedConnection) => void>();
  #ids = 0;

  constructor(world: World) {
    this.world = world;
    world.poll = () => {
      for (const end of this.open()) end.poll(true);
    };
  }

  open(): readonly SimulatedConnection[] {
    if (this.#ends.some((end) => end.isClosed)) this.#ends = this.#ends.filter((end) => !end.isClosed);
    return this.#ends;
  }

  connection(id: number): SimulatedConnection {
    return this.#byId.get(id) as SimulatedConnection;
  }

  listen(port: number, accept: (server: SimulatedConnection) => void): void {
    this.#ports.set(port, accept);
  }

  /** `HttpClientOptions.dial`. */
  dial = async (options: ConnectOptions): Promise<TcpConnection> => {
    const { world } = this;
    const { random } = world;
    const { signal } = options;
    const port = options.port ?? 80;
    const fate =
      !this.calm && random.chance(0.04) ? random.pick(["refused", "silent", "slow"] as const) : "connected";
    const delayMs =
      fate === "silent" ? 10_000 : fate === "slow" ? 200 + random.below(3000) : random.below(20) / 4;
    await new Promise<void>((resolve, reject) => {
      const given = (): void => {
        stop();
        reject(signal?.reason);
      };
      const stop = world.after(delayMs, () => {
        signal?.removeEventListener("abort", given);
        resolve();
      });
      signal?.addEventListener("abort", given, { once: true });
      if (signal?.aborted) given();
    });
    if (fate === "refused" || !this.#ports.has(port)) {
      throw new TransportError("CONNECT_REFUSED", "connect", `port ${port} refused`);
    }
    if (fate === "silent") throw new TransportError("TIMEOUT_CONNECT", "connect", "nobody answered");
    const slow = !this.calm && random.chance(0.1);
    const nature: LinkNature = {
      delayMs: slow ? [5, 60] : [0, 2],
      segmentBytes: random.pick([1, 7, 100, 1460, 65_536, 65_536]),
    };
    const id = ++this.#ids;
    const here: Address = { family: "IPv4", host: "127.0.0.1", port: 40_000 + id };
    const there: Address = { family: "IPv4", host: "127.0.0.1", port };
    const client = new SimulatedConnection(this, nature, {
      id: 2 * id,
      role: "client",
      local: here,
      remote: there,
      clock: world,
    });
    const server = new SimulatedConnection(this, nature, {
      id: 2 * id + 1,
      role: "server",
      local: there,
      remote: here,
      clock: world,
    });
    client.join(server);
    server.join(client);
    this.#ends.push(client, server);
    this.#byId.set(client.id, client);
    this.#byId.set(server.id, server);
    this.onConnected(client);
    world.tell(`connected ${client.name} to port ${port}`);
    this.#ports.get(port)?.(server);
    return client;
  };
}

export class SimulatedConnection extends BaseConnection {
  readonly name: string;
  /** Whether this end may still send: it has neither ended nor aborted the connection. */
  sending = true;
  isClosed = false;
  /** The number of requests written at this end (a client), or answered completely (a server). */
  exchanges = 0;
  /**
   * Whether unwanted bytes have reached the kernel at this end. "seen": every request had its answer, so that the
   * program can tell that they are unwanted. "raced": a request was on its way, so that it cannot tell.
   */
  unasked: "none" | "seen" | "raced" = "none";
  /** Called with everything that this end writes. */
  onTransmit: ((bytes: Uint8Array | string) => void) | undefined;

  readonly #network: Network;
  readonly #nature: LinkNature;
  #peer: SimulatedConnection | undefined;

  /** Bytes that are not yet on their way. */
  readonly #sendBuffer: Uint8Array[] = [];
  #sendBufferBytes = 0;
  #wasFull = false;
  #finDone: (() => void) | undefined;
  #finWaits = false;
  #finSent = false;
  /** Bytes on their way to the peer, or in its receive buffer. */
  #underWayBytes = 0;
  #lastArrival = 0;

  #writtenBytes = 0;
  #unaskedFrom = Number.POSITIVE_INFINITY;
  #exchangesBeforeUnasked = 0;
  #arrivedBytes = 0;
  readonly #receiveBuffer: Uint8Array[] = [];
  #receiveBufferBytes = 0;
  #finArrived = false;
  #finDelivered = false;
  #reading = true;
  #pollPlanned = false;
  #reset = false;
  #released = false;

  /** Faults of the link, in both directions. */
  stalledUntil = 0;
  silent = false;

  constructor(network: Network, nature: LinkNature, identity: ConnectionIdentity & { readonly id: number }) {
    super(identity);
    this.#network = network;
    this.#nature = nature;
    this.name = `${identity.role} #${identity.id}`;
  }

  join(peer: SimulatedConnection): void {
    this.#peer = peer;
  }

  override attach(sink: ByteSink): void {
    let closed = false;
    const alive = (): void => {
      if (closed) this.#network.onAfterlife(this);
    };
    super.attach({
      onBytes(bytes) {
        alive();
        sink.onBytes(bytes);
      },
      onEnd(cut) {
        alive();
        sink.onEnd(cut);
      },
      onDrain() {
        alive();
        sink.onDrain?.();
      },
      onClose(reason) {
        alive();
        closed = true;
        sink.onClose(reason);
      },
    });
  }

  /** Everything that this end sends from now on answers no request. */
  willNotBeAsked(): void {
    if (this.#unaskedFrom < Number.POSITIVE_INFINITY) return;
    this.#unaskedFrom = this.#writtenBytes;
    this.#exchangesBeforeUnasked = this.exchanges;
  }

  /** Bytes that either end sends wait for this long. */
  stall(ms: number): void {
    const until = this.#network.world.now() + ms;
    this.stalledUntil = until;
    (this.#peer as SimulatedConnection).stalledUntil = until;
  }

  /** Nothing that either end sends from now on arrives. */
  fallSilent(): void {
    this.silent = true;
    (this.#peer as SimulatedConnection).silent = true;
  }

  /** The network breaks the connection. */
  break(): void {
    this.#arrive("RST");
    (this.#peer as SimulatedConnection).#arrive("RST");
  }

  get unsentBytes(): number {
    return this.#sendBufferBytes;
  }

  get queuedBytes(): number {
    return Math.max(0, this.#sendBufferBytes - SEND_BUFFER_BYTES);
  }

  ref(): void {}
  unref(): void {}

  protected transmit(bytes: Uint8Array | string): boolean {
    this.onTransmit?.(bytes);
    const copy = typeof bytes === "string" ? latin1Bytes(bytes) : new Uint8Array(bytes);
    this.#writtenBytes += copy.length;
    this.#sendBuffer.push(copy);
    this.#sendBufferBytes += copy.length;
    this.#flush();
    this.#wasFull = this.queuedBytes > 0;
    return !this.#wasFull;
  }

  protected transmitEnd(done: () => void): void {
    this.sending = false;
    this.#network.world.tell(`${this.name} ends`);
    this.#finDone = done;
    this.#finWaits = true;
    this.#flush();
  }

  protected reset(): void {
    this.sending = false;
    this.#network.world.tell(`${this.name} resets`);
    this.#discardAll();
    this.#send("RST");
    this.#closeLater();
  }

  /**
   * The program closed this end. As a kernel does, answers bytes that it has not read, or that still come, with a
   * reset.
   */
  protected release(): void {
    this.sending = false;
    this.#released = true;
    if (this.#receiveBufferBytes > 0) this.#send("RST");
    this.#discardAll();
    this.#closeLater();
  }

  protected stopReading(): void {
    this.#reading = false;
  }

  protected startReading(): void {
    this.#reading = true;
    this.#planPoll();
  }

  /** Gives the program the bytes that wait in the kernel. `atOnce`: all of them, in several reads. */
  poll(atOnce: boolean): void {
    if (this.isClosed || this.#reset || this.#released) return;
    const { random } = this.#network.world;
    while (this.#reading && this.#receiveBuffer.length > 0 && !this.#reset && !this.#released) {
      // One read takes several segments.
      let bytes = this.#receiveBuffer.shift() as Uint8Array;
      while (this.#receiveBuffer.length > 0 && random.chance(0.7)) {
        bytes = joined(bytes, this.#receiveBuffer.shift() as Uint8Array);
      }
      this.#receiveBufferBytes -= bytes.length;
      this.#peer?.windowOpens(bytes.length);
      this.received(bytes, true);
      if (!atOnce && this.#receiveBuffer.length > 0 && random.chance(0.3)) {
        this.#planPoll();
        return;
      }
    }
    if (
      this.#finArrived &&
      !this.#finDelivered &&
      this.#reading &&
      this.#receiveBuffer.length === 0 &&
      !this.#reset
    ) {
      this.#finDelivered = true;
      this.peerEnded();
      this.#closeWhenDone();
    }
  }

  windowOpens(bytes: number): void {
    this.#underWayBytes -= bytes;
    this.#flush();
  }

  #flush(): void {
    while (this.#sendBuffer.length > 0 && this.#underWayBytes < WINDOW_BYTES) {
      const first = this.#sendBuffer[0] as Uint8Array;
      // The more bytes wait, the larger the segments: a long content in single bytes would show nothing new.
      const longest = Math.max(this.#nature.segmentBytes, this.#sendBufferBytes >> 2);
      const room = Math.min(WINDOW_BYTES - this.#underWayBytes, longest);
      const { random } = this.#network.world;
      const length = Math.min(first.length, room > 1 && random.chance(0.1) ? 1 + random.below(room) : room);
      const segment = first.subarray(0, length);
      if (length === first.length) this.#sendBuffer.shift();
      else this.#sendBuffer[0] = first.subarray(length);
      this.#sendBufferBytes -= length;
      this.#underWayBytes += length;
      this.#send(segment);
    }
    if (this.#wasFull && this.queuedBytes === 0) {
      this.#wasFull = false;
      this.#network.world.after(0, () => !this.isClosed && this.drained());
    }
    if (this.#finWaits && this.#sendBuffer.length === 0 && !this.#finSent) {
      this.#finSent = true;
      this.#send("FIN");
      this.#finDone?.();
      this.#closeWhenDone();
    }
  }

  #send(packet: Packet): void {
    const { world } = this.#network;
    const [least, most] = this.#nature.delayMs;
    const delay = least + (world.random.below(1000) / 1000) * (most - least);
    const start = Math.max(world.now(), this.stalledUntil);
    this.#lastArrival = Math.max(this.#lastArrival, start + delay);
    const peer = this.#peer as SimulatedConnection;
    world.at(this.#lastArrival, () => {
      if (!this.silent) peer.#arrive(packet);
    });
  }

  #arrive(packet: Packet): void {
    if (packet === "RST") {
      if (this.isClosed || this.#reset || this.#released) return;
      this.#reset = true;
      this.sending = false;
      this.#network.world.tell(`${this.name} is reset`);
      this.#discardAll();
      this.failed(
        "peer-abort",
        new TransportError("PEER_RESET", "read", "reset by the peer", { bytesReceived: this.bytesIn }),
      );
      this.#closeLater();
      return;
    }
    if (this.isClosed || this.#released || this.#reset) {
      if (packet !== "FIN" && !this.#reset) this.#send("RST");
      return;
    }
    if (packet === "FIN") this.#finArrived = true;
    else {
      const peer = this.#peer as SimulatedConnection;
      this.#arrivedBytes += packet.length;
      if (this.unasked === "none" && this.#arrivedBytes > peer.#unaskedFrom) {
        this.unasked = this.exchanges > peer.#exchangesBeforeUnasked ? "raced" : "seen";
      }
      this.#receiveBuffer.push(packet);
      this.#receiveBufferBytes += packet.length;
    }
    this.#planPoll();
  }

  /** Tells the program in its next turn, not at once. */
  #planPoll(): void {
    if (this.#pollPlanned) return;
    this.#pollPlanned = true;
    const { world } = this.#network;
    world.after(world.random.chance(0.2) ? world.random.below(8) / 10 : 0, () => {
      this.#pollPlanned = false;
      this.poll(false);
    });
  }

  #discardAll(): void {
    this.#sendBuffer.length = 0;
    this.#sendBufferBytes = 0;
    this.#receiveBuffer.length = 0;
    this.#receiveBufferBytes = 0;
  }

  #closeWhenDone(): void {
    if (this.#finSent && this.#finDelivered) this.#closeLater();
  }

  #closeLater(): void {
    this.#network.world.after(0, () => {
      if (this.isClosed) return;
      this.isClosed = true;
      this.over();
    });
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
