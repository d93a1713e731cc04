import { once } from "node:events";
import net from "node:net";
import type { OddResponse } from "./odd-responses.ts";

/** A server that answers every request with these bytes, in pieces. */
export interface OddServer extends AsyncDisposable {
  readonly url: string;
}

export async function oddServer(response: OddResponse): Promise<OddServer> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    serve(socket, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function serve(socket: net.Socket, response: OddResponse): void {
  let received = "";
  socket.setNoDelay(true);
  socket.on("error", () => {}); // the client resets in some cases
  socket.on("end", () => socket.end());
  socket.on("data", (bytes: Buffer) => {
    received += bytes.toString("latin1");
    for (let end = received.indexOf("\r\n\r\n"); end !== -1; end = received.indexOf("\r\n\r\n")) {
      received = received.slice(end + 4);
      if (response.early) {
        socket.pause();
        socket.removeAllListeners("data");
      }
      void answer(socket, response);
    }
  });
}

async function answer(socket: net.Socket, { bytes, big, two, reset }: OddResponse): Promise<void> {
  const octets = Buffer.from(bytes, "latin1");
  const size = big ? 4000 : 20;
  for (let at = 0; at < octets.length && !socket.destroyed; at += size) {
    socket.write(octets.subarray(at, at + size));
    // A turn of its own for each piece, so that they arrive apart.
    await new Promise((resolve) => setTimeout(resolve, big ? 0 : 1));
  }
  if (reset) socket.resetAndDestroy();
  else if (!two) socket.end();
}
