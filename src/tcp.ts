/** Connections and listeners: RFC 9293's user side, under a concurrency model of your choice. */
export { type Address, formatAddress } from "./tcp/address.ts";
export type { Clock } from "./tcp/clock.ts";
export { type ConnectOptions, connect } from "./tcp/connect.ts";
export type { ByteSink, CloseReason, TcpConnection, TlsInfo } from "./tcp/connection.ts";
export { echo } from "./tcp/echo.ts";
export {
  type ConnectAttempt,
  type FailedConnection,
  type Phase,
  TRANSPORT_ERRORS,
  TransportError,
  type TransportErrorCode,
  type TransportErrorOptions,
} from "./tcp/errors.ts";
export type {
  ConnectionEnds,
  Greet,
  Handshake,
  HandshakeStep,
  Hop,
  HopAnswer,
  HopTarget,
} from "./tcp/hops/hop.ts";
export { type Listener, type ListenOptions, listen, type OverloadInfo } from "./tcp/listen.ts";
export { mechanisms } from "./tcp/mechanisms.ts";
export { type MemoryPairOptions, memoryConnectionPair } from "./tcp/memory-connection.ts";
export {
  type ClosedInfo,
  type ConnectionHandler,
  type DrainResult,
  type HandlerRef,
  MODEL_NAMES,
  type ModelName,
  type OpenedInfo,
  type PlainCloseReason,
  type WorkerDeath,
  type WorkerEvent,
  type WorkerInfo,
} from "./tcp/models/model.ts";
export type { Overload } from "./tcp/models/serving/admission.ts";
export type { ProxyHeaderOptions } from "./tcp/models/serving/proxied-socket.ts";
export type { ConnectionEvent, TcpObserver } from "./tcp/observer.ts";
export { isPublicAddress } from "./tcp/public-address.ts";
export type { Lookup, ResolvedAddress } from "./tcp/resolve.ts";
export type { ServerTlsOptions, TlsOptions } from "./tcp/tls.ts";
