import net from "node:net";
import { EVENT_LOOP_MECHANISM } from "./models/event-loop.ts";
import type { ModelName } from "./models/model.ts";
import { PROCESSES_MECHANISM } from "./models/processes.ts";
import { SEQUENTIAL_MECHANISMS } from "./models/sequential.ts";
import { THREAD_MECHANISMS } from "./models/threads.ts";
import { reusePortWorks } from "./models/workers/reuse-port.ts";
import { listeningHandle } from "./node-internals.ts";

/** How each concurrency model works on this Node and this system. Found out by trying. */
export async function mechanisms(): Promise<Readonly<Record<ModelName, string>>> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise<void>((resolve) => server.once("listening", resolve));
  const handlesPass = listeningHandle(server) !== undefined;
  server.close();
  return {
    sequential: SEQUENTIAL_MECHANISMS[handlesPass ? "backlog" : "queue"],
    "event-loop": EVENT_LOOP_MECHANISM,
    threads: THREAD_MECHANISMS[(await reusePortWorks()) ? "reusePort" : "relay"],
    processes: PROCESSES_MECHANISM,
  };
}
