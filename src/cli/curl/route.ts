import type { ConnectOptions } from "../../tcp.ts";
import { connectOptions } from "./connecting.ts";
import { CurlError } from "./curl-error.ts";
import type { Asked } from "./request.ts";
import type { OptionName } from "./table.ts";
import type { Transfer } from "./transfer.ts";

/** How a request reaches its server. */
export interface Route {
  /** The request, with what it says to a proxy. */
  readonly asked: Asked;
  readonly connect: ConnectOptions;
  /** The request-target in absolute-form: for a proxy that is asked itself. */
  readonly target?: string;
  /** A proxy is on the way. */
  readonly proxied: boolean;
}

const CONNECT_FAILED = 7;

const PROXY_OPTIONS: readonly OptionName[] = [
  "proxy",
  "proxy1.0",
  "preproxy",
  "socks4",
  "socks4a",
  "socks5",
  "socks5-hostname",
];

/** The way of one request. A proxy is chosen for each: a redirect may lead to a host that needs none. */
export async function routeOf(asked: Asked, transfer: Transfer): Promise<Route> {
  const { settings } = transfer.plan;
  const direct = { asked, connect: await connectOptions(settings, asked.url), proxied: false };
  // As in curl, a Unix socket is the server, and no way to a proxy.
  if (direct.connect.path !== undefined) return direct;
  if (PROXY_OPTIONS.some((name) => settings.on(name)) || environmentNamesProxy()) {
    const { proxyRoute } = await import("./proxy-route.ts");
    const route = await proxyRoute(direct, transfer);
    if (route !== undefined) return route;
  }
  if ((direct.connect.port ?? asked.url.port) === 0)
    throw new CurlError(CONNECT_FAILED, "nobody can listen on port 0");
  return direct;
}

function environmentNamesProxy(): boolean {
  const { http_proxy, https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY } = process.env;
  return [http_proxy, https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY].some(Boolean);
}
