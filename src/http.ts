/** HTTP client and server, on the protocol core of `wirepane/http1`. */
export { HttpClient, type HttpClientOptions } from "./http/client.ts";
export { DECODE_LIMITS, type DecodeLimits } from "./http/coding.ts";
export { type Fetch, fetch, fetchWith } from "./http/fetch.ts";
export {
  type Answer,
  type HttpHandler,
  json,
  methodNotAllowed,
  problem,
  type ServerRequest,
  type ServerResponse,
  text,
} from "./http/handler.ts";
export type {
  ClientResponse,
  ConnectionInfo,
  RequestContent,
  RequestInput,
  SentRequest,
  Timings,
} from "./http/messages.ts";
export { type PracticeOptions, practice } from "./http/practice.ts";
export { type FollowedResponse, followRedirects, type RedirectPolicy } from "./http/redirect.ts";
export { firstOf, type Route, router } from "./http/router.ts";
export { serveConnection } from "./http/serve-connection.ts";
export type { ExchangeSummary, ServeConnectionOptions } from "./http/serve-settings.ts";
export { type HttpServer, type ServeOptions, serve } from "./http/server.ts";
export { type StaticFilesOptions, staticFiles } from "./http/static-files.ts";
