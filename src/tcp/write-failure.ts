import type net from "node:net";

type WriteCallback = (error?: Error | null) => void;

/*
 * A peer that answers early and closes has not read all that we sent: its kernel resets the connection. Our next write
 * fails (ECONNRESET, EPIPE), while the answer still lies in our kernel, unread. Node destroys a socket as soon as the
 * callback of a write reports a failure, and the answer is lost. So the callback waits until the answer is read.
 */

/**
 * Calls `failing` when a write of the socket fails. The socket itself fails when `fail` is called. Until then it reads
 * as before, and further writes wait behind the one that failed.
 *
 * `_write` and `_writev` are documented: authors of streams implement them.
 */
export function holdWriteFailures(socket: net.Socket, failing: (fail: () => void) => void): void {
  let told: WriteCallback | undefined;
  let held: WriteCallback = () => {};
  // A stream gives the same callback to all its writes, so it is wrapped once.
  const holding = (callback: WriteCallback): WriteCallback => {
    if (callback !== told) {
      told = callback;
      held = (error) => {
        if (isReset(error)) failing(() => callback(error));
        else callback(error);
      };
    }
    return held;
  };
  const { _write: write, _writev: writev } = socket;
  socket._write = (chunk, encoding, callback) => write.call(socket, chunk, encoding, holding(callback));
  if (writev) socket._writev = (chunks, callback) => writev.call(socket, chunks, holding(callback));
}

function isReset(error: NodeJS.ErrnoException | null | undefined): error is NodeJS.ErrnoException {
  return error?.code === "EPIPE" || error?.code === "ECONNRESET";
}
