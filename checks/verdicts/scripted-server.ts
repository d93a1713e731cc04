import { once } from "node:events";
import net from "node:net";
import { PROBE_PATH } from "./ask.ts";
import type { Row } from "./rows.ts";

/** A server that answers a request with the bytes of a row, and the probe with a correct response. */
export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly probeUrl: string;
  /** The probe came on the connection on which the row was answered. */
  readonly reused: boolean;
}

const PROBED = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nprobe";

export async function scriptedServer({ wire }: Row): Promise<ScriptedServer> {
  const sockets = new Set<net.Socket>();
  const answered = new Set<net.Socket>();
  let reused = false;
  const server = net.createServer((socket) => {
    let received = "";
    sockets.add(socket);
    socket.on("error", () => {}); // a client that wants no more sends a reset
    socket.on("data", (bytes: Buffer) => {
      received += bytes.toString("latin1");
      if (!received.includes("\r\n\r\n")) return;
      const isProbe = received.includes(` ${PROBE_PATH} `);
      received = "";
      if (isProbe) {
        reused ||= answered.has(socket);
        socket.write(PROBED);
        return;
      }
      answered.add(socket);
      socket.write(wire.bytes);
      if (wire.closes) socket.end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  return {
    url: `${url}/`,
    probeUrl: url + PROBE_PATH,
    get reused() {
      return reused;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
