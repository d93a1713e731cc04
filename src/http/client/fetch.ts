import { printable } from "../../bytes/text.ts";
import { Fields, type FieldsSource } from "../../http1/fields.ts";
import { TransportError } from "../../tcp/errors.ts";
import { ownOptions } from "../../tcp/own-options.ts";
import { HttpClient, type HttpClientOptions } from "./client.ts";
import { fetchError, lazyResponse } from "./lazy-response.ts";
import type { ClientResponse, RequestContent, RequestInput } from "./messages.ts";
import { isRedirect, type RedirectPolicy, redirectedFrom } from "./redirect.ts";
import type { Send } from "./step.ts";

/** The type of the platform's `fetch`. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

let shared: Fetch | undefined;

/**
 * The platform's `fetch` over our own connections: its `Request` and `Response` in and out, its redirects, its errors
 * (a `TypeError` whose `cause` says what happened).
 *
 * Left out, as it is about pages: cache, cookies, CORS, referrer, integrity (docs/fetch.md has each step). Where the platform would send content
 * again to another origin (307, 308), or hand out a content in a coding it does not know as it is, this one refuses.
 *
 * Up to 64 connections are open to an origin, and any number of requests wait for one. A content that nobody has
 * begun to read within a second gives way to a request that waits.
 *
 * @throws {TypeError} `cause` is the `TransportError` or `ProtocolError`; an aborted `signal` rejects with its
 * reason.
 */
export function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  shared ??= fetchWith(new HttpClient(FETCH_CLIENT));
  return shared(input, init);
}

const FIVE_MINUTES_MS = 300_000;

/** Callers of `fetch` expect the limits of the platform, so these are used here. RFC 9112 §5.2 demands `obsFold`. */
export const FETCH_CLIENT: HttpClientOptions = {
  headTimeoutMs: FIVE_MINUTES_MS,
  bodyTimeoutMs: FIVE_MINUTES_MS,
  writeTimeoutMs: FIVE_MINUTES_MS,
  // The caller holds a promise for each request, so the caller decides how long the queue gets.
  maxQueued: Number.POSITIVE_INFINITY,
  queueTimeoutMs: Number.POSITIVE_INFINITY,
  maxConnectionsPerOrigin: 64,
  leniency: { obsFold: true },
};

/** A `fetch` that uses this client: its pool, its limits, its observer. */
export function fetchWith(client: HttpClient): Fetch {
  return fetchBy((each) => client.request(each));
}

/**
 * A `fetch` that sends its requests so, a redirect's, too.
 *
 * @param options for the first request. A redirect to another origin drops those that are not meant for that origin.
 */
export function fetchBy(send: Send, redirects: RedirectPolicy = {}, options?: Partial<RequestInput>): Fetch {
  const policy = ownOptions<RedirectPolicy>({ maxRedirects: 20 }, redirects);
  return async (input, init) => {
    const asked = simplyAsked(input, init) ?? (await askedFor(input, init));
    const { redirect, signal } = asked;
    const request = options === undefined ? asked.request : ownOptions(asked.request, options);
    signal?.throwIfAborted();
    if (typeof request.url !== "string" && request.url.protocol === "data:")
      return fetchedData(request.url, request);
    try {
      const first = await send(request);
      if (!isRedirect(first.status) || redirect === "manual") return answered(first, asked);
      if (redirect === "error") {
        first.discard();
        throw new TransportError("REDIRECT_REFUSED", "head", "a redirect, where none was wanted");
      }
      const { response, urls } = await redirectedFrom(first, request, send, policy);
      return answered(response, asked, urls);
    } catch (error) {
      throw fetchError(error, signal, "fetch failed");
    }
  };
}

/** Nothing is sent for it: the content stands in the URL. */
async function fetchedData(url: URL, { method = "GET" }: RequestInput): Promise<Response> {
  const { dataResponse } = await import("./data-url.ts");
  return dataResponse(url, method);
}

interface Asked {
  readonly request: RequestInput;
  readonly redirect: RequestInit["redirect"];
  readonly signal: AbortSignal | undefined;
}

/** Reads simple input without the platform's slow Headers and URL. `undefined`: `askedFor` has to read the input. */
function simplyAsked(input: string | URL | Request, init: RequestInit | undefined): Asked | undefined {
  // "@": there may be credentials. "#", or "?" at the end: `Response.url` differs from the URL that is sent.
  // Not "h" at the beginning: it may be a `data:` URL.
  if (typeof input !== "string" || /^[^h]|[@#]|\?$/.test(input)) return undefined;
  if (init === undefined) return asking(input, "GET", undefined, undefined, undefined, undefined);
  if (Object.getPrototypeOf(init) !== Object.prototype || Object.hasOwn(init, "integrity")) return undefined;
  const { method = "GET", headers, body = null, redirect, signal } = new FetchOptions(init);
  if (body !== null && (typeof body !== "string" || method === "GET" || method === "HEAD")) return undefined;
  const lines = headers === undefined ? [] : simpleLines(headers);
  if (lines === undefined) return undefined;
  if (body !== null && !lines.some((line, i) => i % 2 === 0 && isContentType(line))) {
    lines.push("content-type", TEXT);
  }
  const fields = lines.length === 0 ? undefined : new Fields(lines);
  return asking(input, normalMethod(method), fields, body ?? undefined, redirect, signal ?? undefined);
}

/** As `RequestOptions`: a polluted `Object.prototype` supplies no option, and all instances have one shape. */
class FetchOptions {
  readonly method: RequestInit["method"] = undefined;
  readonly headers: RequestInit["headers"] = undefined;
  readonly body: RequestInit["body"] = undefined;
  readonly redirect: RequestInit["redirect"] = undefined;
  readonly signal: RequestInit["signal"] = undefined;

  constructor(init: RequestInit) {
    if (Object.hasOwn(init, "method")) this.method = init.method;
    if (Object.hasOwn(init, "headers")) this.headers = init.headers;
    if (Object.hasOwn(init, "body")) this.body = init.body;
    if (Object.hasOwn(init, "redirect")) this.redirect = init.redirect;
    if (Object.hasOwn(init, "signal")) this.signal = init.signal;
  }
}

/**
 * The field lines of a plain object. `undefined`: the platform's Headers might change more than the case of the names.
 * Names and values that may not be sent are found later, by the client's own check.
 */
function simpleLines(headers: NonNullable<RequestInit["headers"]>): string[] | undefined {
  if (Object.getPrototypeOf(headers) !== Object.prototype || Symbol.iterator in headers) return undefined;
  const lines: string[] = [];
  for (const [name, value] of Object.entries(headers as Record<string, unknown>)) {
    if (typeof value !== "string" || UNUSUAL_VALUE.test(value)) return undefined;
    const lower = name.toLowerCase();
    // Headers joins the values of names that differ only in case.
    for (let i = 0; i < lines.length; i += 2) if (lines[i] === lower) return undefined;
    lines.push(lower, value);
  }
  return lines;
}

/** A value that is empty, has whitespace around it, or has octets that no field value may have. */
const UNUSUAL_VALUE = /^$|^\s|\s$|[^\t\x20-\x7e]/;
const TEXT = "text/plain;charset=UTF-8";
const isContentType = (lowerCaseName: string): boolean => lowerCaseName === "content-type";

async function askedFor(input: string | URL | Request, given: RequestInit = {}): Promise<Asked> {
  // A Request may be given as `init`, too. Its members are getters of the prototype, so it is passed on as it is.
  const init: RequestInit = Object.getPrototypeOf(given) === Object.prototype ? ownOptions(given) : given;
  const { body = null, integrity = input instanceof Request ? input.integrity : "" } = init;
  if (integrity !== "") throw new TypeError("fetch does not check integrity: compare the content yourself");
  // We read the URL first: the platform's error for a URL that it refuses contains the whole text, with credentials.
  const url = typeof input === "string" || !(input instanceof Request) ? fetchUrl(String(input)) : undefined;
  if (url === undefined || (body !== null && typeof body !== "string")) {
    // Where `headers` is missing, the platform would look for it on `Object.prototype`.
    const headers = init.headers ?? (input instanceof Request ? input.headers : []);
    const complete = init === given ? given : ownOptions(init, { headers });
    return askedByRequest(new Request(url ?? input, complete), body !== null && isStream(body));
  }
  // The platform's Request costs more than the whole exchange. So we do here what it would do with simple input.
  const headers = init.headers === undefined ? [] : [...new Headers(init.headers)];
  if (typeof body === "string" && !headers.some(([name]) => isContentType(name))) {
    headers.push(["content-type", TEXT]);
  }
  const method = normalMethod(init.method ?? "GET");
  if (body !== null && (method === "GET" || method === "HEAD")) {
    throw new TypeError("a GET or HEAD request has no body");
  }
  return asking(url, method, headers, body ?? undefined, init.redirect, init.signal ?? undefined);
}

async function askedByRequest(request: Request, streams: boolean): Promise<Asked> {
  const { url, method, headers, redirect, signal } = request;
  // A stream of the caller is sent as it comes. The platform makes a stream of any other body, too. That one we read
  // whole, so that it has a length, and can be sent again.
  let body: RequestContent | undefined;
  if (request.body !== null) body = streams ? request.body : new Uint8Array(await request.arrayBuffer());
  return asking(fetchUrl(url), normalMethod(method), [...headers], body, redirect, signal);
}

/** Blob has a `stream()` and FormData has entries, but neither is a stream. */
function isStream(body: NonNullable<RequestInit["body"]>): boolean {
  return typeof body === "object" && Symbol.asyncIterator in body;
}

function asking(
  url: string | URL,
  method: string,
  fields: FieldsSource | undefined,
  body: RequestContent | undefined,
  redirect: RequestInit["redirect"] = "follow",
  signal: AbortSignal | undefined,
): Asked {
  if (!REDIRECT_MODES.has(redirect))
    throw new TypeError(`fetch knows no redirect mode "${printable(`${redirect}`)}"`);
  return { request: { url, method, fields, body, signal, decode: true }, redirect, signal };
}

const REDIRECT_MODES: ReadonlySet<RequestInit["redirect"]> = new Set(["follow", "error", "manual"]);

function fetchUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    // Node's own error is left out: it contains the text, which may have credentials.
    throw new TypeError("fetch wants an absolute URL");
  }
  if (url.username !== "" || url.password !== "") {
    throw new TypeError("fetch takes no credentials in a URL: use the Authorization header");
  }
  return url;
}

const NORMALISED = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
const FORBIDDEN = new Set(["CONNECT", "TRACE", "TRACK"]);

/** Fetch standard §2.2.1: six methods are put in upper case, and three are forbidden. */
function normalMethod(method: string): string {
  const upper = method.toUpperCase();
  if (FORBIDDEN.has(upper)) throw new TypeError(`fetch does not send ${upper}`);
  return NORMALISED.has(upper) ? upper : method;
}

const WITHOUT_BODY = new Set([101, 103, 204, 205, 304]);

function answered(response: ClientResponse, { request, signal }: Asked, urls?: readonly string[]): Response {
  const hasBody = request.method !== "HEAD" && !WITHOUT_BODY.has(response.status);
  if (!hasBody) response.discard();
  const redirected = urls !== undefined && urls.length > 1;
  const url = urls?.at(-1) ?? (typeof request.url === "string" ? undefined : request.url.href);
  return lazyResponse({ response, url: url?.replace(/#.*/s, ""), redirected, hasBody, signal });
}
