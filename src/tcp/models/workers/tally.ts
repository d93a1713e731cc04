import type net from "node:net";
import type { ConnectionIdentity } from "../../base-connection.ts";
import { nowMs } from "../../clock.ts";
import { SocketConnection, type SocketParts } from "../../socket-connection.ts";
import type { ByteCounts } from "./messages.ts";

/** How often a busy worker sends its counts. */
const TELL_EVERY_MS = 100;

/**
 * Sends the counts of bytes of a worker's connections to the main thread or process, so that they are known when the
 * worker dies.
 *
 * The first bytes after a quiet moment are reported before the handler sees them, since the handler may end the worker or
 * block it. Further bytes are reported at the end of that turn of the event loop, and at most every 100 ms.
 */
export class Tally {
  readonly #tell: (counts: readonly ByteCounts[]) => void;
  readonly #changed = new Set<CountedConnection>();
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(tell: (counts: readonly ByteCounts[]) => void) {
    this.#tell = tell;
  }

  /** `arriving`: received bytes that the connection has not counted yet. */
  changed(connection: CountedConnection, arriving: number): void {
    const isFirst = this.#changed.size === 0;
    this.#changed.add(connection);
    if (!isFirst) return;
    this.#tell([countsOf(connection, arriving)]);
    const pauseMs = this.#toldAt + TELL_EVERY_MS - nowMs();
    if (pauseMs <= 0) setImmediate(() => this.flush());
    else setTimeout(() => this.flush(), pauseMs).unref();
  }

  flush(): void {
    if (this.#changed.size === 0) return;
    this.#tell([...this.#changed].map((connection) => countsOf(connection, 0)));
    for (const connection of this.#changed) connection.told();
    this.#changed.clear();
    this.#toldAt = nowMs();
  }
}

function countsOf({ id, bytesIn, bytesOut }: CountedConnection, arriving: number): ByteCounts {
  return { id, bytesIn: bytesIn + arriving, bytesOut };
}

/** A connection of a worker, which reports its bytes to the tally. */
export class CountedConnection extends SocketConnection {
  readonly #tally: Tally;
  #changed = false;

  constructor(
    tally: Tally,
    socket: net.Socket,
    identity: ConnectionIdentity,
    transport?: net.Socket,
    parts?: SocketParts,
  ) {
    super(socket, identity, transport, parts);
    this.#tally = tally;
  }

  told(): void {
    this.#changed = false;
  }

  protected override received(bytes: Uint8Array, owned: boolean): void {
    if (!this.#changed) this.#change(bytes.length);
    super.received(bytes, owned);
  }

  protected override transmit(bytes: Uint8Array | string): boolean {
    if (!this.#changed) this.#change(0);
    return super.transmit(bytes);
  }

  #change(arriving: number): void {
    this.#changed = true;
    this.#tally.changed(this, arriving);
  }
}
