import type { Address } from "../address.ts";
import type { BindOptions } from "../bind.ts";
import type { Clock } from "../clock.ts";
import type { CloseReason, TcpConnection } from "../connection.ts";
import type { TransportError } from "../errors.ts";
import type { TcpObserver } from "../observer.ts";
import type { ServerTlsOptions } from "../tls.ts";
import type { Overload } from "./serving/admission.ts";
import type { ProxyHeaderOptions } from "./serving/proxied-socket.ts";

/** The four concurrency models. */
export const MODEL_NAMES = ["sequential", "event-loop", "threads", "processes"] as const;
/** The name of a concurrency model: who accepts and who handles connections. */
export type ModelName = (typeof MODEL_NAMES)[number];

/**
 * Handles one connection, which is the handler's until the handler returns, or until the returned promise settles.
 */
export type ConnectionHandler = (connection: TcpConnection) => unknown;

/**
 * A handler as a function, or as a module that exports `handler`: a URL, or a path from the working directory. Only a
 * module can be loaded by another thread or process.
 */
export type HandlerRef = { readonly run: ConnectionHandler } | { readonly module: URL | string };

/** Who accepts connections, and who handles them. The four models are in the files beside this one. */
export interface ConcurrencyModel {
  /** What the model does on this Node, in words. */
  readonly mechanism: string;
  readonly open: number;
  readonly accepted: number;
  readonly workers: readonly WorkerInfo[];
  /** See `Listener.unobserved`. */
  readonly unobserved: number;
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

/** How the connections of a stopped listener ended. */
export interface DrainResult {
  /** Whether every connection ended by itself. */
  readonly drained: boolean;
  /** How many connections were aborted. */
  readonly aborted: number;
}

/** A thread or process that handles connections. */
export interface WorkerInfo {
  /** The number of the worker, kept by its replacement. */
  readonly id: number;
  /** The process id, under "processes". */
  readonly pid?: number;
  /** Connections given to this worker so far. */
  readonly accepted: number;
  /** Connections open on this worker now. */
  readonly open: number;
}

/** A connection that a handler begins with. Plain data: it crosses threads and processes. */
export interface OpenedInfo {
  /** The number of the connection, as this process counts. */
  readonly id: number;
  /** The address of this end. */
  readonly local: Address;
  /** The address of the client. */
  readonly remote: Address;
  /** The worker that handles the connection; `undefined` without workers. */
  readonly worker: number | undefined;
  /** Connections open in the whole listener, with this one. */
  readonly open: number;
}

/** A connection that is over. */
export interface ClosedInfo extends OpenedInfo {
  /** Why the connection is over. */
  readonly reason: PlainCloseReason;
  /** Milliseconds from its beginning to its end. */
  readonly durationMs: number;
}

/** Why a connection is over, as plain data. */
export interface PlainCloseReason extends Omit<CloseReason, "error"> {
  /** What went wrong, unless `how` is "end". */
  readonly error?: {
    readonly code: string;
    readonly message: string;
    /** Where the handler threw, if it did. */
    readonly stack?: string;
  };
}

/** What happened to a worker: it started; it died and is replaced; or it died too often and is given up. */
export type WorkerEvent =
  | { readonly kind: "started"; readonly worker: number; readonly pid?: number }
  /** The worker died and is replaced; `onClosed` reports its connections as WORKER_LOST. */
  | (WorkerDeath & { readonly kind: "lost"; readonly restartInMs: number })
  /** The worker died too often and is not replaced. */
  | (WorkerDeath & { readonly kind: "given-up" });

/** Why a worker died. */
export interface WorkerDeath {
  /** The number of the worker. */
  readonly worker: number;
  /** Why the worker died, in words. */
  readonly reason: string;
  /** The stack of the exception that ended the worker. A process has printed it on stderr by then. */
  readonly stack?: string;
}
