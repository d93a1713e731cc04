import type { ConnectOptions } from "../tcp/connect.ts";
import { TransportError } from "../tcp/errors.ts";
import { checkHost } from "../tcp/resolve.ts";
import type { TlsOptions } from "../tcp/tls.ts";

/** The server behind a proxy. */
export interface Upstream {
  /** How to connect to the server. */
  readonly connect: ConnectOptions;
  /** The server as its user wrote it: `127.0.0.1:8080`, `https://example.org`. */
  readonly text: string;
  /** What Host says of the server (RFC 9110 §7.2). `undefined` for a Unix socket. */
  readonly authority: string | undefined;
}

/** RFC 9110 §4.2: the default ports of URLs. */
const PORTS = { http: 80, https: 443 } as const;

/**
 * Reads `HOST:PORT`, `PORT` (of 127.0.0.1), `unix:PATH`, `tls:HOST:PORT`, `http://HOST[:PORT]` or
 * `https://HOST[:PORT]`. An IPv6 address stands in brackets.
 *
 * @param tls options of TLS, for a server that speaks it.
 * @throws {TransportError} HOST_INVALID
 */
export function parseUpstream(text: string, tls: TlsOptions = {}): Upstream {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    if (path === "") throw invalid(text, "unix: wants the path of a socket");
    return { connect: { path }, text, authority: undefined };
  }
  const url = /^(https?):\/\/([^/?#@]+)\/?$/i.exec(text);
  const isHttps = url?.[1]?.toLowerCase() === "https";
  const isTls = text.startsWith("tls:");
  const authority = url?.[2] ?? (isTls ? text.slice("tls:".length) : text);
  const defaultPort = url === null ? undefined : PORTS[isHttps ? "https" : "http"];
  const server = serverOf(authority, defaultPort);
  if (server === undefined)
    throw invalid(text, "a server is HOST:PORT, unix:PATH, tls:HOST:PORT, http://HOST or https://HOST");
  // A server that prefers HTTP/2 would answer a client of HTTP/1.1 in HTTP/2.
  const secure = { ...(isHttps && { alpn: ["http/1.1"] }), ...tls };
  return { connect: { ...server, ...((isHttps || isTls) && { tls: secure }) }, text, authority };
}

function serverOf(authority: string, defaultPort: number | undefined): ConnectOptions | undefined {
  if (defaultPort === undefined && /^\d+$/.test(authority))
    return serverOf(`127.0.0.1:${authority}`, undefined);
  const [, host, digits] = /^(\[[\w:.%]+\]|[^:[\]/\s]+)(?::(\d{1,5}))?$/.exec(authority) ?? [];
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === undefined || port === undefined || port < 1 || port > 65_535) return undefined;
  return { host: checkHost(host), port };
}

function invalid(text: string, what: string): TransportError {
  return new TransportError("HOST_INVALID", "connect", `${what}; this is ${JSON.stringify(text)}`);
}
