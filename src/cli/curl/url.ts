import { CurlError } from "./curl-error.ts";
import { percentDecoded, percentOf } from "./octets.ts";
import { asciiHost, parseHost } from "./url-host.ts";

/**
 * URLs as curl reads them: RFC 3986 with the habits of 25 years, and not the WHATWG's standard. Nothing is
 * encoded or decoded that curl leaves alone. Every text is octets (see octets.ts).
 */
export interface CurlUrl {
  /** In lower case. */
  readonly scheme: string;
  /** The scheme was not in the text. It was guessed from the host name, or is the default scheme. */
  readonly schemeGuessed: boolean;
  /** As written, percent-encoded. `userinfoOf` decodes both. An empty user is `undefined` or "". */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Percent-decoded; IPv4 in dotted decimal; IPv6 in brackets, without its zone. "" for file:. */
  readonly host: string;
  readonly zoneId: string | undefined;
  /** As in the text. `undefined`: the default port of the scheme. */
  readonly port: number | undefined;
  /** Begins with "/". */
  readonly path: string;
  /** Without "?". "": a "?" with nothing behind it. */
  readonly query: string | undefined;
  readonly fragment: string | undefined;
}

export interface CurlUrlOptions {
  /** `--path-as-is`: dot segments stay. Default: false. */
  readonly pathAsIs?: boolean;
  /** `--proto-default`: for a text without a scheme. Default: guessed from the host name, http otherwise. */
  readonly defaultScheme?: string | undefined;
  /** For the target of a redirect: blanks, control octets and octets ≥ 0x80 are percent-encoded, not refused. */
  readonly encode?: boolean;
  /** A text without a scheme is an error. Default: false. */
  readonly schemeNeeded?: boolean;
}

/** Exit code of curl for a URL that is not one. */
export const URL_MALFORMED = 3;

/** The ports of the schemes that curl guesses or knows. `undefined`: none of curl's schemes. */
const PORTS: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  ftp: 21,
  ftps: 990,
  file: 0,
  dict: 2628,
  gopher: 70,
  gophers: 70,
  imap: 143,
  imaps: 993,
  ldap: 389,
  ldaps: 636,
  mqtt: 1883,
  mqtts: 8883,
  pop3: 110,
  pop3s: 995,
  rtmp: 1935,
  rtsp: 554,
  scp: 22,
  sftp: 22,
  smb: 445,
  smbs: 445,
  smtp: 25,
  smtps: 465,
  telnet: 23,
  tftp: 69,
};

/** Reads a URL. @throws {CurlError} exit code 3, with curl's words. */
export function parseCurlUrl(text: string, options: CurlUrlOptions = {}): CurlUrl {
  const scheme = schemeOf(text, options.schemeNeeded === true);
  if (scheme === "file") return fileUrl(text.slice("file:".length), options);
  if (scheme === undefined && options.schemeNeeded) throw malformed("Bad scheme");
  const rest = scheme === undefined ? text : withoutSlashes(text.slice(scheme.length + 1));
  const authorityLength = lengthUntil(rest, /[/?#]/);
  const authority = parseAuthority(rest.slice(0, authorityLength), scheme !== undefined);
  const hierarchy = parseRest(rest.slice(authorityLength), options);
  return {
    scheme: scheme ?? options.defaultScheme?.toLowerCase() ?? guessedScheme(authority.host),
    schemeGuessed: scheme === undefined,
    ...authority,
    ...hierarchy,
  };
}

/** The port that a connection needs: the explicit port, or the scheme's own. `undefined`: unknown scheme. */
export function portOf(url: CurlUrl): number | undefined {
  return url.port ?? defaultPortOf(url.scheme);
}

/** `undefined`: curl has no such scheme. */
function defaultPortOf(scheme: string): number | undefined {
  return Object.hasOwn(PORTS, scheme) ? PORTS[scheme] : undefined;
}

/** The name or address to connect to: no brackets, IDNA as ASCII. @throws {CurlError} 3: no ASCII form. */
export function connectHostOf(url: CurlUrl): string {
  return asciiHostOf(url).replace(/^\[(.*)\]$/, "$1");
}

/** The value of the Host field: the host in ASCII, and the port unless it is the scheme's own. */
export function hostFieldOf(url: CurlUrl): string {
  const implied = url.port === undefined || url.port === defaultPortOf(url.scheme);
  return implied ? asciiHostOf(url) : `${asciiHostOf(url)}:${url.port}`;
}

/** The target of the request line. The path is percent-encoded where it is no ASCII; the query goes as it is. */
export function requestTargetOf(url: CurlUrl): string {
  const query = url.query === undefined ? "" : `?${url.query}`;
  return encodedOctets(url.path) + query;
}

/** What `%{url_effective}` shows: the normalised URL, without user and password. */
export function effectiveUrl(url: CurlUrl): string {
  return hrefOf({ ...url, user: undefined, password: undefined });
}

/** The normalised URL with everything that it holds. */
export function hrefOf(url: CurlUrl): string {
  const password = url.password === undefined ? "" : `:${url.password}`;
  const userinfo = url.user === undefined && password === "" ? "" : `${url.user ?? ""}${password}@`;
  const zone = url.zoneId === undefined ? "" : `%25${url.zoneId}`;
  const host = zone === "" ? url.host : `${url.host.slice(0, -1)}${zone}]`;
  const port = url.port === undefined ? "" : `:${url.port}`;
  return `${url.scheme}://${userinfo}${host}${port}${url.path}${ends(url)}`;
}

/**
 * The decoded user and password. `undefined`: the URL has neither.
 *
 * @throws {CurlError} 3: one of them holds %00.
 */
export function userinfoOf(url: CurlUrl): { readonly user: string; readonly password: string } | undefined {
  if (url.user === undefined && url.password === undefined) return undefined;
  const [user, password] = [percentDecoded(url.user ?? ""), percentDecoded(url.password ?? "")];
  if (/\0/.test(user + password)) throw new CurlError(URL_MALFORMED, "error extracting credentials from URL");
  return { user, password };
}

/** The path with octets outside ASCII percent-encoded, and with its escapes in upper case. */
export function encodedOctets(path: string, blank: "%20" | "+" = "%20"): string {
  const escapes = path.replace(/%[0-9a-f]{2}/gi, (triplet) => triplet.toUpperCase());
  return escapes.replace(/[\x00-\x20\x7f-\xff]/g, (octet) => (octet === " " ? blank : percentOf(octet)));
}

/** Removes dot segments (RFC 3986 §5.2.4). `%2e` is a dot. */
function withoutDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [at, segment] of segments.entries()) {
    const plain = segment.replace(/%2e/gi, ".");
    if (plain === "..") kept.pop();
    if (plain !== "." && plain !== "..") kept.push(segment);
    else if (at === segments.length - 1) kept.push("");
  }
  return `/${kept.join("/")}`;
}

function asciiHostOf(url: CurlUrl): string {
  const host = asciiHost(url.host);
  if (host === undefined) throw new CurlError(URL_MALFORMED, "URL using bad/illegal format or missing URL");
  return host;
}

function ends(url: CurlUrl): string {
  const query = url.query === undefined ? "" : `?${url.query}`;
  return url.fragment === undefined ? query : `${query}#${url.fragment}`;
}

/** curl keeps schemes of up to 40 octets. */
const SCHEME = /^([a-z][a-z0-9+.-]{0,39}):/i;

/** `host:80/x` has no scheme, `host:/x` has one: unless a scheme is needed, a "/" or "\" must follow. */
function schemeOf(text: string, schemeNeeded: boolean): string | undefined {
  const [whole = "", scheme] = SCHEME.exec(text) ?? [];
  if (scheme === undefined) return undefined;
  if (!schemeNeeded && !/[/\\]/.test(text[whole.length] ?? "")) return undefined;
  return scheme.toLowerCase();
}

/** curl takes one, two or three slashes. */
function withoutSlashes(rest: string): string {
  if (rest.startsWith("\\")) throw malformed("Found a backslash where a forward slash was expected");
  const slashes = lengthUntil(rest, /[^/]/);
  if (slashes < 1 || slashes > 3) throw malformed("Unsupported number of slashes following scheme");
  return rest.slice(slashes);
}

type Authority = Pick<CurlUrl, "user" | "password" | "host" | "zoneId" | "port">;

function parseAuthority(text: string, hasScheme: boolean): Authority {
  const at = text.indexOf("@");
  const userinfo = at === -1 ? undefined : text.slice(0, at);
  if (userinfo !== undefined && /[\x00-\x20\x7f]/.test(userinfo)) throw malformed("Bad user");
  const [, name = "", , portText] = /^(\[[^\]]*\]?|[^:]*)(:(.*)|.+)?$/s.exec(text.slice(at + 1)) ?? [];
  const behind = text.slice(at + 1 + name.length);
  if (name.startsWith("[") && !name.endsWith("]")) throw malformed("Bad IPv6 address");
  const port = behind === "" ? undefined : parsePort(portText, hasScheme);
  const host = parseHost(name);
  if (typeof host === "string") throw malformed(host);
  return { ...parseUserinfo(userinfo), ...host, port };
}

function parseUserinfo(text: string | undefined): Pick<CurlUrl, "user" | "password"> {
  if (text === undefined) return { user: undefined, password: undefined };
  const colon = text.indexOf(":");
  if (colon === -1) return { user: text, password: undefined };
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** "" behind a colon is no port, as in browsers; but without a scheme, `mailto:` must not look like a host. */
function parsePort(text: string | undefined, hasScheme: boolean): number | undefined {
  if (text === "" && hasScheme) return undefined;
  const port = /^\d+$/.test(text ?? "") ? Number(text) : Number.NaN;
  if (!(port <= 65535)) throw malformed("Port number was not a decimal number between 0 and 65535");
  return port;
}

function guessedScheme(host: string): string {
  const [first = ""] = /^[^.]*(?=\.)/.exec(host.toLowerCase()) ?? [];
  return ["ftp", "dict", "ldap", "imap", "smtp", "pop3"].includes(first) ? first : "http";
}

type Hierarchy = Pick<CurlUrl, "path" | "query" | "fragment">;

/** Path, query and fragment. */
function parseRest(text: string, options: CurlUrlOptions): Hierarchy {
  const [, path = "", query, fragment] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text) ?? [];
  const part = (value: string, what: string, blank: "%20" | "+"): string => {
    if (options.encode) return encodedOctets(value, blank);
    if (/[\x00-\x20\x7f]/.test(value)) throw malformed(`Bad ${what}`);
    return value;
  };
  const whole = part(path === "" ? "/" : path, "path", "%20");
  return {
    path: options.pathAsIs ? whole : withoutDotSegments(whole),
    query: query === undefined ? undefined : part(query, "query", "+"),
    fragment: fragment === undefined ? undefined : part(fragment, "fragment", "%20"),
  };
}

/** RFC 8089, with the local host only. */
function fileUrl(text: string, options: CurlUrlOptions): CurlUrl {
  const authority = /^\/\/(?:localhost|127\.0\.0\.1)?(?=\/)/i.exec(text)?.[0] ?? "";
  const rest = text.slice(authority.length);
  const lacksHost = authority === "" && (rest.startsWith("//") || rest === "/");
  // A drive letter in front would be a path of Windows.
  if (lacksHost || /^\/[a-z][:|](?:[/\\]|$)/i.test(rest)) throw malformed("Bad file:// URL");
  const none = { user: undefined, password: undefined, zoneId: undefined, port: undefined };
  return { scheme: "file", schemeGuessed: false, host: "", ...none, ...parseRest(rest, options) };
}

function lengthUntil(text: string, end: RegExp): number {
  const at = text.search(end);
  return at === -1 ? text.length : at;
}

function malformed(what: string): CurlError {
  return new CurlError(URL_MALFORMED, `URL rejected: ${what}`);
}
