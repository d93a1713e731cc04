/** The process whose memory is measured: `proxy.ts PORT-OF-THE-SERVER STOPPED`. Those clients stop reading, and leave. */
import { createProxy } from "../../src/proxy.ts";

export interface Measured {
  readonly rssBytes: number;
  /** Connections of clients that were accepted. */
  readonly accepted: number;
  /** Clients that were refused, that found no server, or, but for those who left, whose end was not both ends' FIN. */
  readonly lost: number;
}

let lost = 0;
const [, , server = "", stopped] = process.argv;
const proxy = await createProxy({
  upstream: `127.0.0.1:${server}`,
  backlog: 4096,
  onOverload: () => lost++,
  onUpstreamFailed: () => lost++,
  onClosed: ({ remote, reason }) => {
    const left = remote.family !== "unix" && remote.host === stopped;
    if (reason.how !== "end" && !left) lost++;
  },
});

process.on("message", async () => {
  for (let round = 0; round < 3; round++) {
    global.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { accepted } = proxy.listener;
  process.send?.({ rssBytes: process.memoryUsage().rss, accepted, lost } satisfies Measured);
});
process.on("disconnect", () => process.exit(0));
process.send?.({ port: proxy.address.family === "unix" ? 0 : proxy.address.port });
