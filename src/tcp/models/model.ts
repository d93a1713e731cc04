import type { Address } from "../address.ts";
import type { BindOptions } from "../bind.ts";
import type { Clock } from "../clock.ts";
import type { CloseReason, TcpConnection } from "../connection.ts";
import type { TransportError } from "../errors.ts";
import type { TcpObserver } from "../observer.ts";
import type { ServerTlsOptions } from "../tls.ts";
import type { Overload } from "./serving/admission.ts";
import type { ProxyHeaderOptions } from "./serving/proxied-socket.ts";

export const MODEL_NAMES = ["sequential", "event-loop", "threads", "processes"] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** The connection is the handler's until it returns, or until the promise that it returns settles. */
export type ConnectionHandler = (connection: TcpConnection) => unknown;

/** A function cannot cross to another thread or process; a module can, and is asked for its export `handler`. */
export type HandlerRef = { readonly run: ConnectionHandler } | { readonly module: URL | string };

/** Who accepts connections, and who handles them. The four models are in the files beside this one. */
export interface ConcurrencyModel {
  /** What the model does on this Node, in words. */
  readonly mechanism: string;
  readonly open: number;
  readonly accepted: number;
  readonly workers: readonly WorkerInfo[];
  /** Whether `observe` is called: the connections' bytes pass the main thread of this process. */
  readonly observable: boolean;
  /** Resolves when connections are accepted. @throws {TransportError} */
  start(): Promise<Address>;
  /** Accepts no more, waits `drainMs` for the open connections to end, aborts the rest. */
  stop(drainMs: number): Promise<DrainResult>;
}

export interface ModelOptions {
  readonly bind: BindOptions;
  readonly tls: ServerTlsOptions | undefined;
  readonly proxyHeader: ProxyHeaderOptions | undefined;
  readonly handler: HandlerRef;
  readonly workers: number;
  readonly maxConnections: number;
  /** 0: no limit. */
  readonly idleTimeoutMs: number;
  readonly observe: (() => TcpObserver | undefined) | undefined;
  readonly onConnection: (info: OpenedInfo) => void;
  readonly onClosed: (info: ClosedInfo) => void;
  readonly onWorker: (event: WorkerEvent) => void;
  readonly onOverload: (overload: Overload) => void;
  readonly onFull: (() => Promise<unknown> | undefined) | undefined;
  /** No connection can be served any more. */
  readonly onFailed: (error: TransportError) => void;
  /** How long a worker may leave questions unanswered before it is replaced. */
  readonly maxWorkerSilenceMs: number;
  readonly clock: Clock;
}

export interface DrainResult {
  /** Every connection ended by itself. */
  readonly drained: boolean;
  readonly aborted: number;
}

export interface WorkerInfo {
  readonly id: number;
  readonly pid?: number;
  readonly accepted: number;
  readonly open: number;
}

/** Plain data: it crosses threads and processes. */
export interface OpenedInfo {
  readonly id: number;
  readonly local: Address;
  readonly remote: Address;
  /** Who handles it; `undefined` where there are no workers. */
  readonly worker: number | undefined;
  /** Connections open in the whole listener, with this one. */
  readonly open: number;
}

export interface ClosedInfo extends OpenedInfo {
  readonly reason: PlainCloseReason;
  readonly durationMs: number;
}

export interface PlainCloseReason extends Omit<CloseReason, "error"> {
  readonly error?: {
    readonly code: string;
    readonly message: string;
    /** Where the handler threw, if it did. */
    readonly stack?: string;
  };
}

export type WorkerEvent =
  | { readonly kind: "started"; readonly worker: number; readonly pid?: number }
  /** It died; its connections are reported by `onClosed` as WORKER_LOST. */
  | (WorkerDeath & { readonly kind: "lost"; readonly restartInMs: number })
  /** It died too often: it is not replaced any more. */
  | (WorkerDeath & { readonly kind: "given-up" });

export interface WorkerDeath {
  readonly worker: number;
  readonly reason: string;
  /** Of the exception that ended it. A process has printed it on stderr by then. */
  readonly stack?: string;
}
