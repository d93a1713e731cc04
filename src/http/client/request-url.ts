import { quote } from "../../bytes/text.ts";
import { TransportError } from "../../tcp/errors.ts";
import { parsedUrl } from "../parsed-url.ts";
import { basicCredentials } from "./authentication/basic.ts";

/**
 * The parts of a request's URL. The URL is read once (WHATWG URL), so the same host is used to connect, to verify the
 * certificate, in the Host field and in the key of the pool.
 */
export interface RequestUrl {
  /** Without credentials and fragment. */
  readonly href: string;
  /** As `http://example.org:8080`. Connections are shared within an origin, and secrets do not leave it. */
  readonly origin: string;
  readonly secure: boolean;
  /** A name or an address; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
  /** The value of the Host field (RFC 9110 §7.2): it has the port only if that is not the default of the scheme. */
  readonly authority: string;
  /** Path and query: the origin-form. */
  readonly target: string;
  /** The value of the Authorization field, made of `user:password@`. */
  readonly authorization: string | undefined;
}

/** @throws {TransportError} URL_INVALID */
export function parseRequestUrl(input: string | URL): RequestUrl {
  const url = typeof input === "string" ? parsedUrl(input) : input;
  // Node's own error is left out: it contains the whole text, with the credentials.
  if (url === undefined) throw invalidUrl(`not a URL: ${quote(withoutCredentials(String(input)))}`);
  const { protocol, hostname, username, password } = url;
  if (protocol !== "http:" && protocol !== "https:") {
    throw invalidUrl(`only http and https are spoken here${shownScheme(url)}`);
  }
  const secure = protocol === "https:";
  // `search` does not say whether an empty query has its "?". The "?" is sent.
  const target = `${url.pathname}${url.search || (/^[^#]*\?/.test(url.href) ? "?" : "")}`;
  return {
    href: `${url.origin}${target}`,
    origin: url.origin,
    secure,
    host: hostname.startsWith("[") ? hostname.slice(1, -1) : hostname,
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    authority: url.host,
    target,
    authorization:
      username === "" && password === "" ? undefined : basicCredentials(decoded(username), decoded(password)),
  };
}

/** Path and query that WHATWG URL would not change: nothing to encode, no dot segments, no fragment. */
const USUAL_TARGET = /^(?:\/(?!\.)[\w~!$&()*+,;=:@.-]*)+(?:\?[\w~!$&()*+,;=:@./?%-]+)?$/;

/**
 * As `parseRequestUrl`, but faster, if `text` differs from the URL `before` only in a usual path and query. Otherwise
 * `undefined`.
 */
export function sameOriginUrl(text: string, before: RequestUrl): RequestUrl | undefined {
  if (before.authorization !== undefined || !text.startsWith(before.origin)) return undefined;
  const target = text.slice(before.origin.length);
  if (!USUAL_TARGET.test(target)) return undefined;
  const { origin, secure, host, port, authority } = before;
  return { href: text, origin, secure, host, port, authority, target, authorization: undefined };
}

/** The URL as it may be shown. If the text is no URL, everything before its last "@" may be credentials. */
export function withoutCredentials(text: string): string {
  const url = parsedUrl(text);
  if (url === undefined) return text.includes("@") ? `***${text.slice(text.lastIndexOf("@"))}` : text;
  const { protocol, host, pathname, search, hash, username, password } = url;
  if (username === "" && password === "") return text;
  return `${protocol}//***@${host}${pathname}${search}${hash}`;
}

/** `, not "ftp:"`. Nothing for `user:password@host`, where the user looks like a scheme. */
export function shownScheme({ protocol, href }: URL): string {
  return href.includes("@") && !href.startsWith(`${protocol}//`) ? "" : `, not ${quote(protocol)}`;
}

function decoded(component: string): string {
  try {
    return decodeURIComponent(component);
  } catch {
    return component; // a "%" that encodes nothing stands for itself
  }
}

function invalidUrl(message: string): TransportError {
  return new TransportError("URL_INVALID", "resolve", message);
}
