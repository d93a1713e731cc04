import type { ReplayTarget } from "../../testing.ts";
import { integerIn } from "../arguments.ts";
import { UsageError } from "../exit-codes.ts";

type Tls = Exclude<ReplayTarget["tls"], true | undefined>;

/** The server that the command line names: `http://host:port`, `https://host`, `host:port` or `unix:PATH`. */
export function targetOf(text: string, tls: Tls): ReplayTarget {
  if (text.startsWith("unix:")) return { path: text.slice("unix:".length) };
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  if (scheme === undefined) return hostAndPort(text, undefined);
  const secure = scheme.toLowerCase() === "https";
  if (!secure && scheme.toLowerCase() !== "http")
    throw new UsageError(`a server is named by http://, https://, HOST:PORT or unix:PATH, not ${scheme}://`);
  const [, authority = "", path = ""] = /^([^/?#]*)(.*)$/s.exec(rest) ?? [];
  if (path !== "" && path !== "/")
    throw new UsageError(`the recording has the paths: the server is named without "${path}"`);
  return { ...hostAndPort(authority, secure ? 443 : 80), ...(secure && { tls }) };
}

function hostAndPort(text: string, standard: number | undefined): ReplayTarget {
  const [, ipv6, name, port] = /^(?:\[([^\]]*)\]|([^:@]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined || (port === undefined && standard === undefined))
    throw new UsageError(`"${text}" names no server: HOST:PORT, a URL or unix:PATH does`);
  return { host, port: port === undefined ? (standard ?? 80) : integerIn("the port", port, 1, 65_535) };
}
