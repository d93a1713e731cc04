/** HTTP client and server, on the protocol core of `wirepane/http1`. */
export {
  type AuthenticateOptions,
  authenticate,
} from "./http/client/authentication/authenticate.ts";
export {
  type AuthenticationScheme,
  type Authenticator,
  type Credentials,
  createAuthenticator,
} from "./http/client/authentication/authenticator.ts";
export type { DigestHash, DigestMeans } from "./http/client/authentication/digest.ts";
export { nodeDigestMeans } from "./http/client/authentication/digest-means.ts";
export {
  type NetrcCredentials,
  type NetrcEntry,
  NetrcError,
  netrcCredentials,
  parseNetrc,
} from "./http/client/authentication/netrc.ts";
export { HttpClient, type HttpClientOptions } from "./http/client/client.ts";
export { DECODE_LIMITS, type DecodeLimits } from "./http/client/coding.ts";
export { type Cookie, type CookiePlace, cookiePlace } from "./http/client/cookies/cookie.ts";
export { type CookieJar, type CookieJarOptions, createCookieJar } from "./http/client/cookies/cookie-jar.ts";
export { cookies } from "./http/client/cookies/cookies.ts";
export { netscapeCookies, parseNetscapeCookies } from "./http/client/cookies/netscape.ts";
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
  RequestInput,
  SentRequest,
  Timings,
} from "./http/client/messages.ts";
export { type FormPart, formBoundary, formPart, multipartType } from "./http/client/multipart/form-part.ts";
export {
  type Multipart,
  type MultipartPart,
  multipartBody,
} from "./http/client/multipart/multipart.ts";
export { base64Content, quotedPrintableContent } from "./http/client/multipart/transfer-encoding.ts";
export {
  connectTunnel,
  type ProxyAuthenticator,
  type TunnelSettings,
} from "./http/client/proxies/connect-tunnel.ts";
export {
  isWithoutProxy,
  type ProxyEnvironment,
  proxyFromEnvironment,
} from "./http/client/proxies/environment.ts";
export { hopsOf, proxied, proxyFor } from "./http/client/proxies/proxied.ts";
export type { ProxyOptions, ProxyScheme, ProxySetting } from "./http/client/proxies/proxy-options.ts";
export { parseProxyUrl } from "./http/client/proxies/proxy-url.ts";
export { type Socks4Settings, socks4 } from "./http/client/proxies/socks4.ts";
export { type Socks5Settings, socks5 } from "./http/client/proxies/socks5.ts";
export { type FollowedResponse, followRedirects, type RedirectPolicy } from "./http/client/redirect.ts";
export type { ContentSource, RequestContent } from "./http/client/request-content.ts";
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
