import { TransportError } from "../tcp/errors.ts";
import { ownOptions } from "../tcp/own-options.ts";
import { HttpClient } from "./client.ts";
import type { ClientResponse, RequestContent, RequestInput } from "./messages.ts";
import { followRedirects } from "./redirect.ts";

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

let shared: Fetch | undefined;

/**
 * The platform's `fetch` over our own connections: its `Request` and `Response` in and out, its redirects, its
 * errors (a `TypeError` whose `cause` says what happened).
 *
 * Left out, as it is about pages: cache, cookies, CORS, referrer, integrity. Where the platform would send content
 * again to another origin (307, 308), this one refuses.
 */
export function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  shared ??= fetchWith(new HttpClient());
  return shared(input, init);
}

/** A `fetch` that uses this client. */
export function fetchWith(client: HttpClient): Fetch {
  return async (input, init) => {
    const asked = await askedFor(input, init);
    asked.signal?.throwIfAborted();
    try {
      const send = (each: RequestInput) => client.request(each);
      const { response, urls } =
        asked.redirect === "follow"
          ? await followRedirects(asked.request, send, { maxRedirects: 20 })
          : { response: await send(asked.request), urls: [String(asked.request.url)] };
      if (asked.redirect === "error" && response.status >= 300 && response.fields.has("location")) {
        response.discard();
        throw new TransportError("REDIRECT_REFUSED", "head", "a redirect, where none was wanted");
      }
      return platformResponse(response, asked, urls);
    } catch (error) {
      throw fetchError(error, asked.signal, "fetch failed");
    }
  };
}

interface Asked {
  readonly request: RequestInput;
  readonly redirect: RequestInit["redirect"];
  readonly signal: AbortSignal | undefined;
}

async function askedFor(input: string | URL | Request, given: RequestInit = {}): Promise<Asked> {
  // A Request may stand for its init, too, and has nothing of its own.
  const init: RequestInit = Object.getPrototypeOf(given) === Object.prototype ? ownOptions(given) : given;
  const { body = null } = init;
  const plain = typeof input === "string" || input instanceof URL;
  if (!plain || (body !== null && typeof body !== "string")) {
    // The platform looks for what is missing on the prototype of a copy of its own.
    const headers = init.headers ?? (plain ? [] : input.headers);
    const complete = init === given ? given : ownOptions(init, { headers });
    return askedByRequest(new Request(input, complete), body !== null && isStream(body));
  }
  // The platform's Request costs more than the whole exchange, so what it would do to simple input is done here.
  const headers = init.headers === undefined ? [] : [...new Headers(init.headers)];
  if (typeof body === "string" && !headers.some(([name]) => name === "content-type")) {
    headers.push(["content-type", "text/plain;charset=UTF-8"]);
  }
  const method = normalMethod(init.method ?? "GET");
  if (body !== null && (method === "GET" || method === "HEAD")) {
    throw new TypeError("a GET or HEAD request has no body");
  }
  return asking(
    fetchUrl(String(input)),
    method,
    headers,
    body ?? undefined,
    init.redirect,
    init.signal ?? undefined,
  );
}

async function askedByRequest(request: Request, streams: boolean): Promise<Asked> {
  const { url, method, headers, redirect, signal } = request;
  // A stream that was given goes out as it comes. Of anything else the platform has made a stream, too; but it has
  // a length, and can be sent again.
  let body: RequestContent | undefined;
  if (request.body !== null) body = streams ? request.body : new Uint8Array(await request.arrayBuffer());
  return asking(fetchUrl(url), normalMethod(method), [...headers], body, redirect, signal);
}

/** Blob and FormData have a `stream()` or entries, but are none. */
function isStream(body: NonNullable<RequestInit["body"]>): boolean {
  return typeof body === "object" && Symbol.asyncIterator in body;
}

function asking(
  url: URL,
  method: string,
  fields: [string, string][],
  body: RequestContent | undefined,
  redirect: RequestInit["redirect"] = "follow",
  signal: AbortSignal | undefined,
): Asked {
  return { request: { url, method, fields, body, signal, decode: true }, redirect, signal };
}

function fetchUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    // Node's own error has the text in it, and that may have credentials.
    throw new TypeError("fetch wants an absolute URL");
  }
  if (url.username !== "" || url.password !== "") {
    throw new TypeError("fetch takes no credentials in a URL: use the Authorization header");
  }
  return url;
}

const NORMALISED = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
const FORBIDDEN = new Set(["CONNECT", "TRACE", "TRACK"]);

/** Fetch standard §2.2.1: six methods are put in upper case, and three are not for fetch. */
function normalMethod(method: string): string {
  const upper = method.toUpperCase();
  if (FORBIDDEN.has(upper)) throw new TypeError(`fetch does not send ${upper}`);
  return NORMALISED.has(upper) ? upper : method;
}

const WITHOUT_BODY = new Set([101, 103, 204, 205, 304]);

function platformResponse(response: ClientResponse, asked: Asked, urls: readonly string[]): Response {
  const headers = new Headers();
  for (const [name, value] of response.fields) headers.append(name, value);
  const { status, reason } = response;
  const hasBody = asked.request.method !== "HEAD" && !WITHOUT_BODY.has(status);
  if (!hasBody) response.discard();
  const body = hasBody ? bodyStream(response, asked.signal) : null;
  // RFC 9110 §15: what is above 599 counts as a 5xx. The platform's constructor refuses it, its fetch shows it.
  const known = status <= 599;
  const result = new Response(body, { status: known ? status : 500, statusText: reason, headers });
  Object.defineProperties(result, {
    ...(!known && { status: { value: status } }),
    url: { value: (urls.at(-1) ?? "").replace(/#.*/s, "") },
    redirected: { value: urls.length > 1 },
  });
  return result;
}

/** Read as it is asked for: what the reader does not want yet stays with the server. */
function bodyStream(response: ClientResponse, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const iterator = response.body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        controller.error(fetchError(error, signal, "terminated"));
      }
    },
    cancel: () => response.discard(),
  });
}

/** The standard wants a TypeError for whatever the network does, and the signal's own reason for an abort. */
function fetchError(error: unknown, signal: AbortSignal | undefined, message: string): unknown {
  if (signal?.aborted && error instanceof TransportError && error.code === "ABORTED") return signal.reason;
  const detail = error instanceof Error ? `${message}: ${error.message}` : message;
  return new TypeError(detail, { cause: error });
}
