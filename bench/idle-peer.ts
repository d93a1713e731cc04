// A server whose memory is measured while its connections are idle: idle-peer NAME. Prints its port, and RSS when
// asked.

import http from "node:http";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { echo, listen, serve } from "wirepane";
import { listening, serveByOnread } from "./floors.ts";

const HOUR_MS = 3_600_000;
const PATIENT = { headTimeoutMs: HOUR_MS, idleTimeoutMs: HOUR_MS };

const servers: Record<string, () => Promise<number>> = {
  "wirepane listen": async () => portOf(await listen({ handler: echo })),
  "wirepane serve": async () =>
    portOf(await serve({ ...PATIENT, handler: () => ({ status: 200, body: "hello\n" }) })),
  "node:net, on data": () =>
    listening(
      net.createServer({ noDelay: true }, (socket) => socket.on("data", (chunk) => socket.write(chunk))),
    ),
  "node:net, onread": () => serveByOnread((socket, bytes) => socket.write(Buffer.from(bytes))),
  "node:http": () =>
    listening(
      http.createServer({ keepAliveTimeout: HOUR_MS }, (_request, response) => response.end("hello\n")),
    ),
};

function portOf({ address }: Awaited<ReturnType<typeof listen | typeof serve>>): number {
  return "port" in address ? address.port : 0;
}

const start = servers[process.argv[2] ?? ""];
if (!start) throw new Error("which server?");
process.on("message", async () => {
  for (let round = 0; round < 3; round++) {
    global.gc?.();
    await delay(100);
  }
  process.send?.(process.memoryUsage.rss());
});
process.on("disconnect", () => process.exit(0));
process.send?.({ port: await start() });
