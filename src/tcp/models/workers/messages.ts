import type { MessagePort } from "node:worker_threads";
import type { Address } from "../../address.ts";
import type { BindOptions } from "../../bind.ts";
import type { TlsInfo } from "../../connection.ts";
import type { ServerTlsOptions } from "../../tls.ts";
import type { ClosedInfo, DrainResult, OpenedInfo } from "../model.ts";
import type { Overload } from "../serving/admission.ts";
import type { ProxyHeaderOptions } from "../serving/proxied-socket.ts";

/**
 * What the main thread or process tells a worker. A socket, or a port, comes beside the message. `handed` is the
 * connection's id at the sender; the worker says it back, since it has ids of its own.
 */
export type ToWorker =
  | WorkerSetup
  /** With a socket: an accepted connection, yours. */
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
  /** Listen yourself. */
  readonly bind: BindOptions | undefined;
  /** `undefined`: no limit; JSON has no infinity. */
  readonly maxConnections: number | undefined;
  readonly idleTimeoutMs: number;
}

export interface RelayedConnection {
  readonly local: Address;
  readonly remote: Address;
  readonly tls: TlsInfo | undefined;
}

/** What a worker tells. */
export type FromWorker =
  | { readonly type: "ready"; readonly address: Address | undefined }
  /** It cannot begin, and would not the next time either. */
  | { readonly type: "failed"; readonly code: string; readonly message: string; readonly stack?: string }
  | { readonly type: "pong" }
  /** An exception that nobody caught: the worker is about to end. */
  | { readonly type: "crashed"; readonly reason: string; readonly stack?: string }
  /** The socket is here, and its handshake begins. */
  | { readonly type: "taken"; readonly handed: number }
  | { readonly type: "opened"; readonly info: OpenedInfo; readonly handed?: number }
  | { readonly type: "counts"; readonly counts: readonly ByteCounts[] }
  | { readonly type: "closed"; readonly info: ClosedInfo; readonly handed?: number }
  | { readonly type: "overload"; readonly overload: Overload }
  /** The socket that was sent had been reset on the way, or was one too many. */
  | { readonly type: "missed"; readonly handed: number }
  | ({ readonly type: "stopped" } & DrainResult);

/** `id` as the worker counts. */
export interface ByteCounts {
  readonly id: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}
