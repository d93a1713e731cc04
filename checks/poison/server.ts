import { once } from "node:events";
import net from "node:net";

/** When the kernel got the bytes of each answer, by the content of the answer. */
export type Stamps = ReadonlyMap<string, bigint>;

/** Sends the unwanted answer in the same write as the answer, or this many milliseconds later. */
export type Moment = "same" | number;

/** The path of a request whose answer is followed by an answer that nobody asked for. */
export const pathOf = (id: string, moment: Moment): string => `/${id}/${moment}`;
export const STAMPS_PATH = "/stamps";

/** A server that answers every request with its id, and then once more. */
export async function poisonServer(): Promise<net.Server> {
  const stamps = new Map<string, bigint>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    let received = "";
    socket.on("error", () => socket.destroy()); // a client that noticed sends a reset
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      for (let end = received.indexOf("\r\n\r\n"); end !== -1; end = received.indexOf("\r\n\r\n")) {
        answer(socket, received.slice(0, end).split(" ")[1] ?? "", stamps);
        received = received.slice(end + 4);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function answer(socket: net.Socket, path: string, stamps: Map<string, bigint>): void {
  if (path === STAMPS_PATH) {
    socket.write(response(JSON.stringify([...stamps].map(([id, at]) => [id, String(at)]))));
    return;
  }
  const [, id = "", moment = ""] = path.split("/");
  // With nothing queued before it, a write reaches the kernel within the call.
  const send = (...contents: string[]) => {
    if (socket.destroyed) return;
    socket.write(contents.map(response).join(""));
    for (const content of contents) stamps.set(content, process.hrtime.bigint());
  };
  const poison = `poison-${id}`;
  if (moment === "same") {
    send(id, poison);
    return;
  }
  send(id);
  if (moment === "0") setImmediate(send, poison);
  else setTimeout(send, Number(moment), poison);
}

const response = (content: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\n${content}`;
