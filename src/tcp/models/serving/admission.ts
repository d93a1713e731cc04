import type net from "node:net";
import { descriptorReserve, firstReservedDescriptor, hasRoomBelowReserve } from "../../descriptors.ts";
import { descriptorOf } from "../../node-internals.ts";

/** Why a connection was refused, or could not be accepted: there are too many. Plain data. */
export interface Overload {
  /** Connections open at that moment, TLS handshakes included. */
  readonly open: number;
  /** What was reached: `maxConnections`, or the number of descriptors that connections may have. */
  readonly limit: number;
  /** The limit that was reached; "accept-error": the kernel could not hand over a connection this time. */
  readonly reason: "max-connections" | "descriptors" | "accept-error";
}

export interface AdmissionOptions {
  readonly maxConnections: number;
  readonly onOverload: (overload: Overload) => void;
  /** See `ListenOptions.onFull`. */
  readonly onFull?: (() => Promise<unknown> | undefined) | undefined;
}

/**
 * Decides whether an accepted connection may stay. Node accepts every connection, one in each turn of its loop. A
 * connection beyond the limit is closed at once, and reported.
 *
 * Where another connection leaves in favour of a new one, the new connection has a descriptor of the reserve (it is
 * lent), and the descriptor below the reserve is free only some turns later. Both are counted: the next connection may
 * get the freed descriptor, and is one too many, although its number does not say so. At most half of the reserve is
 * lent at a time: when all of the reserve is used, Node drops connections in silence (see descriptors.ts).
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #firstReserved = firstReservedDescriptor();
  readonly #maxLeaving = Math.floor(descriptorReserve() / 2);
  /** Connections that leave in favour of new ones, and are not closed yet. */
  #leaving = 0;
  /** Connections that have a descriptor of the reserve. */
  #lent = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** `open`: how many connections there are without this one. A socket that is not admitted was closed. */
  admits(socket: net.Socket, open: number): boolean {
    const { maxConnections, onOverload } = this.#options;
    const tooMany = open - this.#leaving >= maxConnections;
    const fromReserve = (descriptorOf(socket) ?? 0) >= this.#firstReserved;
    if (!tooMany && !fromReserve && this.#reserveIsWhole()) return true;
    if (this.#anotherLeaves()) {
      if (fromReserve) this.#lend(socket);
      return true;
    }
    socket.on("error", () => {}).destroy();
    if (tooMany) onOverload({ open, limit: maxConnections, reason: "max-connections" });
    else onOverload({ open, limit: this.#firstReserved, reason: "descriptors" });
    return false;
  }

  /** For each lent descriptor there is a free one below the reserve, or will be when the leaving connections are gone. */
  #reserveIsWhole(): boolean {
    const missing = this.#lent - this.#leaving;
    return missing <= 0 || hasRoomBelowReserve(missing);
  }

  #lend(socket: net.Socket): void {
    this.#lent++;
    socket.once("close", () => this.#lent--);
  }

  #anotherLeaves(): boolean {
    if (this.#leaving >= this.#maxLeaving) return false;
    const left = this.#options.onFull?.();
    if (left === undefined) return false;
    this.#leaving++;
    const gone = (): void => void this.#leaving--;
    void left.then(gone, gone);
    return true;
  }

  acceptFailed(open: number): void {
    this.#options.onOverload({ open, limit: this.#firstReserved, reason: "accept-error" });
  }
}
