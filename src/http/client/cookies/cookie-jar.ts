import { ownOptions } from "../../../tcp/own-options.ts";
import { type Cookie, type CookiePlace, cookiePlace, domainMatches, pathMatches } from "./cookie.ts";
import { publicSuffixCheck } from "./public-suffix.ts";
import { parseSetCookie } from "./set-cookie.ts";

/** curl's limits, which come from what servers and browsers take. */
const MAX_SET_PER_RESPONSE = 50;
const MAX_SENT = 150;
/** The octets of the field line, its name included. */
const MAX_FIELD_LENGTH = 8190;

/** What a jar can be told. */
export interface CookieJarOptions {
  /**
   * Whether anybody can register names below the domain, so that no cookie may be for all of them. By default the
   * public suffix list of the package tldts, loaded when the first cookie is for more than its host.
   */
  readonly isPublicSuffix?: ((domain: string) => boolean | Promise<boolean>) | undefined;
  /** The time in milliseconds since 1970; `Date.now` by default. */
  readonly now?: (() => number) | undefined;
  /** How many cookies are kept, 3,000 by default (RFC 6265 §6.1). Then the oldest that a server set is dropped. */
  readonly maxCookies?: number | undefined;
}

/**
 * A jar of cookies in memory (RFC 6265bis), with curl's limits: 50 cookies of a response, 150 in a request, 4,096
 * octets of name and value, 8,190 octets of field line.
 */
export interface CookieJar {
  /** The value of the Cookie field for a request to the URL, in curl's order; `undefined` without cookies. */
  fieldFor(url: string | URL | CookiePlace): string | undefined;
  /** Takes the values of Set-Cookie, one for each field line. A cookie that may not be set is dropped in silence. */
  received(url: string | URL | CookiePlace, setCookieValues: readonly string[]): Promise<void>;
  /** Puts cookies in as they are, such as those of a file. One that a server set stays as the server set it. */
  add(cookies: Iterable<Cookie>): void;
  /** The cookies that have not ended, the oldest first. */
  cookies(): Cookie[];
}

/** A new, empty jar. */
export function createCookieJar(given: CookieJarOptions = {}): CookieJar {
  const { isPublicSuffix = publicSuffixCheck(), now = Date.now, maxCookies = 3000 } = ownOptions(given);
  const kept = new Map<string, Kept>();
  let created = 0;
  const nowSeconds = () => Math.floor(now() / 1000);

  const put = (cookie: Cookie, fromServer: boolean): void => {
    const key = JSON.stringify([cookie.name, cookie.domain.toLowerCase(), cookie.hostOnly, cookie.path]);
    const before = kept.get(key);
    if (before?.fromServer && !fromServer) return;
    kept.delete(key);
    if (hasEnded(cookie, nowSeconds())) return;
    // A cookie that is replaced keeps its age (RFC 6265bis §5.7).
    kept.set(key, { cookie, fromServer, created: before?.created ?? created++ });
  };

  const dropSurplus = (): void => {
    for (const [key, { fromServer }] of kept) {
      if (kept.size <= maxCookies) return;
      if (fromServer) kept.delete(key);
    }
  };

  const live = (): Kept[] => {
    const time = nowSeconds();
    for (const [key, { cookie }] of kept) if (hasEnded(cookie, time)) kept.delete(key);
    return [...kept.values()].sort((one, other) => one.created - other.created);
  };

  return {
    fieldFor(url) {
      const place = placeOf(url);
      const sent = live()
        .filter(({ cookie }) => isFor(cookie, place))
        .slice(0, MAX_SENT)
        .sort(inOrderOfCurl);
      return joined(sent.map(({ cookie }) => cookie));
    },
    async received(url, setCookieValues) {
      const place = placeOf(url);
      let accepted = 0;
      for (const value of setCookieValues) {
        if (accepted === MAX_SET_PER_RESPONSE) return;
        const cookie = parseSetCookie(value, place, nowSeconds());
        if (cookie === undefined) continue;
        const checked = await withoutPublicSuffix(cookie, place, isPublicSuffix);
        if (checked === undefined || wouldHideSecure(checked, place, live())) continue;
        accepted++;
        put(checked, true);
        dropSurplus();
      }
    },
    add(cookies) {
      for (const cookie of cookies) put(cookie, false);
    },
    cookies: () => live().map(({ cookie }) => cookie),
  };
}

interface Kept {
  readonly cookie: Cookie;
  /** A server set the cookie; otherwise it comes from a file. */
  readonly fromServer: boolean;
  /** The place in the order of creation. */
  readonly created: number;
}

const placeOf = (url: string | URL | CookiePlace): CookiePlace =>
  typeof url === "string" || url instanceof URL ? cookiePlace(url) : url;

const hasEnded = ({ expiresSeconds }: Cookie, nowSeconds: number): boolean =>
  expiresSeconds !== undefined && expiresSeconds < nowSeconds;

function isFor({ domain, hostOnly, path, secure }: Cookie, place: CookiePlace): boolean {
  const fitsHost = hostOnly
    ? place.host.toLowerCase() === domain.toLowerCase()
    : domainMatches(place.host, domain);
  return fitsHost && pathMatches(place.path, path) && (!secure || place.secure);
}

/** Longer paths first (RFC 6265bis §5.8.3); then as curl: longer domains, longer names, younger cookies. */
function inOrderOfCurl(one: Kept, other: Kept): number {
  return (
    other.cookie.path.length - one.cookie.path.length ||
    other.cookie.domain.length - one.cookie.domain.length ||
    other.cookie.name.length - one.cookie.name.length ||
    other.created - one.created
  );
}

/** The first cookie that is too much ends the list, as in curl. */
function joined(cookies: readonly Cookie[]): string | undefined {
  let field = "";
  for (const { name, value } of cookies) {
    const longer = field === "" ? `${name}=${value}` : `${field}; ${name}=${value}`;
    if ("Cookie: ".length + longer.length > MAX_FIELD_LENGTH) break;
    field = longer;
  }
  return field === "" ? undefined : field;
}

/** RFC 6265bis §5.7: a host that is a public suffix itself may set cookies, but for itself only. */
async function withoutPublicSuffix(
  cookie: Cookie,
  { host }: CookiePlace,
  isPublicSuffix: (domain: string) => boolean | Promise<boolean>,
): Promise<Cookie | undefined> {
  const domain = cookie.domain.toLowerCase().replace(/\.$/, "");
  if (cookie.hostOnly || !(await isPublicSuffix(domain))) return cookie;
  return cookie.domain.toLowerCase() === host.toLowerCase() ? { ...cookie, hostOnly: true } : undefined;
}

/** RFC 6265bis §5.7: who can change plain http must not replace or hide a secure cookie ("leave secure alone"). */
function wouldHideSecure(cookie: Cookie, place: CookiePlace, kept: readonly Kept[]): boolean {
  if (cookie.secure || place.secure) return false;
  return kept.some(
    ({ cookie: other }) =>
      other.secure &&
      other.name === cookie.name &&
      (domainMatches(cookie.domain, other.domain) || domainMatches(other.domain, cookie.domain)) &&
      pathMatches(cookie.path, other.path),
  );
}
