import type net from "node:net";
import { TransportError } from "../errors.ts";
import { observe, type TcpObserver } from "../observer.ts";
import { type SystemError, socketFailure } from "../socket-errors.ts";
import type { Handshake, HandshakeStep } from "./hop.ts";

/** How many bytes a hop may send before its handshake is done. */
const MAX_HANDSHAKE_BYTES = 128 * 1024;

/** What all handshakes of one connection share. */
export interface Carried {
  readonly observer: TcpObserver | undefined;
  readonly signal: AbortSignal;
  bytesIn: number;
  bytesOut: number;
}

/** How a handshake ended: with the bytes behind it, or with the wish to begin again on a new connection. */
export type Greeted = { readonly leftover: Uint8Array | undefined } | "redial";

/**
 * A connected socket, with or without TLS, that belongs to nobody yet: handshakes run on it, until it is taken for what
 * comes next. It listens for errors all the time.
 */
export class Carrier {
  readonly #socket: net.Socket;
  readonly #carried: Carried;
  #waiting: ((event: Uint8Array | "end" | TransportError) => void) | undefined;
  #failure: TransportError | undefined;
  #ended = false;

  constructor(socket: net.Socket, carried: Carried) {
    this.#socket = socket;
    this.#carried = carried;
    socket.pause();
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onError);
    socket.on("close", this.#onEnd);
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#carried.bytesIn += bytes.length;
    observe(this.#carried.observer, { kind: "read", bytes });
    this.#waiting?.(bytes);
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#waiting?.(this.#failure ?? "end");
  };

  readonly #onError = (error: SystemError): void => {
    this.#failure ??= socketFailure(error, this.#carried.bytesIn).error;
    this.#waiting?.(this.#failure);
  };

  send(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#carried.bytesOut += bytes.length;
    observe(this.#carried.observer, { kind: "write", bytes });
    this.#socket.write(bytes);
  }

  /** Runs a handshake to its end. After an error the socket is destroyed. `lookUp`: finds the address of the target. */
  async greet(handshake: Handshake, lookUp: (wanted: true | 4) => Promise<string>): Promise<Greeted> {
    const { signal } = this.#carried;
    try {
      return await new Promise<Greeted>((resolve, reject) => {
        const before = this.#carried.bytesIn;
        const advance = (step: HandshakeStep): void => {
          if (step.send) this.send(step.send);
          if (step.lookUp) {
            this.#socket.pause();
            void lookUp(step.lookUp).then((address) => attempt(() => handshake.found?.(address) ?? {}), fail);
            return;
          }
          if (step.redial) resolve("redial");
          else if (step.done) resolve({ leftover: step.leftover });
          else if (this.#ended) reject(gone());
          else {
            this.#socket.resume();
            return;
          }
          this.#rest();
        };
        const fail = (error: unknown): void => {
          this.#rest();
          reject(error);
        };
        const attempt = (next: () => HandshakeStep): void => {
          // The handshake may have failed while an address was looked up.
          if (this.#waiting === undefined) return;
          try {
            advance(next());
          } catch (error) {
            fail(error);
          }
        };
        this.#waiting = (event) =>
          attempt(() => {
            if (event instanceof TransportError) throw event;
            if (this.#carried.bytesIn - before > MAX_HANDSHAKE_BYTES) throw tooLong();
            return event === "end" ? handshake.end() : handshake.receive(event);
          });
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        if (signal.aborted) throw signal.reason;
        attempt(() => {
          if (this.#failure) throw this.#failure;
          return this.#ended ? handshake.end() : handshake.start();
        });
      });
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  #rest(): void {
    this.#waiting = undefined;
    this.#socket.pause();
  }

  /**
   * The socket, for the next owner, who listens to it before this function's caller returns. It is paused.
   *
   * @throws {TransportError} what happened to the socket before.
   */
  take(): net.Socket {
    const socket = this.#socket;
    if (this.#failure) throw this.#failure;
    if (this.#ended) throw gone();
    // Left on until the next owner listens: an error that nobody hears would end the process.
    queueMicrotask(() => socket.off("error", this.#onError));
    socket.off("data", this.#onData);
    socket.off("end", this.#onEnd);
    socket.off("close", this.#onEnd);
    return socket;
  }

  /** Ends the connection. Later errors are nobody's. */
  destroy(): void {
    this.#waiting = undefined;
    // Not within a callback of OpenSSL: see SocketConnection.
    setImmediate(() => this.#socket.destroy());
  }
}

const gone = (): TransportError =>
  new TransportError("PROXY_HANDSHAKE", "proxy", "the proxy closed the connection");

const tooLong = (): TransportError =>
  new TransportError(
    "PROXY_HANDSHAKE",
    "proxy",
    `the proxy's handshake has over ${MAX_HANDSHAKE_BYTES} bytes`,
  );
