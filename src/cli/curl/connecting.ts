import type { ConnectOptions } from "../../tcp.ts";
import { authorities } from "../certificates.ts";
import type { Settings } from "./settings.ts";

/** curl gives up connecting after five minutes. */
const CONNECT_MS = 300_000;

/** How the connections of some settings are opened. */
export function connectOptions(settings: Settings): ConnectOptions {
  const path = settings.value("unix-socket");
  const ca = settings.value("cacert");
  const family = settings.last("ipv4", "ipv6")?.name;
  return {
    timeoutMs: settings.milliseconds("connect-timeout") ?? CONNECT_MS,
    ...(path !== undefined && { path }),
    ...(family !== undefined && { family: family === "ipv4" ? 4 : 6 }),
    tls: { insecure: settings.on("insecure"), ...(ca !== undefined && { ca: authorities(ca) }) },
  };
}
