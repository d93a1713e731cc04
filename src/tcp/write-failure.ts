import type net from "node:net";

type WriteCallback = (error?: Error | null) => void;

/*
 * A peer that answers early and closes resets the connection: it has not read all that we sent. Our next write fails
 * (ECONNRESET, EPIPE), and the answer still lies in the kernel. Node destroys a socket whose write failed, and the
 * answer with it. A write fails when its callback says so, so the callback has to wait until the answer is read.
 */

/**
 * Calls `failing` when a write of the socket fails, and lets the socket fail once `fail` is called. Until then the
 * socket reads as before, and what is written waits behind the write that failed.
 *
 * `_write` and `_writev` are what Node documents for streams of one's own.
 */
export function holdWriteFailures(socket: net.Socket, failing: (fail: () => void) => void): void {
  let told: WriteCallback | undefined;
  let held: WriteCallback = () => {};
  // A stream gives the same callback to all its writes.
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
