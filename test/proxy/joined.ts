import { once } from "node:events";
import net from "node:net";
import { createProxy, type ProxyOptions, type ProxyServer } from "../../src/proxy.ts";

// A client and a server with a proxy between them. Both are sockets of Node: what they see is what programs see.

interface Ends extends AsyncDisposable {
  readonly proxy: ProxyServer;
  readonly client: net.Socket;
  readonly server: net.Socket;
}

/** A client and a server, with the proxy between them. */
export async function joined(options: Omit<ProxyOptions, "upstream"> = {}): Promise<Ends> {
  const listening = await serverOn(0);
  const { port } = listening.address() as net.AddressInfo;
  const proxy = await createProxy({ ...options, upstream: `127.0.0.1:${port}` });
  const client = clientOf(proxy);
  const [server] = (await once(listening, "connection")) as [net.Socket];
  server.on("error", () => {});
  return {
    proxy,
    client,
    server,
    async [Symbol.asyncDispose]() {
      client.destroy();
      server.destroy();
      listening.close();
      await proxy.close();
    },
  };
}

export async function serverOn(where: number | string): Promise<net.Server> {
  const server = net.createServer({ allowHalfOpen: true });
  server.listen(typeof where === "number" ? { port: where, host: "127.0.0.1" } : { path: where });
  await once(server, "listening");
  return server;
}

export function clientOf({ address }: ProxyServer): net.Socket {
  const where =
    address.family === "unix" ? { path: address.path } : { host: address.host, port: address.port };
  return net.connect({ ...where, allowHalfOpen: true }).on("error", () => {});
}

/** More than the kernel and a proxy hold together, in bytes. */
export const LONG = 32 * 1024 * 1024;

/** Resolves when the proxy stops reading from its client. A proxy that holds everything never does. */
export function pausing(): {
  readonly options: Pick<ProxyOptions, "observe">;
  readonly paused: Promise<void>;
} {
  let onPause = (): void => {};
  const paused = new Promise<void>((resolve) => {
    onPause = resolve;
  });
  const observer = { connection: ({ kind }: { kind: string }) => kind === "pause" && onPause() };
  return { options: { observe: (role) => (role === "server" ? observer : undefined) }, paused };
}
