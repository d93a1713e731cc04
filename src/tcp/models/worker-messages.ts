import type { MessagePort } from "node:worker_threads";
import type { Address } from "../address.ts";
import type { BindOptions } from "../bind.ts";
import type { TlsInfo } from "../connection.ts";
import type { ServerTlsOptions } from "../tls.ts";
import type { Overload } from "./admission.ts";
import type { ClosedInfo, DrainResult, OpenedInfo } from "./model.ts";
import type { ProxyHeaderOptions } from "./proxied-socket.ts";

/** What the main thread or process tells a worker. A socket, or a port, comes beside the message. */
export type ToWorker =
  | WorkerSetup
  /** With a socket: an accepted connection, yours. */
  | { readonly type: "socket" }
  /** A connection whose socket stays with the sender. */
  | { readonly type: "relay"; readonly port: MessagePort; readonly connection: RelayedConnection }
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
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | { readonly type: "opened"; readonly info: OpenedInfo }
  | { readonly type: "closed"; readonly info: ClosedInfo }
  | { readonly type: "overload"; readonly overload: Overload }
  /** The socket that was sent had been reset on the way, or was one too many. */
  | { readonly type: "missed" }
  | ({ readonly type: "stopped" } & DrainResult);
