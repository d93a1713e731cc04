// One proxy in a process of its own: proxy-peer NAME PORT-OF-THE-SERVER. Prints its port.

import net from "node:net";
import { createProxy } from "wirepane/proxy";
import { listening } from "./floors.ts";

const proxies: Record<string, (upstream: number) => Promise<number>> = {
  "wirepane proxy": async (upstream) => {
    const { address } = await createProxy({ upstream: `127.0.0.1:${upstream}`, backlog: 4096 });
    return "port" in address ? address.port : 0;
  },
  "node:net, pipe": (upstream) =>
    listening(
      net.createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
        const server = net.connect({ port: upstream, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
        client.pipe(server).pipe(client);
        client.on("error", () => server.destroy());
        server.on("error", () => client.destroy());
      }),
    ),
};

const start = proxies[process.argv[2] ?? ""];
if (!start) throw new Error("which proxy?");
console.log(await start(Number(process.argv[3])));
