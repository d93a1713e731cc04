import { Fields } from "../../../http1/fields.ts";
import type { ConnectOptions } from "../../../tcp/connect.ts";
import { TransportError } from "../../../tcp/errors.ts";
import type { Hop } from "../../../tcp/hops/hop.ts";
import { ownOptions } from "../../../tcp/own-options.ts";
import { basicCredentials } from "../authentication/basic.ts";
import type { RequestInput } from "../messages.ts";
import { parseRequestUrl } from "../request-url.ts";
import { connectTunnel, type TunnelSettings } from "./connect-tunnel.ts";
import type { ProxyOptions, ProxySetting } from "./proxy-options.ts";
import { parseProxyUrl } from "./proxy-url.ts";
import { type Socks4Settings, socks4 } from "./socks4.ts";
import { type Socks5Settings, socks5 } from "./socks5.ts";

/** The proxy for a URL; `undefined`: none. @throws {TransportError} URL_INVALID */
export function proxyFor(url: string | URL, setting: ProxySetting | undefined): ProxyOptions | undefined {
  const chosen = typeof setting === "function" ? setting(new URL(url)) : setting;
  if (chosen === undefined || chosen === "") return undefined;
  return typeof chosen === "string" ? parseProxyUrl(chosen) : ownOptions(chosen);
}

/**
 * The request as it goes through the proxy: to an HTTP proxy in absolute-form (RFC 9112 §3.2.2), if the URL is http and
 * no tunnel is asked for, and otherwise through the proxy by `connect.through`.
 *
 * Only the proxy gets the credentials for the proxy (RFC 9110 §11.7.2): through a tunnel, no field of the request tells
 * of the proxy.
 */
export function proxied(input: RequestInput, given: ProxyOptions): RequestInput {
  const proxy = ownOptions(given);
  const { url } = input;
  const { secure, href } = parseRequestUrl(url);
  if (secure || proxy.tunnel || proxy.scheme.startsWith("socks") || input.method === "CONNECT") {
    return throughHops(input, hopsOf(proxy));
  }
  const { greet: _greet, settings: _settings, ...last } = hopOf(proxy);
  return ownOptions<RequestInput>(throughHops(input, [...before(proxy), last]), {
    target: input.target ?? href,
    fields: withProxyFields(input, proxy, input.target ?? href),
  });
}

/** The hops that lead to a server through the proxy: for `ConnectOptions.through`. */
export function hopsOf(proxy: ProxyOptions): readonly Hop[] {
  return [...before(proxy), hopOf(proxy)];
}

/** How many proxies may stand before another: a chain that leads back to itself would never end. */
const MAX_HOPS = 8;

function before(proxy: ProxyOptions): readonly Hop[] {
  const hops: Hop[] = [];
  for (
    let next = proxyFor("http://localhost", proxy.before);
    next;
    next = proxyFor("http://localhost", next.before)
  ) {
    hops.unshift(hopOf(next));
    if (hops.length === MAX_HOPS) {
      throw new TransportError("URL_INVALID", "resolve", `more than ${MAX_HOPS} proxies before one another`);
    }
  }
  return hops;
}

function hopOf(given: ProxyOptions): Hop {
  const { scheme, host, port, path, user, password, authenticator, tls, fields, connectVersion, leniency } =
    ownOptions(given);
  const place =
    path === undefined
      ? { ...(host !== undefined && { host }), ...(port !== undefined && { port }) }
      : { path };
  const credentials = user === undefined ? {} : { user, ...(password !== undefined && { password }) };
  switch (scheme) {
    case "http":
    case "https": {
      const settings: TunnelSettings = {
        ...credentials,
        fieldLines: Fields.from(fields).lines,
        ...(connectVersion && { version: connectVersion }),
        ...(authenticator && { authenticator }),
        ...(leniency && { leniency }),
      };
      return { ...place, ...(scheme === "https" && { tls: tls ?? true }), greet: connectTunnel, settings };
    }
    case "socks4":
      return { ...place, greet: socks4, settings: { user } as Socks4Settings };
    case "socks4a":
      return { ...place, greet: socks4, settings: { user, names: true } as Socks4Settings };
    case "socks5":
      return { ...place, greet: socks5, settings: { ...credentials, names: false } satisfies Socks5Settings };
    case "socks5h":
      return { ...place, greet: socks5, settings: credentials satisfies Socks5Settings };
    default:
      throw new TransportError("URL_INVALID", "resolve", `no proxy speaks "${scheme satisfies never}"`);
  }
}

function throughHops(input: RequestInput, hops: readonly Hop[]): RequestInput {
  const { through = [], ...connect } = ownOptions<ConnectOptions>({}, input.connect);
  return ownOptions<RequestInput>(input, {
    connect: { ...connect, through: [...through, ...hops] },
    proxy: undefined,
  });
}

/** A field that the caller gives is not added. */
function withProxyFields(input: RequestInput, proxy: ProxyOptions, target: string): Fields {
  const given = Fields.from(input.fields);
  const { user, password = "", authenticator, fields } = proxy;
  const lines = [...given.lines];
  const authorization =
    authenticator?.authorization(input.method ?? "GET", target) ??
    (user === undefined || authenticator ? undefined : basicCredentials(user, password));
  if (authorization !== undefined && !given.has("proxy-authorization")) {
    lines.push("Proxy-Authorization", authorization);
  }
  for (const [name, value] of Fields.from(fields)) if (!given.has(name)) lines.push(name, value);
  return new Fields(lines);
}
