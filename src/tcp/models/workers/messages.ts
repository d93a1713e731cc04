import type { MessagePort } from "node:worker_threads";
import type { Address } from "../../address.ts";
import type { BindOptions } from "../../bind.ts";
import type { TlsInfo } from "../../connection.ts";
import type { ServerTlsOptions } from "../../tls.ts";
import type { ClosedInfo, DrainResult, OpenedInfo } from "../model.ts";
import type { Overload } from "../serving/admission.ts";
import type { ProxyHeaderOptions } from "../serving/proxied-socket.ts";

/**
 * Messages of the main thread or process to a worker. A socket or a port comes beside the message. `handed` is the
 * sender's id of a connection. The worker has ids of its own, and sends this one back.
 */
export type ToWorker =
  | WorkerSetup
  /** With a socket: an accepted connection, which is the worker's from now on. */
  | { readonly type: "socket"; readonly handed: number }
  /** A connection whose socket stays with the sender. */
  | {
      readonly type: "relay";
      readonly port: MessagePort;
      readonly connection: RelayedConnection;
      readonly handed: number;
    }
  | { readonly type: "ping" }
  | { readonly type: "stop"; readonly drainMs: number };

export interface WorkerSetup {
  readonly type: "setup";
  readonly module: string;
  readonly path: string | undefined;
  readonly tls: ServerTlsOptions | undefined;
  readonly proxyHeader: ProxyHeaderOptions | undefined;
  /** Where the worker listens, if it does. */
  readonly bind: BindOptions | undefined;
  /** `undefined`: no limit. (JSON has no infinity.) */
  readonly maxConnections: number | undefined;
  readonly idleTimeoutMs: number;
}

export interface RelayedConnection {
  readonly local: Address;
  readonly remote: Address;
  readonly tls: TlsInfo | undefined;
}

/** Messages of a worker. */
export type FromWorker =
  | { readonly type: "ready"; readonly address: Address | undefined }
  /** The worker cannot begin, and another try would fail, too. */
  | { readonly type: "failed"; readonly code: string; readonly message: string; readonly stack?: string }
  | { readonly type: "pong" }
  /** Nobody caught an exception: the worker is about to end. */
  | { readonly type: "crashed"; readonly reason: string; readonly stack?: string }
  /** The worker has the socket, and the handshake begins. */
  | { readonly type: "taken"; readonly handed: number }
  | { readonly type: "opened"; readonly info: OpenedInfo; readonly handed?: number }
  | { readonly type: "counts"; readonly counts: readonly ByteCounts[] }
  | { readonly type: "closed"; readonly info: ClosedInfo; readonly handed?: number }
  | { readonly type: "overload"; readonly overload: Overload }
  /** The socket was reset on its way, or is one too many. */
  | { readonly type: "missed"; readonly handed: number }
  | ({ readonly type: "stopped" } & DrainResult);

/** `id`: the worker's. */
export interface ByteCounts {
  readonly id: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}
