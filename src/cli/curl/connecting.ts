import { isIP } from "node:net";
import type { ConnectOptions, TlsOptions } from "../../tcp.ts";
import type { Settings } from "./settings.ts";
import type { OptionName } from "./table.ts";
import { type CurlUrl, connectHostOf, portOf } from "./url.ts";

/** curl gives up connecting after five minutes. */
const CONNECT_MS = 300_000;
const KEEP_ALIVE_S = 60;
/** curl waits so long before it tries the other IP version. */
const ATTEMPT_DELAY_MS = 200;

const OF_ADDRESSES: readonly OptionName[] = ["interface", "local-port", "connect-to", "resolve"];

const FILES: readonly OptionName[] = ["cacert", "crlfile", "proxy-cacert", "proxy-crlfile"];

/** How the connection for a URL is opened, without a proxy. */
export async function connectOptions(settings: Settings, url: CurlUrl): Promise<ConnectOptions> {
  const host = connectHostOf(url);
  const place = { host, port: portOf(url) ?? 0 };
  const family = settings.last("ipv4", "ipv6")?.name;
  if (FILES.some((name) => settings.on(name))) (await import("./tls-settings.ts")).checkFiles(settings);
  const special = OF_ADDRESSES.some((name) => settings.on(name));
  const addresses = special ? await import("./addresses.ts") : undefined;
  const elsewhere = addresses?.connectTo(settings, place);
  return {
    timeoutMs: settings.milliseconds("connect-timeout") ?? CONNECT_MS,
    attemptDelayMs: settings.count("happy-eyeballs-timeout-ms") ?? ATTEMPT_DELAY_MS,
    // As in curl, an address is what it is.
    ...(family !== undefined && isIP(elsewhere?.host ?? host) === 0 && { family: family === "ipv4" ? 4 : 6 }),
    ...(url.zoneId !== undefined && { host: `${host}%${url.zoneId}` }),
    ...elsewhere,
    ...addresses?.addressed(settings, elsewhere ?? place),
    ...unixSocket(settings),
    ...(url.scheme === "https" && { tls: await tlsOf(settings, host) }),
    ...(haproxy(settings) && { preamble: (await import("./haproxy.ts")).haproxyPreamble(settings) }),
  };
}

/** How a new connection is kept. As in curl, another transfer takes a connection that is kept otherwise. */
export function socketOptions(settings: Settings): ConnectOptions {
  return {
    keepAliveMs: keepAliveMs(settings),
    ...(settings.value("tcp-nodelay") !== undefined && { noDelay: settings.on("tcp-nodelay") }),
  };
}

function keepAliveMs(settings: Settings): number | undefined {
  if (settings.last("no-keepalive")?.on) return undefined;
  return (settings.count("keepalive-time") ?? KEEP_ALIVE_S) * 1000;
}

function unixSocket(settings: Settings): ConnectOptions {
  const given = settings.last("unix-socket", "abstract-unix-socket");
  if (given === undefined) return {};
  return { path: given.name === "unix-socket" ? given.value : `\0${given.value}` };
}

const haproxy = (settings: Settings): boolean =>
  settings.on("haproxy-protocol") || settings.on("haproxy-clientip");

/** The certificate is verified for the host of the URL, wherever the connection leads. */
async function tlsOf(settings: Settings, host: string): Promise<TlsOptions> {
  const { tlsOptions } = await import("./tls-settings.ts");
  return { servername: host, ...tlsOptions(settings, "server") };
}
