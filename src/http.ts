/** HTTP client and server, on the protocol core of `wirepane/http1`. */
export { HttpClient, type HttpClientOptions } from "./http/client/client.ts";
export { DECODE_LIMITS, type DecodeLimits } from "./http/client/coding.ts";
export {
  type ConnectionWatcher,
  createFetch,
  type FetchSettings,
  type FetchTimeouts,
} from "./http/client/create-fetch.ts";
export { type Fetch, fetch, fetchWith } from "./http/client/fetch.ts";
export type {
  ClientResponse,
  ConnectionInfo,
  RequestContent,
  RequestInput,
  SentRequest,
  Timings,
} from "./http/client/messages.ts";
export { type FormPart, formBoundary, formPart, multipartType } from "./http/client/multipart/form-part.ts";
export {
  type Multipart,
  type MultipartPart,
  multipartBody,
  multipartLength,
  type PartStream,
} from "./http/client/multipart/multipart.ts";
export { base64Content, quotedPrintableContent } from "./http/client/multipart/transfer-encoding.ts";
export { type FollowedResponse, followRedirects, type RedirectPolicy } from "./http/client/redirect.ts";
export { type Resume, type ResumePolicy, resumedContent } from "./http/client/retries/resume.ts";
export { type Retry, type RetryPolicy, retries } from "./http/client/retries/retry.ts";
export { retryAfterMs } from "./http/client/retries/retry-after.ts";
export { type Send, type Step, withSteps } from "./http/client/step.ts";
export { serveConnection } from "./http/server/connection.ts";
export { type StaticFilesOptions, staticFiles } from "./http/server/files/static-files.ts";
export {
  type Answer,
  type HttpHandler,
  json,
  methodNotAllowed,
  problem,
  type ServerRequest,
  type ServerResponse,
  text,
} from "./http/server/handler.ts";
export { type PracticeOptions, practice } from "./http/server/practice.ts";
export { firstOf, type Route, router } from "./http/server/router.ts";
export { type HttpServer, type ServeOptions, serve } from "./http/server/server.ts";
export type { ExchangeSummary, ServeConnectionOptions } from "./http/server/settings.ts";
