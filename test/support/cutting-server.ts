import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { CERTIFICATE } from "./certificate.ts";

/** Sends `text` over TLS after the first bytes it receives, or at once, and then ends TCP without close_notify. */
export async function cuttingServer(
  text: string,
  asked = false,
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (tcp) => {
    sockets.add(tcp);
    const secured = new tls.TLSSocket(tcp, { isServer: true, ...CERTIFICATE });
    for (const each of [tcp, secured]) each.on("error", () => {});
    secured.once(asked ? "data" : "secure", () => secured.write(text, () => tcp.end()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
