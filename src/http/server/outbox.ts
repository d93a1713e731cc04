import { latin1Bytes } from "../../bytes/text.ts";
import type { Clock } from "../../tcp/clock.ts";
import type { TcpConnection } from "../../tcp/connection.ts";
import { TransportError } from "../../tcp/errors.ts";
import type { Deadline, Deadlines } from "../deadline.ts";
import { inOnePiece } from "../whole-content.ts";

/** What is gathered at most before it is written. A larger content is written in pieces of this size. */
export const WRITE_BYTES = 64 * 1024;

/**
 * What a server sends on one connection. It is gathered, so that a head and its content, or the answers to pipelined
 * requests, leave as one write. A peer that takes nothing for too long is cut off.
 */
export class Outbox {
  readonly #connection: TcpConnection;
  readonly #stallTimeoutMs: number;
  readonly #stalled: Deadline;
  readonly #clock: Clock;
  /** What was gathered before the text. */
  #pieces: Uint8Array[] = [];
  /** Gathered as a text where it is text: Node writes a text at less cost than bytes, which need memory of their own. */
  #text = "";
  #gatheredLength = 0;
  #blocked = false;
  #willFlush = false;
  #wakeWriter: (() => void) | undefined;

  constructor(connection: TcpConnection, deadlines: Deadlines, stallTimeoutMs: number) {
    this.#connection = connection;
    this.#clock = deadlines.clock;
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

  /** A text is latin1: one byte for each character. */
  gather(piece: Uint8Array | string): void {
    if (typeof piece === "string") this.#text += piece;
    else if (piece.length > 0) {
      this.#endText();
      this.#pieces.push(piece);
    }
    this.#gatheredLength += piece.length;
    if (this.#gatheredLength >= WRITE_BYTES) this.flush();
  }

  flush(): void {
    if (this.#gatheredLength === 0) return;
    if (this.#pieces.length > 0) this.#endText();
    const whole = this.#pieces.length === 0 ? this.#text : inOnePiece(this.#pieces);
    this.clear();
    if (this.#connection.send(whole)) return;
    this.#blocked = true;
    this.#stalled.set(this.#stallTimeoutMs);
  }

  /** Flushes within this turn of the loop, once the promises that are settled by now have gone on. */
  flushSoon(): void {
    if (this.#willFlush || this.#gatheredLength === 0) return;
    this.#willFlush = true;
    this.#clock.afterPromises(() => {
      this.#willFlush = false;
      this.flush();
    });
  }

  /** Drops what is gathered. */
  clear(): void {
    if (this.#pieces.length > 0) this.#pieces = [];
    this.#text = "";
    this.#gatheredLength = 0;
  }

  #endText(): void {
    if (this.#text !== "") this.#pieces.push(latin1Bytes(this.#text));
    this.#text = "";
  }

  /** Sends what is left, and then FIN. It is little, since a writer waits for room, but the peer may not take it. */
  async end(): Promise<void> {
    this.flush();
    this.#stalled.set(this.#stallTimeoutMs);
    await this.#connection.end().catch(() => {}); // the connection's `closed` says why it failed
    this.#stalled.clear();
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
