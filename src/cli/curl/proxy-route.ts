import { isIP } from "node:net";
import { hopsOf, type ProxyOptions } from "../../http.ts";
import type { ConnectOptions } from "../../tcp.ts";
import { version } from "../version.ts";
import { connectTo, type Place, resolved } from "./addresses.ts";
import { withheld } from "./content.ts";
import { CurlError } from "./curl-error.ts";
import { AS_CURL } from "./leniency.ts";
import { octetsOf, percentOf } from "./octets.ts";
import { type OwnLines, proxyLines } from "./own-lines.ts";
import { proxyOf } from "./proxy.ts";
import { loginAt, schemesOf, tunnelLoginAt } from "./proxy-login.ts";
import type { Asked } from "./request.ts";
import type { Route } from "./route.ts";
import type { Settings } from "./settings.ts";
import { tlsOptions } from "./tls-settings.ts";
import type { Transfer } from "./transfer.ts";
import { type CurlUrl, connectHostOf, hostFieldOf, portOf, requestTargetOf } from "./url.ts";

const HANDSHAKE_FAILED = 97;

/** The way through the proxy for a request. `undefined`: the request needs no proxy. */
export async function proxyRoute(direct: Route, transfer: Transfer): Promise<Route | undefined> {
  const { asked } = direct;
  const { settings } = transfer.plan;
  const chosen = proxyOf(asked.url, settings);
  if (chosen === undefined) return undefined;
  const proxy = secured(chosen, settings);
  const { scheme } = proxy;
  const isHttp = scheme === "http" || scheme === "https";
  const lines = proxyLines(settings);
  const place = { host: connectHostOf(asked.url), port: portOf(asked.url) ?? 0 };
  const elsewhere = connectTo(settings, place);
  // Where --connect-to leads elsewhere, the proxy has to be told where.
  const tunnels = asked.url.scheme === "https" || settings.on("proxytunnel") || elsewhere !== undefined;
  if (isHttp && !tunnels) return plain(direct, proxy, lines, transfer);
  const authenticator = isHttp ? tunnelLoginAt(proxy, transfer) : undefined;
  const fields = isHttp ? connectFields(lines, settings) : undefined;
  const hops = hopsOf({
    ...proxy,
    leniency: AS_CURL,
    ...(fields && { fields }),
    ...(authenticator && { authenticator }),
  });
  const target = elsewhere ?? place;
  const ipv6 = isIP(target.host) === 6 || settings.last("ipv4", "ipv6")?.name === "ipv6";
  if (scheme === "socks4" && ipv6)
    throw new CurlError(HANDSHAKE_FAILED, `SOCKS4 has no IPv6: ${target.host}`);
  const host = scheme === "socks4" || scheme === "socks5" ? addressOf(settings, target) : target.host;
  const connect = { ...overProxy(direct, settings), ...target, host, through: found(hops, settings) };
  return { asked, connect, proxied: true };
}

/** --resolve knows the target of a proxy that wants an address. */
const addressOf = (settings: Settings, target: Place): string =>
  resolved(settings, target)?.[0] ?? target.host;

/** The proxy takes the request itself, in absolute-form (RFC 9112 §3.2.2). */
function plain(direct: Route, proxy: ProxyOptions, own: OwnLines, transfer: Transfer): Route {
  const { lines, connection, names } = own;
  const { asked } = direct;
  const { settings } = transfer.plan;
  const { user: _user, password: _password, ...open } = proxy;
  const hops = found(hopsOf(open), settings);
  const { greet: _greet, settings: _settings, ...last } = hops.at(-1) ?? {};
  const login = loginAt(proxy, transfer);
  const target = requestTargetOf(asked.url);
  const authorization = names.has("proxy-authorization")
    ? undefined
    : login?.authorization(asked.method, target);
  return {
    asked: {
      ...withoutContent(asked, login !== undefined && authorization === undefined, settings),
      added: {
        ...asked.added,
        proxyAuthorization: authorization,
        proxyConnection: names.has("proxy-connection") ? undefined : "Keep-Alive",
        last: [...(asked.added.last ?? []), ...lines, ...connection],
      },
    },
    target: absoluteForm(asked.url),
    connect: { ...overProxy(direct, settings), through: [...hops.slice(0, -1), last] },
    proxied: true,
  };
}

/** As curl: the path stays as it was typed, the zone of an address is told, and an empty query is none. */
function absoluteForm(url: CurlUrl): string {
  const path = url.path.replace(/[\x00-\x20\x7f]/g, percentOf);
  const zone = url.zoneId === undefined ? "]" : `%25${url.zoneId}]`;
  const host = hostFieldOf(url).replace("]", zone);
  return `${url.scheme}://${host}${path}${url.query ? `?${url.query}` : ""}`;
}

/** Digest needs a challenge first, and the proxy will refuse: as curl, the content waits for the second request. */
function withoutContent(asked: Asked, awaitsChallenge: boolean, settings: Settings): Asked {
  const { content } = asked;
  const onlyDigest = schemesOf(settings).join() === "digest";
  if (!awaitsChallenge || !onlyDigest || content === undefined) return asked;
  return { ...asked, content: withheld(content) };
}

/** The lines of a CONNECT request behind Host and Proxy-Authorization, in their order. */
function connectFields(own: OwnLines, settings: Settings): readonly FieldPair[] {
  const { lines, host, connection, names } = own;
  const userAgent = octetsOf(settings.value("user-agent") ?? `wirepane/${version()}`);
  const fields: FieldPair[] = [];
  if (userAgent !== "" && !names.has("user-agent")) fields.push(["User-Agent", userAgent]);
  if (!names.has("proxy-connection")) fields.push(["Proxy-Connection", "Keep-Alive"]);
  for (const line of [...(host ? [host] : []), ...lines, ...connection]) {
    const colon = line.indexOf(":");
    fields.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  return fields;
}

function secured(proxy: ProxyOptions, settings: Settings): ProxyOptions {
  return proxy.scheme === "https" ? { ...proxy, tls: tlsOptions(settings, "proxy") } : proxy;
}

/** What is about the target alone says nothing of the connection to a proxy. */
function overProxy({ connect }: Route, settings: Settings): ConnectOptions {
  const { path: _path, family: _family, host: _host, port: _port, lookup: _lookup, ...rest } = connect;
  const family = settings.last("ipv4", "ipv6")?.name;
  return { ...rest, ...(family !== undefined && { family: family === "ipv4" ? 4 : 6 }) };
}

type FieldPair = readonly [name: string, value: string];
type Hops = ReturnType<typeof hopsOf>;

/** --resolve is for the proxy, too: its certificate is verified for its name. */
function found(hops: Hops, settings: Settings): Hops {
  const [first, ...others] = hops;
  if (first?.host === undefined || first.port === undefined) return hops;
  const { host } = first;
  const address = resolved(settings, { host, port: first.port })?.[0];
  if (address === undefined) return hops;
  const tls = first.tls !== undefined && {
    tls: { servername: host, ...(first.tls === true ? {} : first.tls) },
  };
  return [{ ...first, ...tls, host: address }, ...others];
}
