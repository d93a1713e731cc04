/** Wirepane: TCP and HTTP you can see. The everyday names; everything else is in the entry point of its part. */

export {
  type ClientResponse,
  fetch,
  firstOf,
  followRedirects,
  HttpClient,
  type HttpClientOptions,
  type HttpHandler,
  type HttpServer,
  json,
  practice,
  problem,
  type RequestInput,
  router,
  type ServeOptions,
  type ServerRequest,
  type ServerResponse,
  serve,
  staticFiles,
  text,
} from "./http.ts";
export { Fields, ProtocolError } from "./http1.ts";
export {
  type CloseReason,
  type ConnectionHandler,
  type ConnectOptions,
  connect,
  echo,
  formatAddress,
  type Listener,
  type ListenOptions,
  listen,
  type ModelName,
  type TcpConnection,
  TransportError,
} from "./tcp.ts";
export {
  explainBytes,
  formatExplanation,
  formatTimeline,
  type Recorder,
  recordTrace,
  type TraceRecord,
} from "./trace.ts";
