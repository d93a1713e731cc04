import { quote } from "../../../bytes/text.ts";
import { TransportError } from "../../../tcp/errors.ts";
import { parsedUrl } from "../../parsed-url.ts";
import { withoutCredentials } from "../request-url.ts";
import type { ProxyOptions, ProxyScheme } from "./proxy-options.ts";

/** As curl 8.23. Its man page says 1080 for http, too. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };
const DEFAULT_SOCKS_PORT = 1080;
const SCHEMES: ReadonlySet<string> = new Set<ProxyScheme>([
  "http",
  "https",
  "socks4",
  "socks4a",
  "socks5",
  "socks5h",
]);

/**
 * Reads `[scheme://][user[:password]@]host[:port]`, as curl's `-x`: "http" by default, and port 80, 443 for
 * https, 1080 for SOCKS. User
 * and password may be percent-encoded. `socks5h://localhost/PATH` is a Unix socket. A path behind other hosts says
 * nothing.
 *
 * @throws {TransportError} PROXY_INVALID, or PROXY_SCHEME if the scheme is none of these.
 */
export function parseProxyUrl(text: string): ProxyOptions {
  const [, given = "http", rest = ""] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text) ?? [];
  const scheme = schemeOf(given.toLowerCase(), text);
  const [, userinfo, host = "", digits, path = ""] =
    /^(?:([^/?#]*)@)?(\[[^\]/?#]*\]|[^:/?#[\]]*)(?::(\d*))?([/?#].*)?$/s.exec(rest) ?? [];
  if (host === "") throw invalid(text, "there is no host");
  // The canonical form, as of all hosts: `127.1` is an address, and a name may have letters outside of ASCII.
  const hostname = /[\0-\x20\x7f%\\]/.test(host) ? undefined : parsedUrl(`http://${host}`)?.hostname;
  if (hostname === undefined) throw invalid(text, "the host is none");
  const port = digits ? Number(digits) : (DEFAULT_PORTS[scheme] ?? DEFAULT_SOCKS_PORT);
  if (port < 1 || port > 65_535) throw invalid(text, "a port is a number from 1 to 65535");
  const isUnix = scheme.startsWith("socks") && host.toLowerCase() === "localhost" && path.length > 1;
  return {
    scheme,
    ...(isUnix ? { path: decoded(path, text) } : { host: hostname.replace(/^\[|\]$/g, ""), port }),
    ...(userinfo !== undefined && credentials(userinfo, text)),
  };
}

function schemeOf(given: string, text: string): ProxyScheme {
  // curl's older name of "socks5h" is an option, and "socks" is SOCKS4.
  const scheme = given === "socks" ? "socks4" : given;
  if (SCHEMES.has(scheme)) return scheme as ProxyScheme;
  throw invalid(text, `a proxy speaks ${[...SCHEMES].join(", ")}`, "PROXY_SCHEME");
}

function credentials(userinfo: string, text: string): { user: string; password: string } {
  const colon = userinfo.indexOf(":");
  const [user, password] =
    colon === -1 ? [userinfo, ""] : [userinfo.slice(0, colon), userinfo.slice(colon + 1)];
  return { user: decoded(user, text), password: decoded(password, text) };
}

function decoded(component: string, text: string): string {
  let plain: string;
  try {
    plain = decodeURIComponent(component);
  } catch {
    plain = component; // a "%" that encodes nothing stands for itself
  }
  if (!/[\0\r\n]/.test(plain)) return plain;
  throw invalid(text, "NUL, CR or LF in user, password or path");
}

function invalid(
  text: string,
  what: string,
  code: "PROXY_INVALID" | "PROXY_SCHEME" = "PROXY_INVALID",
): TransportError {
  const shown = quote(withoutCredentials(text));
  return new TransportError(code, "resolve", `not a proxy: ${what}; this is ${shown}`);
}
