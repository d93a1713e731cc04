import { printable } from "../../bytes/text.ts";
import { Fields, type FieldsSource } from "../../http1/fields.ts";
import { ownOptions } from "../../tcp/own-options.ts";
import { parsedUrl } from "../parsed-url.ts";
import { contentOf, DEFAULTS } from "./fetch-content.ts";
import type { RequestInput } from "./messages.ts";
import type { RequestContent } from "./request-content.ts";

/** What a call of `fetch` asks for. */
export interface Asked {
  readonly request: RequestInput;
  readonly redirect: RequestInit["redirect"];
  readonly signal: AbortSignal | undefined;
}

/** Reads simple input without the platform's slow Headers and URL. `undefined`: `askedFor` has to read the input. */
export function simplyAsked(input: string | URL | Request, init: RequestInit | undefined): Asked | undefined {
  // "@": there may be credentials. "#": `Response.url` differs from the URL that is sent. Not "h" at the beginning: it
  // may be a `data:` URL.
  if (typeof input !== "string" || /^[^h]|[@#]/.test(input)) return undefined;
  if (init === undefined) return asking(input, "GET", undefined, undefined, undefined, undefined);
  if (!isPlainObject(init)) return undefined;
  const options = new FetchOptions(init);
  if (options.hasOthers) return undefined;
  const { headers, body = null, redirect, signal } = options;
  if (body !== null && typeof body !== "string") return undefined;
  const method = methodFor(options.method, body);
  const lines = headers === undefined ? [] : simpleLines(headers);
  if (lines === undefined) return undefined;
  if (body !== null && !lines.some((line, i) => i % 2 === 0 && isContentType(line))) {
    lines.push("content-type", TEXT);
  }
  const fields = lines.length === 0 ? undefined : new Fields(lines);
  return asking(input, method, fields, body ?? undefined, redirect, signal ?? undefined);
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** As `RequestOptions`: a polluted `Object.prototype` supplies no option, and all instances have one shape. */
class FetchOptions {
  method: RequestInit["method"] = undefined;
  headers: RequestInit["headers"] = undefined;
  body: RequestInit["body"] = undefined;
  redirect: RequestInit["redirect"] = undefined;
  signal: RequestInit["signal"] = undefined;
  /** There are members that only the platform's Request checks. */
  hasOthers = false;

  constructor(init: RequestInit) {
    for (const name of Object.keys(init)) {
      if (name === "method") this.method = init.method;
      else if (name === "headers") this.headers = init.headers;
      else if (name === "body") this.body = init.body;
      else if (name === "redirect") this.redirect = init.redirect;
      else if (name === "signal") this.signal = init.signal;
      else this.hasOthers = true;
    }
  }
}

/**
 * The field lines of a plain object. `undefined`: the platform's Headers might change more than the case of the names.
 * Names and values that may not be sent are found later, by the client's own check.
 */
function simpleLines(headers: NonNullable<RequestInit["headers"]>): string[] | undefined {
  if (!isPlainObject(headers) || Object.getOwnPropertySymbols(headers).length > 0) return undefined;
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

/** Reads any input, as the platform would. @throws {TypeError} for input that it refuses. */
export async function askedFor(input: string | URL | Request, given: RequestInit = {}): Promise<Asked> {
  // We read the URL first: the platform's error for a URL that it refuses contains the whole text, with credentials.
  const url = input instanceof Request ? input : fetchUrl(String(input));
  if (url instanceof Request || !isPlainObject(given)) return askedByRequest(url, given);
  const options = new FetchOptions(given);
  const { body = null, redirect, signal } = options;
  if (options.hasOthers || (body !== null && typeof body !== "string")) return askedByRequest(url, given);
  // The platform's Request costs more than the whole exchange. So we do here what it would do with simple input.
  const method = methodFor(options.method, body);
  const headers = options.headers === undefined ? [] : [...new Headers(options.headers)];
  if (body !== null && !headers.some(([name]) => isContentType(name))) headers.push(["content-type", TEXT]);
  return asking(url, method, headers, body ?? undefined, redirect, signal ?? undefined);
}

async function askedByRequest(input: URL | Request, given: RequestInit): Promise<Asked> {
  // Anything but a plain object is passed on as it is: its members may be getters of a prototype.
  const init: RequestInit | null = isPlainObject(given) ? ownOptions(defaultsOf(input), given) : given;
  const request = new Request(input, init);
  if (request.integrity !== "") {
    throw new TypeError("fetch does not check integrity: compare the content yourself");
  }
  if (hasDispatcher(init)) {
    throw new TypeError("fetch has no dispatcher: give createFetch a proxy or a client");
  }
  const { url, method, redirect, signal } = request;
  KEPT.set(signal, [request, input]);
  const content = await contentOf(request, init?.body);
  return asking(fetchUrl(url), method, [...request.headers], content, redirect, signal);
}

/**
 * A Request of the platform passes the abort of a signal on while it is alive itself, and the same is true of one that it
 * was made of. So both live as long as our request's signal.
 */
const KEPT = new WeakMap<AbortSignal, readonly unknown[]>();

function defaultsOf(input: URL | Request): RequestInit {
  if (!(input instanceof Request)) return DEFAULTS;
  const { method, headers, redirect, signal } = input;
  return { method, headers, body: null, redirect, signal };
}

/** Node's own fetch takes a dispatcher: a proxy, mostly. A request that leaves it out could go where it must not. */
function hasDispatcher(init: RequestInit | null): boolean {
  return init !== null && "dispatcher" in init && init.dispatcher != null;
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
  const url = parsedUrl(text);
  // Node's own error is left out: it contains the text, which may have credentials.
  if (url === undefined) throw new TypeError("fetch wants an absolute URL");
  if (url.username !== "" || url.password !== "") {
    throw new TypeError("fetch takes no credentials in a URL: use the Authorization header");
  }
  return url;
}

const NORMALISED = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
const FORBIDDEN = new Set(["CONNECT", "TRACE", "TRACK"]);

/** Fetch standard §2.2.1: six methods are put in upper case, and three are forbidden. §5.4: two have no content. */
function methodFor(given: unknown, body: unknown): string {
  const method = given === undefined ? "GET" : normalMethod(`${given}`);
  if (body !== null && (method === "GET" || method === "HEAD")) {
    throw new TypeError("a GET or HEAD request has no body");
  }
  return method;
}

function normalMethod(method: string): string {
  const upper = method.toUpperCase();
  if (FORBIDDEN.has(upper)) throw new TypeError(`fetch does not send ${upper}`);
  return NORMALISED.has(upper) ? upper : method;
}
