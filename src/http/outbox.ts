import type { TcpConnection } from "../tcp/connection.ts";
import { TransportError } from "../tcp/errors.ts";
import type { Deadline, Deadlines } from "./deadline.ts";
import { concat } from "./request-body.ts";

/** What is gathered at most before it is written; bigger contents go in pieces of this size. */
export const WRITE_BYTES = 64 * 1024;

/**
 * What a server has to say on one connection: gathered, so that a head and its content, or the answers to
 * pipelined requests, leave as one write; and stopped when the peer does not read.
 */
export class Outbox {
  readonly #connection: TcpConnection;
  readonly #stallTimeoutMs: number;
  readonly #stalled: Deadline;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #blocked = false;
  #wakeWriter: (() => void) | undefined;

  constructor(connection: TcpConnection, deadlines: Deadlines, stallTimeoutMs: number) {
    this.#connection = connection;
    this.#stallTimeoutMs = stallTimeoutMs;
    this.#stalled = deadlines.create(() => {
      const sentence = `the peer took nothing for ${stallTimeoutMs / 1000} s`;
      this.#connection.abort(new TransportError("TIMEOUT_WRITE", "write", sentence));
    });
  }

  /** The connection's queue is full: wait for `drained()`. */
  get blocked(): boolean {
    return this.#blocked;
  }

  gather(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#gathered.push(bytes);
    this.#gatheredBytes += bytes.length;
    if (this.#gatheredBytes >= WRITE_BYTES) this.flush();
  }

  flush(): void {
    if (this.#gatheredBytes === 0) return;
    const bytes = concat(this.#gathered, this.#gatheredBytes);
    this.clear();
    if (this.#connection.send(bytes)) return;
    this.#blocked = true;
    this.#stalled.set(this.#stallTimeoutMs);
  }

  /** Drops what is gathered. */
  clear(): void {
    this.#gathered = [];
    this.#gatheredBytes = 0;
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeWriter = resolve;
    });
  }

  /** The connection has room again, or is over. */
  unblock(): void {
    this.#blocked = false;
    this.#stalled.clear();
    this.#wakeWriter?.();
    this.#wakeWriter = undefined;
  }
}
