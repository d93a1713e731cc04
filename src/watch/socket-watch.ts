import { copyOf } from "../bytes/copy.ts";
import type { Address } from "../tcp/address.ts";
import type { ConnectionEvent, TcpObserver } from "../tcp/observer.ts";
import { type SystemError, socketFailure } from "../tcp/socket-errors.ts";

/** A program may write before the TLS handshake is over. Past so many bytes they are told as soon as they are written. */
const MAX_HELD_BYTES = 1024 * 1024;

/** The addresses of both ends. */
export interface Addresses {
  readonly local: Address;
  readonly remote: Address;
}

/** What TLS agreed on. */
export interface Agreed {
  readonly protocol: string;
  readonly cipher: string;
  readonly alpn: string | undefined;
}

/** How many bytes the kernel or TLS has counted. */
export interface Counts {
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/**
 * What one connection of the program does, told as our own connections tell it. The hooks call a method for each call
 * that Node or the program makes; what was told before is not told again.
 */
export class SocketWatch {
  /** The socket with the bytes to show. Over TLS it is the TLS socket: the bytes of the socket below are not told. */
  top: object;
  readonly #observer: TcpObserver;
  #state: "opening" | "open" | "over" = "opening";
  #bytesIn = 0;
  #bytesOut = 0;
  #ended = false;
  #peerEnded = false;
  #aborted = false;
  #failed: SystemError | undefined;
  /** What passed before TLS began: the socket that has TLS does not count it. */
  #before: Counts = { bytesIn: 0, bytesOut: 0 };
  /** The handshake of TLS goes on: what was written meanwhile. */
  #held: Uint8Array[] | undefined;
  #heldBytes = 0;
  #resolving: { readonly host: string; readonly addresses: string[] } | undefined;

  constructor(top: object, observer: TcpObserver) {
    this.top = top;
    this.#observer = observer;
  }

  /** One address of a name. All of them are told together. */
  resolved(host: string, address: string): void {
    this.#resolving ??= { host, addresses: [] };
    if (!this.#resolving.addresses.includes(address)) this.#resolving.addresses.push(address);
  }

  attempt(remote: Address): void {
    if (this.#resolving !== undefined) this.#tell({ kind: "resolve", ...this.#resolving });
    this.#resolving = undefined;
    this.#tell({ kind: "attempt", remote });
  }

  attemptFailed(remote: Address, error: string): void {
    this.#tell({ kind: "attempt-failed", remote, error });
  }

  /** The connection is open. */
  opened(kind: "connected" | "accepted", addresses: Addresses): void {
    if (this.#state !== "opening") return;
    this.#state = "open";
    this.#tell({ kind, ...addresses });
  }

  /** TLS begins on this connection: `top` has the bytes from here on. */
  secures(top: object): void {
    this.top = top;
    this.#before = { bytesIn: this.#bytesIn, bytesOut: this.#bytesOut };
    this.#held = [];
    // The end of TLS is told once more, if the program goes on after the end of a TLS below.
    this.#ended = false;
    this.#peerEnded = false;
  }

  /** The handshake of TLS is over. The certificate is looked at next. */
  secured(agreed: Agreed): void {
    if (this.#state === "open") this.#tell({ kind: "tls", ...agreed });
  }

  /** The program trusts the peer: now TLS sends what was written so far. Tells what was held. */
  trusted(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const bytes of held) this.write(bytes);
  }

  get isOver(): boolean {
    return this.#state === "over";
  }

  /** `socket`: the one that read. The bytes of a socket below TLS are those of TLS, encrypted. */
  read(socket: object, bytes: Uint8Array): void {
    if (socket !== this.top || this.#state !== "open" || bytes.length === 0) return;
    this.#bytesIn += bytes.length;
    this.#tell({ kind: "read", bytes });
  }

  write(bytes: Uint8Array): void {
    if (this.#state !== "open" || bytes.length === 0) return;
    if (this.#held !== undefined && this.#heldBytes + bytes.length <= MAX_HELD_BYTES) {
      this.#held.push(copyOf(bytes));
      this.#heldBytes += bytes.length;
      return;
    }
    // Too much to hold: what was held is told first, in the order in which it was written.
    this.trusted();
    this.#bytesOut += bytes.length;
    this.#tell({ kind: "write", bytes });
  }

  /** The program ends its direction. */
  end(socket = this.top): void {
    if (socket !== this.top || this.#state !== "open" || this.#ended) return;
    this.#ended = true;
    this.#tell({ kind: "end" });
  }

  peerEnd(socket: object): void {
    if (socket !== this.top || this.#state !== "open" || this.#peerEnded) return;
    this.#peerEnded = true;
    this.#tell({ kind: "peer-end" });
  }

  /** The program resets the connection. */
  abort(): void {
    if (this.#state !== "open" || this.#aborted) return;
    this.#aborted = true;
    this.#tell({ kind: "abort" });
  }

  /**
   * The socket is closed. A socket below TLS closes with its TLS socket, which may come to know why a moment later.
   *
   * `counts`: all bytes that passed, also those that passed by the hooks. `undefined`: nobody knows.
   */
  closed(socket: object, reason: SystemError | undefined, counts: Counts | undefined): void {
    if (this.#state === "over") return;
    const error = reason ?? this.#failed;
    this.#failed = error;
    if (socket !== this.top) return;
    if (this.#state === "opening") {
      this.#state = "over";
      // An attempt that failed was told before.
      if (error !== undefined && error.syscall !== "connect") this.#tell(failureOf(error));
      return;
    }
    let how: "end" | "abort" | "peer-abort" | "error" = this.#aborted ? "abort" : "end";
    // A program's own error after the peer's end only says that the peer has ended.
    const isNews = error !== undefined && (error.syscall !== undefined || !this.#peerEnded);
    if (isNews && !this.#aborted) {
      const failure = failureOf(error, this.#bytesIn);
      how = failure.kind;
      this.#tell(failure);
    }
    // To close a socket sends a FIN, unless the peer has reset it, or the program has closed it with an error of its own.
    if (how === "end" || (how === "error" && error?.syscall === undefined)) this.end();
    this.#tellGap(counts);
    this.#tell({ kind: "closed", how, bytesIn: this.#bytesIn, bytesOut: this.#bytesOut });
    this.#state = "over";
  }

  /** The program gave the socket away, mostly to another process. The connection goes on there: nobody sent FIN here. */
  handedOver(socket: object): void {
    if (socket !== this.top || this.#state !== "open") return;
    this.#tell({ kind: "closed", how: "handed-over", bytesIn: this.#bytesIn, bytesOut: this.#bytesOut });
    this.#state = "over";
  }

  /** HTTP/2 moves its bytes where no hook is. They are counted all the same. */
  #tellGap(counts: Counts | undefined): void {
    // What is held was never sent.
    if (counts === undefined || this.#held !== undefined) return;
    const bytesIn = Math.max(0, this.#before.bytesIn + counts.bytesIn - this.#bytesIn);
    const bytesOut = Math.max(0, this.#before.bytesOut + counts.bytesOut - this.#bytesOut);
    if (bytesIn + bytesOut === 0) return;
    this.#tell({ kind: "dropped", events: 0, bytesIn, bytesOut });
    this.#bytesIn += bytesIn;
    this.#bytesOut += bytesOut;
  }

  #tell(event: ConnectionEvent): void {
    this.#observer.connection(event);
  }
}

/** An error of the kernel in our words; any other error was the program's reason to close. */
function failureOf(error: SystemError, bytesIn = 0): ConnectionEvent & { kind: "peer-abort" | "error" } {
  if (error.syscall === "getaddrinfo") return { kind: "error", code: "DNS", message: error.message };
  if (error.syscall === undefined && !error.code?.startsWith("ERR_SSL")) {
    return {
      kind: "error",
      code: error.code ?? error.name,
      message: `closed for an error: ${error.message}`,
    };
  }
  const { how, error: failure } = socketFailure(error, bytesIn);
  return how === "peer-abort" ? { kind: how } : { kind: how, code: failure.code, message: failure.message };
}
