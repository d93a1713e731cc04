import type { TcpConnection } from "../tcp/connection.ts";

/** Stops the receiving of one connection for a while. TCP then stops the peer, once the kernel's buffers are full. */
export class SocketPause {
  readonly #tcp: TcpConnection;
  #isSet = false;

  constructor(tcp: TcpConnection) {
    this.#tcp = tcp;
  }

  get isSet(): boolean {
    return this.#isSet;
  }

  /** Called for every message. The socket is touched only when something changes. */
  set(paused: boolean): void {
    if (paused === this.#isSet) return;
    this.#isSet = paused;
    if (paused) this.#tcp.pause();
    else this.#tcp.resume();
  }
}
