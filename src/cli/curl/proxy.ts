import {
  isWithoutProxy,
  type ProxyOptions,
  type ProxyScheme,
  parseProxyUrl,
  proxyFromEnvironment,
} from "../../http.ts";
import { CurlError } from "./curl-error.ts";
import { unicodeOf } from "./octets.ts";
import { givenUser } from "./password.ts";
import type { Settings } from "./settings.ts";
import { type CurlUrl, connectHostOf, hostFieldOf } from "./url.ts";

const PROXY_UNUSABLE = 5;

/** The proxies on the way to a URL: that of -x or of the environment, and in front of it that of --preproxy. */
export function proxyOf(url: CurlUrl, settings: Settings): ProxyOptions | undefined {
  const host = connectHostOf(url);
  const { no_proxy, NO_PROXY } = process.env;
  const noProxy = settings.value("noproxy") ?? (no_proxy || NO_PROXY);
  if (noProxy !== undefined && noProxy !== "" && isWithoutProxy(host, noProxy)) return undefined;
  const given = settings.last("proxy", "proxy1.0", "socks4", "socks4a", "socks5", "socks5-hostname");
  const before = settings.value("preproxy") || undefined;
  if (given === undefined && before === undefined) return fromEnvironment(url, settings);
  const preproxy = before === undefined ? undefined : parseProxyUrl(withScheme(before, "socks4"));
  if (preproxy?.scheme.startsWith("http"))
    throw new CurlError(PROXY_UNUSABLE, "--preproxy wants a SOCKS proxy");
  if (given === undefined || given.value === "") return preproxy && withUser(preproxy, settings);
  const scheme = SCHEMES[given.name] ?? "http";
  const proxy = withUser(parseProxyUrl(withScheme(given.value, scheme)), settings);
  return {
    ...proxy,
    ...(given.name === "proxy1.0" && { connectVersion: "1.0" }),
    ...(preproxy && { before: preproxy }),
  };
}

const SCHEMES: Readonly<Record<string, ProxyScheme>> = {
  socks4: "socks4",
  socks4a: "socks4a",
  socks5: "socks5",
  "socks5-hostname": "socks5h",
};

/** NO_PROXY was asked before: --noproxy stands in for it, even if it is empty. */
function fromEnvironment(url: CurlUrl, settings: Settings): ProxyOptions | undefined {
  const { no_proxy: _lower, NO_PROXY: _upper, ...environment } = process.env;
  const found = proxyFromEnvironment(environment)(new URL(`${url.scheme}://${hostFieldOf(url)}`));
  return found === undefined ? undefined : withUser(parseProxyUrl(withScheme(found, "http")), settings);
}

/** As in URLs of curl, a scheme may end with one to three slashes. */
function withScheme(text: string, scheme: string): string {
  const [, own, rest] = /^([a-z][a-z0-9+.-]*):\/{1,3}(?!\/)(.*)$/is.exec(text) ?? [];
  return own === undefined ? `${scheme}://${text}` : `${own}://${rest}`;
}

/**
 * The user in the URL of the proxy comes before that of -U. Both may be percent-encoded. Without any octet in user and
 * password, there is no user.
 */
function withUser(proxy: ProxyOptions, settings: Settings): ProxyOptions {
  const { user, password, ...open } = proxy;
  if (user !== undefined) return user === "" && password === "" ? open : proxy;
  const given = givenUser(settings, "proxy-user");
  if (given === undefined || (given.user === "" && given.password === "")) return open;
  return { ...open, user: decoded(unicodeOf(given.user)), password: decoded(unicodeOf(given.password)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
