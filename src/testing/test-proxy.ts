import { createProxy as createPlainProxy, type ProxyOptions, type ProxyServer } from "../proxy/proxy.ts";
import { recordTrace } from "../trace/recorder.ts";
import { ForeignRecording, type Recording } from "./recording.ts";

const MAX_BYTES = 64 * 1024 * 1024;

/** A proxy for a test: options of a proxy, but for who watches. */
export interface TestProxyOptions extends Omit<ProxyOptions, "observe"> {
  /** How many bytes of both hops are kept, 64 MiB by default. A test that needs more fails when it asks for records. */
  readonly maxBytes?: number;
}

/** A proxy that records both of its hops. */
export interface TestProxy extends ProxyServer {
  /** What went through it so far. */
  readonly recording: Recording;
  /** Where to reach it: `http://127.0.0.1:41234`. Empty for a Unix socket. */
  readonly url: string;
  /** The port; 0 for a Unix socket. */
  readonly port: number;
}

/**
 * Starts a proxy between the client under test and its server, on any free port of loopback by default. Both hops are
 * recorded.
 *
 * @throws {TransportError} as `createProxy` of `wirepane/proxy`.
 */
export async function createProxy({
  maxBytes = MAX_BYTES,
  ...options
}: TestProxyOptions): Promise<TestProxy> {
  const recorder = recordTrace({ maxBytes });
  const proxy = await createPlainProxy({
    ...(options.path === undefined && { host: "127.0.0.1", port: 0 }),
    ...options,
    observe: (role) => recorder.observe(role),
  });
  const { address } = proxy;
  const port = address.family === "unix" ? 0 : address.port;
  const scheme = options.tls === undefined ? "http" : "https";
  const url = address.family === "unix" ? "" : `${scheme}://${urlHost(address.host)}:${port}`;
  return { ...proxy, recording: new ForeignRecording(recorder), url, port };
}

const urlHost = (host: string): string => (host.includes(":") ? `[${host}]` : host);
