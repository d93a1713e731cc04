import type net from "node:net";
import { firstReservedDescriptor } from "../descriptors.ts";
import { descriptorOf } from "../node-internals.ts";

/** Why a connection was refused, or could not be accepted: there are too many. Plain data. */
export interface Overload {
  /** Connections open at that moment, TLS handshakes included. */
  readonly open: number;
  /** What was reached: `maxConnections`, or the number of descriptors that connections may have. */
  readonly limit: number;
  /** "accept-error": the kernel could not hand one over; it may the next time. */
  readonly reason: "max-connections" | "descriptors" | "accept-error";
}

export interface AdmissionOptions {
  readonly maxConnections: number;
  readonly onOverload: (overload: Overload) => void;
  /** See `ListenOptions.onFull`. */
  readonly onFull?: (() => boolean) | undefined;
}

/**
 * Who may come in. Node accepts whoever comes, one connection in each turn of its loop; one that is too many is
 * closed at once, and told.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #firstReserved = firstReservedDescriptor();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** `open`: how many there are without this one. A socket that is not admitted is closed already. */
  admits(socket: net.Socket, open: number): boolean {
    const { maxConnections, onFull, onOverload } = this.#options;
    const tooMany = open >= maxConnections;
    if (!tooMany && (descriptorOf(socket) ?? 0) < this.#firstReserved) return true;
    if (onFull?.() === true) return true;
    socket.on("error", () => {}).destroy();
    if (tooMany) onOverload({ open, limit: maxConnections, reason: "max-connections" });
    else onOverload({ open, limit: this.#firstReserved, reason: "descriptors" });
    return false;
  }

  acceptFailed(open: number): void {
    this.#options.onOverload({ open, limit: this.#firstReserved, reason: "accept-error" });
  }
}
