import type { MessagePort } from "node:worker_threads";
import type { Address } from "../../address.ts";
import type { BindOptions } from "../../bind.ts";
import type { TlsInfo } from "../../connection.ts";
import type { ConnectionEvent } from "../../observer.ts";
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
  /** Observed batches of this size in all were received. */
  | { readonly type: "seen"; readonly size: number }
  /** Nobody watches this connection: tell no more of it. */
  | { readonly type: "dismiss"; readonly end: number }
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
  /** Whether somebody may watch the connections. */
  readonly observed: boolean;
}

export interface RelayedConnection {
  readonly local: Address;
  readonly remote: Address;
  readonly tls: TlsInfo | undefined;
}

/** Messages of a worker. */
export type FromWorker =
  /** `clockNs`: the worker's clock at this moment. */
  | { readonly type: "ready"; readonly address: Address | undefined; readonly clockNs: number }
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
  | { readonly type: "observed"; readonly batch: ObservedBatch }
  | ({ readonly type: "stopped" } & DrainResult);

/** `id`: the worker's. */
export interface ByteCounts {
  readonly id: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What the connections of a worker did since the last batch. */
export interface ObservedBatch {
  readonly events: readonly ObservedEvent[];
  /** The bytes of all reads and writes, one after the other. Between processes, where messages are JSON: in base64. */
  readonly bytes: Uint8Array | string;
  /** What the batch counts for, in bytes. */
  readonly size: number;
  /** Connections that came and went without being told of. */
  readonly unobserved: number;
}

/** `end`: the worker's number of the connection. `at`: nanoseconds of the worker's clock. */
export interface ObservedEvent {
  readonly end: number;
  readonly at: number;
  readonly event:
    | Exclude<ConnectionEvent, { readonly bytes: Uint8Array }>
    | { readonly kind: "read" | "write"; readonly length: number };
}
