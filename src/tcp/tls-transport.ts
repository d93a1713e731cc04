import type net from "node:net";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { BELOW } from "./below.ts";
import { wasToldItsEnd } from "./node-internals.ts";

/**
 * The TCP socket below TLS, as a stream of ours that can tell the end of TCP from the end of TLS.
 *
 * Anyone on the way can send a FIN; only the peer can send the alert that ends TLS (close_notify). Node reports both as
 * "end", which can fool a client that reads until the end (RFC 8446 §6.1, RFC 9112 §9.8). TLS hears of the FIN from this
 * stream, which looks first whether TLS has ended. It costs a client some 10 µs for each round trip over TLS.
 */
export class TlsTransport extends Duplex {
  readonly #socket: net.Socket;
  #cut = false;

  constructor(socket: net.Socket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
  }

  get [BELOW](): net.Socket {
    return this.#socket;
  }

  /** TCP ended before TLS did. Known by the time that `tls` emits "end". */
  get cut(): boolean {
    return this.#cut;
  }

  /** Call it before TLS carries anything. */
  watch(tls: TLSSocket): void {
    // TLS listens to this stream's end, too: our listener has to run before it.
    this.prependListener("end", () => {
      this.#cut = !wasToldItsEnd(tls);
    });
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
