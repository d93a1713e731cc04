import { latin1Bytes } from "../bytes/text.ts";
import { BaseConnection, type ConnectionIdentity } from "./base-connection.ts";
import { TransportError } from "./errors.ts";

/** What the two ends of such a connection tell each other. */
export type WireMessage =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  /** So many bytes were read: as many more may be sent. */
  | { readonly type: "credit"; readonly bytes: number }
  | { readonly type: "end" }
  | { readonly type: "abort" };

/** Carries messages to the other end: all of them, in order. */
export interface Wire {
  post(message: WireMessage): void;
  close(): void;
  ref(): void;
  unref(): void;
}

/** How many bytes may be under way to a peer that does not read. */
const WINDOW_BYTES = 256 * 1024;

/**
 * One end of a connection that is made of messages: in memory, or over the port between two threads. A sender has a
 * window, and gets credit for what the other end has read.
 */
export class MessageConnection extends BaseConnection {
  readonly #wire: Wire;
  #unread = 0;
  #credit = 0;
  #stopped = false;
  #ended = false;
  #peerDone = false;
  #open = true;

  constructor(identity: ConnectionIdentity, wire: Wire) {
    super(identity);
    this.#wire = wire;
  }

  get queuedBytes(): number {
    return this.#unread;
  }

  protected get unsentBytes(): number {
    return this.#unread;
  }

  ref(): void {
    this.#wire.ref();
  }

  unref(): void {
    this.#wire.unref();
  }

  /** The wire brought this message. */
  deliver(message: WireMessage): void {
    if (!this.#open) {
      // As in TCP: bytes for an end that is closed are answered with a reset.
      if (message.type === "bytes") this.#wire.post({ type: "abort" });
      return;
    }
    switch (message.type) {
      case "bytes":
        this.#credit += message.bytes.length;
        this.received(message.bytes, true);
        if (!this.#stopped) this.#grant();
        return;
      case "credit": {
        const wasFull = this.#unread >= WINDOW_BYTES;
        this.#unread -= message.bytes;
        if (wasFull && this.#unread < WINDOW_BYTES) this.drained();
        return;
      }
      case "end":
        this.#peerDone = true;
        this.peerEnded();
        this.#closeWhenDone();
        return;
      case "abort":
        this.failed("peer-abort", new TransportError("PEER_RESET", "read", "the peer reset the connection"));
        this.release();
        return;
      default:
        message satisfies never;
    }
  }

  /** The wire is cut. That is a failure, unless the peer had ended before. */
  lost(error: TransportError): void {
    if (!this.#peerDone) this.failed("error", error);
    this.release();
  }

  protected transmit(bytes: Uint8Array | string): boolean {
    this.#unread += bytes.length;
    const copy = typeof bytes === "string" ? latin1Bytes(bytes) : new Uint8Array(bytes);
    this.#wire.post({ type: "bytes", bytes: copy });
    return this.#unread < WINDOW_BYTES;
  }

  protected transmitEnd(done: () => void): void {
    this.#ended = true;
    this.#wire.post({ type: "end" });
    done();
    this.#closeWhenDone();
  }

  protected reset(): void {
    this.#wire.post({ type: "abort" });
    this.release();
  }

  protected release(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#wire.close();
    // Reported after the call that caused it, as by a socket.
    queueMicrotask(() => this.over());
  }

  protected stopReading(): void {
    this.#stopped = true;
  }

  protected startReading(): void {
    this.#stopped = false;
    this.#grant();
  }

  #grant(): void {
    if (this.#credit === 0) return;
    this.#wire.post({ type: "credit", bytes: this.#credit });
    this.#credit = 0;
  }

  #closeWhenDone(): void {
    if (!this.#ended || !this.#peerDone) return;
    // Both sides have ended: all bytes were handed over, read or not.
    this.#unread = 0;
    this.release();
  }
}
