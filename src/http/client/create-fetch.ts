import type { Http1Observer } from "../../http1/observer.ts";
import { nowMs } from "../../tcp/clock.ts";
import type { ConnectOptions } from "../../tcp/connect.ts";
import type { TcpObserver } from "../../tcp/observer.ts";
import { ownOptions } from "../../tcp/own-options.ts";
import { HttpClient, type HttpClientOptions } from "./client.ts";
import type { CookieJar } from "./cookies/cookie-jar.ts";
import { FETCH_CLIENT, type Fetch, fetchBy } from "./fetch.ts";
import { baseOf, resolving, withHeaders } from "./fetch-defaults.ts";
import type { RequestInput } from "./messages.ts";
import type { ProxySetting } from "./proxies/proxy-options.ts";
import type { RedirectPolicy } from "./redirect.ts";
import type { RetryPolicy } from "./retries/retry.ts";
import { type Send, type Step, withSteps } from "./step.ts";

/** How a `fetch` of one's own connects, what it does around each exchange, and how long it waits. */
export interface FetchSettings {
  /**
   * The http or https URL that relative URLs are resolved against, as a page's: "users" behind "https://example.org/v1/"
   * is "https://example.org/v1/users", and "/users" is "https://example.org/users". Without it, URLs are absolute.
   */
  readonly base?: string | URL | undefined;
  /**
   * Header fields for each request that does not have them itself; none by default. With `base`, only its origin gets
   * them, and so does no other origin that a redirect leads to: they may be secrets.
   */
  readonly headers?: RequestInit["headers"] | undefined;
  /** The client, with its connections and its limits. By default one of its own, with the limits of `fetch`. */
  readonly client?: HttpClient | undefined;
  /** Options of the own client, over those of `fetch`. Not together with `client`. */
  readonly clientOptions?: HttpClientOptions | undefined;
  /**
   * The proxy for all requests: a URL, its options, or a function that is asked for each URL, such as
   * `proxyFromEnvironment()`; `false` for none. By default the client's, which has none.
   */
  readonly proxy?: ProxySetting | false | undefined;
  /** Which requests are sent again, or how many times. Not at all by default; {} is the usual policy. */
  readonly retry?: RetryPolicy | number | undefined;
  /** Where cookies come from and go to; no cookies by default. */
  readonly cookies?: Pick<CookieJar, "fieldFor" | "received"> | undefined;
  /**
   * What else is done around each exchange, the first one outermost: `[authenticate(…), …]`. Redirects are followed
   * around all of them, then come `retry` and `cookies`, then these. None by default.
   */
  readonly steps?: readonly Step[] | undefined;
  /** Which redirects are followed, where the mode is "follow": at most 20 by default. */
  readonly redirects?: Omit<RedirectPolicy, "keepMethod"> | undefined;
  /** Options for every request, which the platform's `init` has no name for: `connect`, `earlyAnswer`, … */
  readonly request?: Omit<RequestInput, "url" | "method" | "fields" | "body" | "signal"> | undefined;
  /** How long each phase may take. */
  readonly timeout?: FetchTimeouts | undefined;
}

/** How long each phase of a `fetch` may take, in milliseconds. */
export interface FetchTimeouts {
  /** For one connection, TLS included; 10,000 by default. */
  readonly connectMs?: number | undefined;
  /** From the end of a request to the end of the response's head, 300,000 by default. Not together with `client`. */
  readonly headMs?: number | undefined;
  /** Without a byte of content, 300,000 by default. Not together with `client`. */
  readonly bodyMs?: number | undefined;
  /** From the call to the last byte of content, redirects and retries included; no limit by default. */
  readonly totalMs?: number | undefined;
}

/** What watches connections and keeps what it saw: what `recordTrace()` of `wirepane/trace` returns. */
export interface ConnectionWatcher {
  /** Returns an observer for one connection. */
  observe(role: "client"): TcpObserver & Http1Observer;
}

/**
 * A `fetch` with options that the platform's has no place for. They are given once, and not in `init`: so the function
 * can stand wherever the platform's `fetch` is expected.
 *
 *     const fetch = createFetch({ steps: [retries()], timeout: { connectMs: 2000, totalMs: 30_000 } });
 *
 * With `record`, each call has a connection of its own, and its Response has a `recording` of all that happened on it,
 * redirects and retries included:
 *
 *     const fetch = createFetch({ record: () => recordTrace() });
 *     const { records } = (await fetch(url)).recording;
 *
 * The recorder is passed in, since the client knows nothing of recordings: any object with `observe` will do.
 *
 * @throws {TypeError} for settings that cannot be had together.
 */
export function createFetch(settings?: FetchSettings): Fetch;
export function createFetch<Recording extends ConnectionWatcher>(
  settings: FetchSettings & { readonly record: () => Recording },
): (...asked: Parameters<Fetch>) => Promise<Response & { readonly recording: Recording }>;
export function createFetch(
  given: FetchSettings & { readonly record?: () => ConnectionWatcher } = {},
): Fetch {
  const settings = ownOptions(given);
  const { record, timeout = {} } = settings;
  const { totalMs } = ownOptions<FetchTimeouts>(timeout);
  if (record !== undefined && settings.client !== undefined) {
    throw new TypeError(
      "createFetch: a recording needs connections of its own: give clientOptions, not a client",
    );
  }
  const options = clientOptionsOf(settings);
  const base = settings.base === undefined ? undefined : baseOf(settings.base);
  const complete = completionOf(settings, base?.origin);
  const steps = stepsOf(settings);
  /** From the outside to the inside: redirects, total time, retries, cookies, steps, client. */
  const fetchOf = (client: HttpClient): Fetch => {
    const send = withSteps((input) => client.request(input), ...steps);
    const { redirects } = settings;
    const fetch: Fetch =
      totalMs === undefined
        ? fetchBy(send, redirects, complete)
        : (...asked) => fetchBy(within(totalMs, send), redirects, complete)(...asked);
    return base === undefined ? fetch : resolving(fetch, base);
  };
  if (record === undefined) return fetchOf(settings.client ?? new HttpClient(options));
  return async (...asked) => {
    const recording = record();
    // A connection that is used again would have been opened before, and told of to another recorder.
    const observe = (): TcpObserver & Http1Observer => recording.observe("client");
    const client = new HttpClient(ownOptions<HttpClientOptions>(options, { observe, idleTimeoutMs: 0 }));
    const response = await fetchOf(client)(...asked);
    return Object.defineProperty(response, "recording", { value: recording, enumerable: true });
  };
}

function clientOptionsOf({ client, clientOptions, timeout }: FetchSettings): HttpClientOptions {
  const { headMs, bodyMs } = ownOptions<FetchTimeouts>(timeout ?? {});
  if (client !== undefined && (clientOptions !== undefined || headMs !== undefined || bodyMs !== undefined)) {
    throw new TypeError("createFetch: a client that is given has its own options and timeouts");
  }
  return ownOptions<HttpClientOptions>(
    FETCH_CLIENT,
    clientOptions,
    headMs === undefined ? {} : { headTimeoutMs: headMs },
    bodyMs === undefined ? {} : { bodyTimeoutMs: bodyMs },
  );
}

/** What is added to the first request of each call. */
function completionOf(
  settings: FetchSettings,
  origin: string | undefined,
): (request: RequestInput) => RequestInput {
  const options = requestOptionsOf(settings);
  const headers = [...new Headers(settings.headers)];
  return (request) => {
    const named = headers.length === 0 ? request : withHeaders(request, headers, origin);
    return options === undefined ? named : ownOptions(named, options);
  };
}

/** Options of the first request of each call. */
function requestOptionsOf({ request, timeout, proxy }: FetchSettings): Partial<RequestInput> | undefined {
  const { connectMs } = ownOptions<FetchTimeouts>(timeout ?? {});
  if (connectMs === undefined && proxy === undefined) return request;
  const timed = connectMs === undefined ? {} : { timeoutMs: connectMs };
  const connect = ownOptions<ConnectOptions>(request?.connect ?? {}, timed);
  return ownOptions<Partial<RequestInput>>(
    request ?? {},
    connectMs === undefined ? {} : { connect },
    proxy === undefined ? {} : { proxy },
  );
}

/** The parts that know retries and cookies are loaded with the first request. */
function stepsOf({ retry, cookies, steps = [] }: FetchSettings): readonly Step[] {
  const named: Step[] = [];
  if (retry !== undefined) {
    const policy = typeof retry === "number" ? { maxRetries: retry } : retry;
    named.push(later(async () => (await import("./retries/retry.ts")).retries(policy)));
  }
  if (cookies !== undefined) {
    named.push(later(async () => (await import("./cookies/cookies.ts")).cookies(cookies)));
  }
  return [...named, ...steps];
}

/** A step that is made when a request first needs it, and once: it may remember things. */
function later(make: () => Promise<Step>): Step {
  let made: Promise<Step> | undefined;
  return async (input, next) => {
    made ??= make();
    return (await made)(input, next);
  };
}

/** All requests of one call share its total time. */
function within(totalMs: number, send: Send): Send {
  const startedAt = nowMs();
  return (input) => {
    const timeoutMs = Math.max(totalMs - (nowMs() - startedAt), 1);
    return send(ownOptions<RequestInput>(input, { timeoutMs, statedTimeoutMs: totalMs }));
  };
}
