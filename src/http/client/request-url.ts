import { quote } from "../../bytes/text.ts";
import { TransportError } from "../../tcp/errors.ts";
import { basicCredentials } from "./auth.ts";

/**
 * Where a request goes, read from its URL once (WHATWG URL): the same canonical host is used to connect, to
 * verify the certificate, for the Host field and as the key of the pool. Nothing reads the host a second way.
 */
export interface RequestUrl {
  /** Without credentials and fragment. */
  readonly href: string;
  /** `http://example.org:8080`: connections are shared within it, secrets do not leave it. */
  readonly origin: string;
  readonly secure: boolean;
  /** A name or an address; IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
  /** What the Host field says (RFC 9110 §7.2): the port only where it is not the scheme's own. */
  readonly authority: string;
  /** Path and query, as origin-form wants them. */
  readonly target: string;
  /** The credentials of `user:password@`, ready for the Authorization field. */
  readonly authorization: string | undefined;
}

/** @throws {TransportError} URL_INVALID */
export function parseRequestUrl(input: string | URL): RequestUrl {
  let url: URL;
  try {
    url = typeof input === "string" ? new URL(input) : input;
  } catch {
    // Without Node's own error, which has the whole text in it.
    throw invalidUrl(`not a URL: ${quote(withoutCredentials(String(input)))}`);
  }
  const { protocol, hostname, username, password } = url;
  if (protocol !== "http:" && protocol !== "https:") {
    throw invalidUrl(`only http and https are spoken here${shownScheme(url)}`);
  }
  const secure = protocol === "https:";
  return {
    href: `${url.origin}${url.pathname}${url.search}`,
    origin: url.origin,
    secure,
    host: hostname.startsWith("[") ? hostname.slice(1, -1) : hostname,
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    authority: url.host,
    target: `${url.pathname}${url.search}`,
    authorization:
      username === "" && password === "" ? undefined : basicCredentials(decoded(username), decoded(password)),
  };
}

/** Path and query as WHATWG URL leaves them: nothing to encode, no dot segments, no fragment. */
const USUAL_TARGET = /^(?:\/(?!\.)[\w~!$&()*+,;=:@.-]*)+(?:\?[\w~!$&()*+,;=:@./?%-]+)?$/;

/** What `parseRequestUrl` makes of `text`, where that differs from the one before only in a usual path and query. */
export function sameOriginUrl(text: string, before: RequestUrl): RequestUrl | undefined {
  if (before.authorization !== undefined || !text.startsWith(before.origin)) return undefined;
  const target = text.slice(before.origin.length);
  if (!USUAL_TARGET.test(target)) return undefined;
  const { origin, secure, host, port, authority } = before;
  return { href: text, origin, secure, host, port, authority, target, authorization: undefined };
}

/** The URL as it may be shown. In a text that is none, credentials may reach up to the last "@". */
export function withoutCredentials(text: string): string {
  if (!URL.canParse(text)) return text.includes("@") ? `•••${text.slice(text.lastIndexOf("@"))}` : text;
  const { protocol, host, pathname, search, hash, username, password } = new URL(text);
  if (username === "" && password === "") return text;
  return `${protocol}//•••@${host}${pathname}${search}${hash}`;
}

/** `, not "ftp:"`. Without its `//`, what reads as a scheme may be the user of `user:password@host`: nothing is shown. */
export function shownScheme({ protocol, href }: URL): string {
  return href.includes("@") && !href.startsWith(`${protocol}//`) ? "" : `, not ${quote(protocol)}`;
}

function decoded(component: string): string {
  try {
    return decodeURIComponent(component);
  } catch {
    return component; // a lone "%" stands for itself
  }
}

function invalidUrl(message: string): TransportError {
  return new TransportError("URL_INVALID", "resolve", message);
}
