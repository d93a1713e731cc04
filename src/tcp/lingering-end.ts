import type { Clock } from "./clock.ts";
import type { TcpConnection } from "./connection.ts";
import { TransportError } from "./errors.ts";

/** How long the peer may take none of the bytes that wait for it. */
const STALL_MS = 30_000;
/** How long we wait for the peer's FIN after ours. */
const LINGER_MS = 1_000;
/** How much the peer may send after our FIN. On most paths less than that is under way to us. */
const LINGER_BYTES = 4 * 1024 * 1024;

/** What only the connection itself knows, and can do. */
export interface EndingParts {
  /** Somebody waits for a `read()`: that reader takes what still comes. */
  readonly hasReader: boolean;
  unsentBytes(): number;
  peerEnded(): boolean;
  /** The connection has failed, or is closed. */
  isOver(): boolean;
  /** Closes the connection, although the peer has not ended. */
  letGo(): void;
}

/**
 * Sends what is queued, then FIN, and reads on for a moment until the peer ends, too. What is read is dropped. To close
 * at once would send a reset where unread bytes lie in the kernel, and a reset may overtake the last bytes that we wrote
 * (RFC 9112 §9.6). Resolves when the connection is closed.
 */
export async function endAndLinger(
  connection: TcpConnection,
  parts: EndingParts,
  clock: Clock,
): Promise<void> {
  let mostBytesIn = Number.POSITIVE_INFINITY;
  const onBytes = () => {
    if (connection.bytesIn > mostBytesIn) parts.letGo();
  };
  if (!parts.hasReader) connection.attach({ onBytes, onEnd() {}, onClose() {} });
  connection.resume();
  await endOrStall(connection, parts, clock);
  // Where both sides have ended there is nothing to wait for.
  if (!parts.peerEnded()) {
    mostBytesIn = connection.bytesIn + LINGER_BYTES;
    await closedWithin(LINGER_MS, connection, clock);
    if (!parts.isOver()) parts.letGo();
  }
  await connection.closed;
}

/** Ends, and aborts when the peer takes nothing for `STALL_MS`. Never rejects: `closed` says what failed. */
async function endOrStall(
  connection: TcpConnection,
  { unsentBytes }: EndingParts,
  clock: Clock,
): Promise<void> {
  const ended = connection.end().catch(() => {});
  let left = unsentBytes();
  if (left === 0) return ended;
  let clear = (): void => {};
  const watch = (): void => {
    clear = clock.after(STALL_MS, () => {
      if (unsentBytes() === left) {
        const message = `the peer took none of the last ${left} bytes for ${STALL_MS / 1000} s`;
        connection.abort(new TransportError("TIMEOUT_WRITE", "write", message));
      } else {
        left = unsentBytes();
        watch();
      }
    });
  };
  watch();
  await ended;
  clear();
}

async function closedWithin(ms: number, { closed }: TcpConnection, clock: Clock): Promise<void> {
  let clear = (): void => {};
  const late = new Promise<void>((resolve) => {
    clear = clock.after(ms, resolve);
  });
  await Promise.race([closed, late]);
  clear();
}
