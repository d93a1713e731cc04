import type net from "node:net";

type WriteCallback = (error?: Error | null) => void;
type WriteChunks = Parameters<NonNullable<net.Socket["_writev"]>>[0];

/*
 * A peer that answers early and closes has not read all that we sent: its kernel resets the connection. Our next write
 * fails (ECONNRESET, EPIPE), while the answer still lies in our kernel, unread. Node destroys a socket as soon as the
 * callback of a write reports a failure, and the answer is lost. So the callback waits until the answer is read.
 */

/**
 * Calls `failing` when a write of the socket fails. Call it once for a socket. The socket itself fails when `fail` is
 * called. Until then it reads as before, and further writes wait behind the one that failed.
 *
 * `_write` and `_writev` are documented: authors of streams implement them. All sockets share the two functions that
 * take their place: two closures for each socket cost a small request of the HTTP client about 5 % more CPU time.
 */
export function holdWriteFailures(socket: net.Socket, failing: (fail: () => void) => void): void {
  const held: HeldSocket = Object.assign(socket, { [WRITES]: new HeldWrites(socket, failing) });
  held._write = heldWrite;
  if (socket._writev) held._writev = heldWritev;
}

const WRITES = Symbol("writes");

type HeldSocket = net.Socket & { readonly [WRITES]: HeldWrites };

class HeldWrites {
  /** The functions of the stream itself. */
  readonly write: net.Socket["_write"];
  readonly writev: net.Socket["_writev"];
  readonly #failing: (fail: () => void) => void;
  #told: WriteCallback | undefined;
  #holding: WriteCallback = () => {};

  constructor({ _write, _writev }: net.Socket, failing: (fail: () => void) => void) {
    this.write = _write;
    this.writev = _writev;
    this.#failing = failing;
  }

  /** A stream gives the same callback to all its writes, so it is wrapped once. */
  callback(told: WriteCallback): WriteCallback {
    if (told !== this.#told) {
      this.#told = told;
      this.#holding = (error) => {
        if (error && isReset(error)) this.#failing(() => told(error));
        else told(error);
      };
    }
    return this.#holding;
  }
}

function heldWrite(
  this: HeldSocket,
  chunk: unknown,
  encoding: BufferEncoding,
  callback: WriteCallback,
): void {
  const writes = this[WRITES];
  writes.write.call(this, chunk, encoding, writes.callback(callback));
}

function heldWritev(this: HeldSocket, chunks: WriteChunks, callback: WriteCallback): void {
  const writes = this[WRITES];
  writes.writev?.call(this, chunks, writes.callback(callback));
}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === "EPIPE" || error.code === "ECONNRESET";
}
