/** A cookie as a jar keeps it (RFC 6265bis §5.7). Name and value are octets, one character each: never decoded. */
export interface Cookie {
  /** The name; case matters. */
  readonly name: string;
  /** The value, quotes included. */
  readonly value: string;
  /** The host, or the domain whose hosts get the cookie; without a leading dot. */
  readonly domain: string;
  /** Only the host itself gets the cookie, and none below it. */
  readonly hostOnly: boolean;
  /** The cookie is for this path and what is below it. */
  readonly path: string;
  /** Only connections that nobody can listen to get the cookie. */
  readonly secure: boolean;
  /** Not for scripts of a page. It says nothing to a client without scripts, and is kept for files. */
  readonly httpOnly: boolean;
  /** What the server said of requests from other sites; the jar does not act on it. */
  readonly sameSite: "strict" | "lax" | "none" | undefined;
  /** When the cookie ends, in seconds since 1970; `undefined` ends with the session. */
  readonly expiresSeconds: number | undefined;
}

/** The parts of a URL that decide about cookies. */
export interface CookiePlace {
  /** A name or an address; an IPv6 address without its brackets. */
  readonly host: string;
  /** The path without the query. */
  readonly path: string;
  /** Nobody can listen: https, or this machine. */
  readonly secure: boolean;
}

/** The place of a URL. Plain http to this machine counts as secure, as in curl and in browsers. */
export function cookiePlace(url: string | URL): CookiePlace {
  const { protocol, hostname, pathname } = new URL(url);
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  return { host, path: pathname, secure: protocol === "https:" || isThisMachine(host) };
}

/** The names of this machine that curl trusts with secure cookies; not all of 127/8, nor names below localhost. */
function isThisMachine(host: string): boolean {
  return ["localhost", "127.0.0.1", "::1"].includes(host.toLowerCase());
}

/** RFC 6265bis §5.1.3: the host is the domain, or below it. An address has nothing below it. */
export function domainMatches(host: string, domain: string): boolean {
  const [lowerHost, lowerDomain] = [host.toLowerCase(), domain.toLowerCase()];
  return lowerHost === lowerDomain || (lowerHost.endsWith(`.${lowerDomain}`) && !isAddress(host));
}

/** RFC 6265bis §5.1.4 */
export function pathMatches(path: string, cookiePath: string): boolean {
  if (!path.startsWith(cookiePath)) return false;
  return path.length === cookiePath.length || cookiePath.endsWith("/") || path[cookiePath.length] === "/";
}

export function isAddress(host: string): boolean {
  return host.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

/** Nothing may be set for a whole top-level domain, and a host in one label has no domain above it. */
export function isSingleLabel(domain: string): boolean {
  return !domain.replace(/\.$/, "").includes(".");
}

/** RFC 6265bis §4.1.3: names that promise where a cookie is from. Any case, so that no server is misled. */
export function keepsPromiseOfName({ name, secure, path, hostOnly }: Cookie): boolean {
  const lower = name.toLowerCase();
  if (lower.startsWith("__secure-")) return secure;
  if (lower.startsWith("__host-")) return secure && path === "/" && hostOnly;
  return true;
}

/** What curl makes of a path: no quotes, no slash at the end, and "/" if it is no path at all. */
export function cookiePath(given: string): string {
  const path = given.replace(/^"/, "").replace(/"$/, "");
  if (!path.startsWith("/")) return "/";
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
