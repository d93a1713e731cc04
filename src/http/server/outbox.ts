import { latin1Bytes } from "../../bytes/text.ts";
import type { TcpConnection } from "../../tcp/connection.ts";
import { TransportError } from "../../tcp/errors.ts";
import type { Deadline, Deadlines } from "../deadline.ts";
import { inOnePiece } from "../whole-content.ts";

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
  /** What came before the text. */
  #pieces: Uint8Array[] = [];
  /** One text costs Node less than one array: no memory of its own to make and to free. */
  #text = "";
  #gatheredLength = 0;
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

  get isEmpty(): boolean {
    return this.#gatheredLength === 0;
  }

  /** A text is latin1. */
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

  /** Sends what is left (little, since whoever writes waits for room) and FIN. That may stall as well. */
  async end(): Promise<void> {
    this.flush();
    this.#stalled.set(this.#stallTimeoutMs);
    await this.#connection.end().catch(() => {}); // its `closed` tells why
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
