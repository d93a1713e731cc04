import { formatAddress } from "../../tcp/address.ts";
import type { TcpConnection } from "../../tcp/connection.ts";
import { type FailedConnection, TransportError, type TransportErrorCode } from "../../tcp/errors.ts";

/** Tells an error which connection it happened on. Called before the connection is closed by us, if it is. */
export function tellConnection(error: unknown, tcp: TcpConnection, reused: boolean, ageMs: number): void {
  // One POOL_CLOSED is for all connections. An error that knows its connection already came from there.
  if (!(error instanceof TransportError) || error.code === "POOL_CLOSED" || error.connection) return;
  const { id, remote, bytesIn, bytesOut } = tcp;
  const connection: FailedConnection = {
    id,
    remote: formatAddress(remote),
    ageMs,
    reused,
    closedBy: CLOSED_BY_PEER.has(error.code) ? "peer" : LOST.has(error.code) ? undefined : "us",
    bytesSent: bytesOut,
    bytesReceived: bytesIn,
  };
  Object.assign(error, { connection });
}

const CLOSED_BY_PEER: ReadonlySet<TransportErrorCode> = new Set([
  "PEER_RESET",
  "PEER_CLOSED_BEFORE_RESPONSE",
  "BODY_TRUNCATED",
]);
const LOST: ReadonlySet<TransportErrorCode> = new Set(["WRITE_FAILED", "TIMEOUT_IDLE"]);
