import { Fields } from "../../http1/fields.ts";
import { TransportError } from "../../tcp/errors.ts";
import { ownOptions } from "../../tcp/own-options.ts";
import { HttpClient, type HttpClientOptions } from "./client.ts";
import { type Asked, askedFor, simplyAsked } from "./fetch-input.ts";
import { fetchError, lazyResponse } from "./lazy-response.ts";
import type { ClientResponse, RequestInput } from "./messages.ts";
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
  limits: { maxFieldLines: 2000 },
  leniency: { obsFold: true },
};

/** A `fetch` that uses this client: its pool, its limits, its observer. */
export function fetchWith(client: HttpClient): Fetch {
  return fetchBy((each) => client.request(each));
}

/**
 * A `fetch` that sends its requests so, a redirect's, too.
 *
 * @param complete adds to the first request. A redirect to another origin drops what is not meant for that origin.
 */
export function fetchBy(
  send: Send,
  redirects: RedirectPolicy = {},
  complete: (request: RequestInput) => RequestInput = (request) => request,
): Fetch {
  const policy = ownOptions<RedirectPolicy>({ maxRedirects: 20 }, redirects);
  return async (input, init) => {
    const asked = simplyAsked(input, init) ?? (await askedFor(input, init));
    const { redirect, signal } = asked;
    const request = complete(asked.request);
    signal?.throwIfAborted();
    if (typeof request.url !== "string" && WITHOUT_NETWORK.has(request.url.protocol)) {
      const { url, method = "GET", fields } = request;
      const headers = [...Fields.from(fields)];
      return platformFetch(url, ownOptions<RequestInit>({ method, headers, signal: signal ?? null }));
    }
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

/** The platform's own fetch, also when somebody puts this module's in its place. It loads with its first call. */
const platformFetch = globalThis.fetch;
/** Nothing is sent for these: the platform has their content. */
const WITHOUT_NETWORK: ReadonlySet<string> = new Set(["data:", "blob:"]);

const WITHOUT_BODY = new Set([101, 103, 204, 205, 304]);

function answered(response: ClientResponse, { request, signal }: Asked, urls?: readonly string[]): Response {
  const hasBody = request.method !== "HEAD" && !WITHOUT_BODY.has(response.status);
  if (!hasBody) response.discard();
  const redirected = urls !== undefined && urls.length > 1;
  const url = urls?.at(-1) ?? (typeof request.url === "string" ? undefined : request.url.href);
  return lazyResponse({ response, url: url?.replace(/#.*/s, ""), redirected, hasBody, signal });
}
