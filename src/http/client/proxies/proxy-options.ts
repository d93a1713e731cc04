import type { Version } from "../../../http1/events.ts";
import type { FieldsSource } from "../../../http1/fields.ts";
import type { Http1Leniency } from "../../../http1/leniency.ts";
import type { TlsOptions } from "../../../tcp/tls.ts";
import type { ProxyAuthenticator } from "./connect-tunnel.ts";

/**
 * How a proxy is spoken to. "https" is HTTP over TLS. With "socks4" and "socks5" names are looked up here; with "socks4a"
 * and "socks5h" the proxy looks them up.
 */
export type ProxyScheme = "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h";

/** A proxy, and how to use it. */
export interface ProxyOptions {
  /** How the proxy is spoken to. */
  readonly scheme: ProxyScheme;
  /** A host name or an IP address. */
  readonly host?: string;
  /** The TCP port; required without `path`. */
  readonly port?: number;
  /** The path of a Unix socket, in place of host and port. */
  readonly path?: string;
  /** The user; none by default. Only the proxy is told: by Basic, or in the handshake of SOCKS. */
  readonly user?: string;
  /** The password, empty by default. */
  readonly password?: string;
  /** Answers the challenges of an HTTP proxy, in place of Basic: Digest, for instance. None by default. */
  readonly authenticator?: ProxyAuthenticator;
  /** TLS with an https proxy; all defaults where nothing is given. */
  readonly tls?: TlsOptions;
  /** Through an HTTP proxy, http URLs go by CONNECT, too, as https URLs always do. `false` by default. */
  readonly tunnel?: boolean;
  /** Field lines for an HTTP proxy: of CONNECT, and of requests in absolute-form. None by default. */
  readonly fields?: FieldsSource;
  /** The HTTP version of CONNECT, "1.1" by default. */
  readonly connectVersion?: Version;
  /** Which rules an answer to CONNECT may break: none by default. */
  readonly leniency?: Http1Leniency;
  /** A proxy that leads to this one, as a URL or in full; none by default. */
  readonly before?: string | ProxyOptions;
}

/** One proxy for all URLs, as text (`http://user:password@host:port`) or in full, or a function that chooses. */
export type ProxySetting = string | ProxyOptions | ((url: URL) => string | ProxyOptions | undefined);
