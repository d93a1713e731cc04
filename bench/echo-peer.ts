// One echo server in a process of its own: echo-peer NAME. Prints its port.

import net from "node:net";
import { echo, type ListenOptions, listen } from "wirepane/tcp";
import { listening, serveByOnread } from "./floors.ts";

const servers: Record<string, () => Promise<number>> = {
  "wirepane listen": () => wirepane(echo),
  "wirepane, for await": () =>
    wirepane({
      run: async (connection) => {
        for await (const chunk of connection) await connection.write(chunk);
      },
    }),
  'node:net, on("data") → write': () =>
    listening(
      net.createServer({ noDelay: true }, (socket) => {
        socket.on("data", (chunk) => socket.write(chunk));
        socket.on("error", () => socket.destroy());
      }),
    ),
  /**
   * A small chunk is sent as a string, which is a copy. With a larger one, the buffer is free once the kernel has it
   * all.
   */
  "node:net, onread": () =>
    serveByOnread((socket, bytes) => {
      if (bytes.length <= 1024) socket.write(bytes.toString("latin1"), "latin1");
      else socket.write(Buffer.from(bytes));
    }),
};

async function wirepane(handler: ListenOptions["handler"]): Promise<number> {
  const { address } = await listen({ handler, backlog: 4096 });
  return "port" in address ? address.port : 0;
}

const start = servers[process.argv[2] ?? ""];
if (!start) throw new Error("which server?");
console.log(await start());
