/** What a worker, thread or process, runs: the handler on the connections it accepts or is given. */
import type net from "node:net";
import { bind, boundAddress } from "../bind.ts";
import { systemClock } from "../clock.ts";
import type { TransportError } from "../errors.ts";
import { loadHandler } from "./handler.ts";
import { portConnection } from "./port-connection.ts";
import { Serving } from "./serving.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./worker-messages.ts";

const parentPort = process.getBuiltinModule("node:worker_threads").parentPort;
let serving: Serving | undefined;
let server: net.Server | undefined;

if (parentPort) parentPort.on("message", (message: ToWorker) => receive(message));
else {
  process.on("message", (message: ToWorker, socket?: unknown) => receive(message, socket as net.Socket));
  // The parent is gone, by whatever way: nobody would ever stop us.
  process.on("disconnect", () => process.exit(0));
  // Signals from a terminal or a supervisor go to the whole group. The parent drains first, then tells us.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
}

function tell(message: FromWorker): void {
  if (parentPort) parentPort.postMessage(message);
  else if (process.connected) process.send?.(message);
}

async function receive(message: ToWorker, socket?: net.Socket): Promise<void> {
  switch (message.type) {
    case "setup":
      return setUp(message);
    case "socket":
      if (!socket || !serving) return tell({ type: "missed" });
      // A received socket comes without its options.
      socket.allowHalfOpen = true;
      socket.setNoDelay();
      if (serving.received(socket) === undefined) tell({ type: "missed" });
      return;
    case "relay":
      return serving?.connection(portConnection(message.port, { role: "server", ...message.connection }));
    case "stop": {
      server?.close();
      tell({
        type: "stopped",
        ...((await serving?.drain(message.drainMs)) ?? { drained: true, aborted: 0 }),
      });
      return;
    }
    default:
      message satisfies never;
  }
}

async function setUp(setup: WorkerSetup): Promise<void> {
  try {
    const handler = await loadHandler({ module: setup.module });
    const running = new Serving({
      handler,
      path: setup.path,
      tls: setup.tls,
      proxyHeader: setup.proxyHeader,
      idleTimeoutMs: setup.idleTimeoutMs,
      observe: undefined,
      onConnection: (info) => tell({ type: "opened", info }),
      onClosed: (info) => tell({ type: "closed", info }),
      clock: systemClock,
      maxConnections: setup.maxConnections ?? Number.POSITIVE_INFINITY,
      onOverload: (overload) => tell({ type: "overload", overload }),
    });
    serving = running;
    if (setup.bind) {
      server = await bind(setup.bind);
      running.acceptFrom(server);
    }
    tell({ type: "ready", address: server && boundAddress(server) });
  } catch (error) {
    const { code, message } = error as TransportError;
    tell({ type: "failed", code, message });
  }
}
