import { trimWhitespace } from "../../../http1/list.ts";
import {
  type Cookie,
  type CookiePlace,
  cookiePath,
  domainMatches,
  isAddress,
  isSingleLabel,
  keepsPromiseOfName,
} from "./cookie.ts";
import { cookieDate } from "./cookie-date.ts";

/** As curl: a value of Set-Cookie that is longer is none of a cookie. */
const MAX_VALUE_LENGTH = 4997;
/** The octets of name and value together (RFC 6265bis §5.6, and curl). */
const MAX_NAME_AND_VALUE = 4096;
/** Cookies end after 400 days at most (RFC 6265bis §5.5). */
const MAX_AGE_SECONDS = 400 * 24 * 60 * 60;

/**
 * The cookie in a value of Set-Cookie (RFC 6265bis §5.6, §5.7); `undefined` if it is none, or not one that may come
 * from this place. What is left to check is whether `domain` is a public suffix.
 *
 * @param place where the value came from; `undefined` for a line of a file, which must name its domain.
 */
export function parseSetCookie(
  value: string,
  place: CookiePlace | undefined,
  nowSeconds: number,
): Cookie | undefined {
  if (value.length > MAX_VALUE_LENGTH) return undefined;
  const [pair = "", ...attributes] = value.split(";");
  const [name, content] = splitAtEquals(pair);
  // Without "=", RFC 6265bis takes the text as value of a cookie without name. curl refuses that, and so do we: a
  // server could not tell such a cookie from one with a name.
  if (content === undefined || name === "" || name.length + content.length > MAX_NAME_AND_VALUE)
    return undefined;
  if (!isCookieText(name) || !isCookieText(content)) return undefined;

  const known = attributesOf(attributes, nowSeconds);
  const domain = domainOf(known.domain, place);
  if (domain === undefined || (known.secure && place?.secure === false)) return undefined;
  const cookie: Cookie = {
    name,
    value: content,
    ...domain,
    path: known.path ?? defaultPath(place?.path),
    secure: known.secure,
    httpOnly: known.httpOnly,
    sameSite: known.sameSite,
    expiresSeconds: known.expiresSeconds,
  };
  return keepsPromiseOfName(cookie) ? cookie : undefined;
}

/** Neither control octets (CR, LF, NUL) nor tabs, which separate the columns of a file. */
export function isCookieText(text: string): boolean {
  return !/[\x00-\x1f\x7f]/.test(text);
}

interface Attributes {
  domain?: string;
  path?: string;
  secure: boolean;
  httpOnly: boolean;
  sameSite: Cookie["sameSite"];
  expiresSeconds: number | undefined;
}

/** Of two attributes with one name the last counts. Max-Age wins over Expires (RFC 6265bis §5.6.2). */
function attributesOf(attributes: readonly string[], nowSeconds: number): Attributes {
  const found: Attributes = {
    secure: false,
    httpOnly: false,
    sameSite: undefined,
    expiresSeconds: undefined,
  };
  let maxAge: number | undefined;
  for (const attribute of attributes) {
    const [name, value = ""] = splitAtEquals(attribute);
    switch (name.toLowerCase()) {
      case "secure":
        found.secure = true;
        break;
      case "httponly":
        found.httpOnly = true;
        break;
      case "samesite":
        found.sameSite = sameSite(value);
        break;
      case "path":
        if (value !== "") found.path = cookiePath(value);
        break;
      case "domain":
        if (value !== "") found.domain = value;
        break;
      case "max-age":
        if (value !== "") maxAge = endOfMaxAge(value, nowSeconds);
        break;
      case "expires":
        found.expiresSeconds ??= cookieDate(value);
        break;
    }
  }
  found.expiresSeconds = capped(maxAge ?? found.expiresSeconds, nowSeconds);
  return found;
}

/** The whole value, not a part of it: "Strictly" is nothing that we know. */
function sameSite(value: string): Cookie["sameSite"] {
  const lower = value.toLowerCase();
  return (["strict", "lax", "none"] as const).find((known) => known === lower);
}

/** A value that is no number of seconds ends the cookie now, as in curl. */
function endOfMaxAge(value: string, nowSeconds: number): number {
  const seconds = Number(/^"?(\d+)/.exec(value)?.[1] ?? 0);
  return seconds === 0 ? 1 : nowSeconds + seconds;
}

/** To whole minutes, as curl: a file that is written twice is the same. */
function capped(expiresSeconds: number | undefined, nowSeconds: number): number | undefined {
  if (expiresSeconds === undefined) return undefined;
  const latest = nowSeconds + MAX_AGE_SECONDS;
  if (expiresSeconds > latest) return Math.floor((latest + 30) / 60) * 60;
  // 0 stands for the end of the session in a file.
  return Math.max(1, expiresSeconds);
}

/** Which hosts get the cookie: `Domain` has to be the host, or a domain above it (RFC 6265bis §5.7, C-17). */
function domainOf(
  attribute: string | undefined,
  place: CookiePlace | undefined,
): Pick<Cookie, "domain" | "hostOnly"> | undefined {
  if (attribute === undefined) return place && { domain: place.host, hostOnly: true };
  const domain = attribute.replace(/^\./, "");
  if (domain === "" || domain.startsWith(".") || !isCookieText(domain)) return undefined;
  const wide = !isSingleLabel(domain) && !isAddress(domain);
  if (place === undefined) return { domain, hostOnly: !wide };
  if (!domainMatches(place.host, domain)) return undefined;
  if (wide) return { domain, hostOnly: false };
  // Not a domain: nothing but the host itself, under its own name.
  return domain.toLowerCase() === place.host.toLowerCase() ? { domain, hostOnly: true } : undefined;
}

/** RFC 6265bis §5.1.4: the folder of the URL. */
function defaultPath(path = "/"): string {
  const folder = path.slice(0, path.lastIndexOf("/"));
  return folder.startsWith("/") ? folder : "/";
}

function splitAtEquals(text: string): [name: string, value: string | undefined] {
  const at = text.indexOf("=");
  if (at === -1) return [trimWhitespace(text), undefined];
  return [trimWhitespace(text.slice(0, at)), trimWhitespace(text.slice(at + 1))];
}
