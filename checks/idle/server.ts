/** The process whose memory is measured: `server.ts http|echo`. It listens, and measures itself when told to. */
import { listen, serve } from "../../src/index.ts";

export interface Measured {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Sockets of clients, as Node counts them. */
  readonly sockets: number;
}

const HOUR_MS = 3_600_000;

async function start(): Promise<number> {
  const timeouts = { headTimeoutMs: HOUR_MS, idleTimeoutMs: HOUR_MS };
  const { address } =
    process.argv[2] === "echo"
      ? await listen({
          handler: async (connection) => {
            for await (const bytes of connection) await connection.write(bytes);
          },
        })
      : await serve({ ...timeouts, handler: () => ({ status: 200, body: "hello\n" }) });
  return address.family === "unix" ? 0 : address.port;
}

async function measure(): Promise<Measured> {
  for (let round = 0; round < 3; round++) {
    global.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  const sockets = process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
  return { rssBytes: rss, heapBytes: heapUsed + external, sockets };
}

process.on("message", async () => process.send?.(await measure()));
process.on("disconnect", () => process.exit(0));
process.send?.({ port: await start() });
