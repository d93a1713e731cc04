import { counted } from "../../bytes/text.ts";
import { Fields } from "../../http1/fields.ts";
import { TransportError } from "../../tcp/errors.ts";
import { ownOptions } from "../../tcp/own-options.ts";
import type { ClientResponse, RequestInput } from "./messages.ts";
import { comesOnce } from "./request-content.ts";
import { shownScheme, withoutCredentials } from "./request-url.ts";

/** Which redirects are followed, and how. */
export interface RedirectPolicy {
  /** How many redirects are followed, 10 by default; then REDIRECT_LIMIT. */
  readonly maxRedirects?: number | undefined;
  /** Follow a redirect from https to http. `false` by default: a secret could be read on the way. */
  readonly allowDowngrade?: boolean | undefined;
  /**
   * Field names that may go to another origin, beside those that say nothing about the caller (Accept, User-Agent,
   * …); none by default. "all": every field but Authorization, Cookie and Proxy-Authorization.
   */
  readonly safeFields?: readonly string[] | "all" | undefined;
  /** Send the content again to another origin after 307 and 308. `false` by default. */
  readonly resendContent?: boolean | undefined;
  /** Keep the method after 301, 302 and 303, as curl does for a method that was given with -X. `false` by default. */
  readonly keepMethod?: boolean | undefined;
  /** Told of each redirect before it is followed; its content is not read yet. */
  readonly onRedirect?: ((response: ClientResponse, next: URL) => void) | undefined;
}

/** The end of a chain of redirects. */
export interface FollowedResponse {
  /** The last response: no redirect that can be followed. */
  readonly response: ClientResponse;
  /** The URLs that were asked, in their order, the first one included; without credentials. */
  readonly urls: readonly string[];
}

/**
 * Sends a request, and follows redirects until a response is none (RFC 9110 §15.4).
 *
 * Only the number of redirects is limited. A URL may be requested twice: after a login, servers redirect to the first
 * URL, and answer differently then.
 *
 * @param send sends one request: `(input) => client.request(input)`.
 * @throws {TransportError} REDIRECT_LIMIT, or REDIRECT_REFUSED when following would do harm; otherwise as `send`.
 */
export async function followRedirects(
  input: RequestInput,
  send: (input: RequestInput) => Promise<ClientResponse>,
  policy: RedirectPolicy = {},
): Promise<FollowedResponse> {
  return redirectedFrom(await send(ownOptions(input)), input, send, policy);
}

/** As `followRedirects`, when the first response to `input` is here already. */
export async function redirectedFrom(
  first: ClientResponse,
  input: RequestInput,
  send: (input: RequestInput) => Promise<ClientResponse>,
  given: RedirectPolicy,
): Promise<FollowedResponse> {
  const policy = ownOptions(given);
  const { maxRedirects = 10 } = policy;
  const urls: string[] = [];
  let request = ownOptions(input);
  for (let response = first; ; response = await send(request)) {
    urls.push(withoutCredentials(String(request.url)));
    let next: RequestInput | undefined;
    try {
      next = redirectedRequest(request, response, policy);
      if (next === undefined) return { response, urls };
      if (urls.length > maxRedirects) {
        throw new TransportError("REDIRECT_LIMIT", "head", `more than ${counted(maxRedirects, "redirect")}`);
      }
      policy.onRedirect?.(response, next.url as URL);
    } catch (error) {
      response.discard();
      throw error;
    }
    response.discard();
    request = next;
  }
}

/** The request that a redirect asks for; `undefined` if the response is no redirect. */
export function redirectedRequest(
  request: RequestInput,
  response: Pick<ClientResponse, "status" | "fields">,
  policy: RedirectPolicy = {},
): RequestInput | undefined {
  const { status } = response;
  if (!isRedirect(status)) return undefined;
  const locations = new Set(response.fields.getAll("location"));
  if (locations.size > 1) throw refused("the redirect has more than one Location");
  const [location = ""] = locations;
  // An empty reference would name the same resource again. No server means that.
  if (/^[ \t]*$/.test(location)) return undefined;

  if (request.fieldText !== undefined) {
    // Nobody knows which of its lines are about the content, or not meant for others.
    throw refused("the header section was written for one request: follow the redirect with another");
  }
  const from = new URL(request.url);
  const to = redirectTarget(from, location, policy);
  const sameOrigin = from.origin === to.origin;
  const { method = "GET" } = request;
  const becomesGet =
    !policy.keepMethod &&
    ((status === 303 && method !== "HEAD" && method !== "GET") || (status <= 302 && method === "POST"));
  const body = becomesGet || status === 303 ? undefined : request.body;
  if (comesOnce(body)) {
    throw refused("the content would have to be sent again, but a stream comes only once");
  }
  if (body !== undefined && !sameOrigin && !policy.resendContent) {
    throw refused(`the content would go to another origin, ${to.origin}`);
  }

  // Fields that were dropped stay dropped, also when a later redirect leads back to the first origin.
  const { url: _url, target: _target, method: _method, body: _body, ...rest } = request;
  return ownOptions<RequestInput>({
    ...rest,
    url: to,
    method: becomesGet ? "GET" : method,
    fields: fieldsFor(request, body === undefined, sameOrigin, policy),
    ...(body === undefined ? { expectContinue: false } : { body }),
    ...(!sameOrigin && request.connect !== undefined && { connect: connectElsewhere(request.connect) }),
  });
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Whether a response with this status and a Location asks for another request. */
export const isRedirect = (status: number): boolean => REDIRECTS.has(status);

function redirectTarget(from: URL, location: string, policy: RedirectPolicy): URL {
  let to: URL;
  try {
    to = new URL(location.replace(/[\x80-\xff]/g, percentEncoded), from);
  } catch {
    throw refused("the Location is no URL");
  }
  if (to.protocol !== "http:" && to.protocol !== "https:") {
    throw refused(`the redirect leaves HTTP${shownScheme(to)}`);
  }
  if (from.protocol === "https:" && to.protocol === "http:" && !policy.allowDowngrade) {
    throw refused(`the redirect goes from https to http: ${to.origin}`);
  }
  // Credentials other than those of our own URL come from the server.
  const inherited =
    to.origin === from.origin && to.username === from.username && to.password === from.password;
  if ((to.username !== "" || to.password !== "") && !inherited) {
    throw refused("the Location has credentials in it");
  }
  return to;
}

/** Some servers send a Location with octets outside of ASCII, mostly UTF-8. Each octet is kept, percent-encoded. */
const percentEncoded = (octet: string): string => `%${octet.charCodeAt(0).toString(16).toUpperCase()}`;

/** These fields say which response is preferred, and nothing about who asks. */
const SAFE_FIELDS = new Set([
  "accept",
  "accept-charset",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "if-range",
  "range",
  "user-agent",
]);
const CONTENT_FIELDS = new Set([
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-type",
  "digest",
  "expect",
  "trailer",
  "transfer-encoding",
]);
const SECRET_FIELDS = new Set(["authorization", "cookie", "proxy-authorization"]);

function fieldsFor(
  request: RequestInput,
  withoutContent: boolean,
  sameOrigin: boolean,
  policy: RedirectPolicy,
): Fields {
  const { safeFields = [] } = policy;
  const safe = safeFields === "all" ? undefined : new Set(safeFields.map((name) => name.toLowerCase()));
  const lines: string[] = [];
  for (const [name, value] of Fields.from(request.fields)) {
    const lower = name.toLowerCase();
    if (withoutContent && CONTENT_FIELDS.has(lower)) continue;
    if (!sameOrigin) {
      // Another origin has another Host, even if the caller set the first one.
      if (lower === "host") continue;
      const named = safe?.has(lower) ?? !SECRET_FIELDS.has(lower);
      if (!named && !SAFE_FIELDS.has(lower) && !CONTENT_FIELDS.has(lower)) continue;
    }
    lines.push(name, value);
  }
  return new Fields(lines);
}

/** Drops the options that are meant for the first origin only: its address, its name, and our certificate. */
function connectElsewhere(connect: NonNullable<RequestInput["connect"]>): RequestInput["connect"] {
  const { host: _host, port: _port, tls, ...rest } = connect;
  if (typeof tls !== "object") return tls === undefined ? rest : { ...rest, tls };
  const {
    servername: _servername,
    cert: _cert,
    key: _key,
    pfx: _pfx,
    passphrase: _passphrase,
    ...trust
  } = tls;
  return { ...rest, tls: trust };
}

const refused = (message: string): TransportError => new TransportError("REDIRECT_REFUSED", "head", message);
