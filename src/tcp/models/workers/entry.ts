/** The program of a worker, thread or process: it serves the connections that it accepts, or that it is sent. */
import type net from "node:net";
import { bind, boundAddress } from "../../bind.ts";
import { nowNs, systemClock } from "../../clock.ts";
import type { TransportError } from "../../errors.ts";
import { describeThrown, loadHandler } from "../handler.ts";
import type { ClosedInfo, OpenedInfo } from "../model.ts";
import { Serving } from "../serving/serving.ts";
import type { FromWorker, ObservedBatch, ToWorker, WorkerSetup } from "./messages.ts";
import { ObservationSender } from "./observation-sender.ts";
import { endWithParent } from "./parent-watch.ts";
import { portConnection } from "./port-connection.ts";
import { Tally } from "./tally.ts";

const parentPort = process.getBuiltinModule("node:worker_threads").parentPort;
let serving: Serving | undefined;
let server: net.Server | undefined;
/** The sender's id of the connection that arrives now, and of connections in their handshake (by our ids). */
let handing: number | undefined;
const handedOf = new Map<number, number>();
const tally = new Tally((counts) => tell({ type: "counts", counts }));
/** `undefined`: nobody watches. */
let observations: ObservationSender | undefined;

// The worker ends: its last counts of bytes are still sent, and what its connections did.
process.on("exit", () => {
  tally.flush();
  observations?.flush();
});

if (parentPort) parentPort.on("message", (message: ToWorker) => receive(message));
else {
  process.on("message", (message: ToWorker, socket?: unknown) => receive(message, socket as net.Socket));
  // The parent is gone, and nobody else would stop us.
  process.on("disconnect", () => process.exit(0));
  endWithParent();
  // A thread's uncaught exception reaches its parent by itself.
  process.on("uncaughtExceptionMonitor", (error: unknown) =>
    tell({ type: "crashed", ...describeThrown(error) }),
  );
  // A signal from a terminal or a supervisor reaches the whole group of processes. The parent drains, then stops us.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
}

function tell(message: FromWorker): void {
  if (parentPort) parentPort.postMessage(message);
  else if (process.connected) process.send?.(message);
}

function tellObserved(batch: ObservedBatch): void {
  const { bytes } = batch;
  if (typeof bytes === "string") tell({ type: "observed", batch });
  // The memory moves instead of being copied again.
  else if (parentPort) parentPort.postMessage({ type: "observed", batch }, [bytes.buffer as ArrayBuffer]);
  else tell({ type: "observed", batch: { ...batch, bytes: Buffer.from(bytes.buffer).toString("base64") } });
}

async function receive(message: ToWorker, socket?: net.Socket): Promise<void> {
  switch (message.type) {
    case "setup":
      return setUp(message);
    case "socket":
      return takeSocket(message.handed, socket);
    case "relay":
      handing = message.handed;
      void serving?.connection(portConnection(message.port, { role: "server", ...message.connection }));
      handing = undefined;
      return;
    case "ping":
      return tell({ type: "pong" });
    case "seen":
      return observations?.seen(message.size);
    case "dismiss":
      return observations?.dismiss(message.end);
    case "stop": {
      server?.close();
      const result = (await serving?.drain(message.drainMs)) ?? { drained: true, aborted: 0 };
      observations?.flush();
      return tell({ type: "stopped", ...result });
    }
    default:
      message satisfies never;
  }
}

/** Answers at once whether we have the socket: until then the sender keeps it, since we might die. */
function takeSocket(handed: number, socket: net.Socket | undefined): void {
  if (!socket || !serving) {
    tell({ type: "missed", handed });
    return;
  }
  // A socket arrives without its options.
  socket.allowHalfOpen = true;
  socket.setNoDelay();
  handing = handed;
  const life = serving.received(socket);
  if (life === undefined) tell({ type: "missed", handed });
  else if (handing !== undefined) tell({ type: "taken", handed });
  handing = undefined;
}

/** The observer of a connection hears that it was accepted before `onConnection` does, as in the other models. */
function opened(info: OpenedInfo): void {
  observations?.flush();
  const handed = handing ?? handedOf.get(info.id);
  handing = undefined;
  handedOf.delete(info.id);
  tell({ type: "opened", info, ...(handed !== undefined && { handed }) });
}

/** The observer of a connection hears of its end before `onClosed` does, as in the other models. */
function closed(info: ClosedInfo): void {
  observations?.flush();
  const handed = handedOf.get(info.id);
  handedOf.delete(info.id);
  tell({ type: "closed", info, ...(handed !== undefined && { handed }) });
}

async function setUp(setup: WorkerSetup): Promise<void> {
  try {
    const handler = await loadHandler({ module: setup.module });
    const sender = setup.observed ? new ObservationSender(tellObserved) : undefined;
    observations = sender;
    const running = new Serving({
      handler,
      path: setup.path,
      tls: setup.tls,
      proxyHeader: setup.proxyHeader,
      idleTimeoutMs: setup.idleTimeoutMs,
      observe: sender && (() => sender.observe()),
      onHandshake: (id) => handing !== undefined && handedOf.set(id, handing),
      onConnection: opened,
      onClosed: closed,
      tally,
      clock: systemClock,
      maxConnections: setup.maxConnections ?? Number.POSITIVE_INFINITY,
      onOverload: (overload) => tell({ type: "overload", overload }),
    });
    serving = running;
    if (setup.bind) {
      server = await bind(setup.bind);
      running.acceptFrom(server);
    }
    tell({ type: "ready", address: server && boundAddress(server), clockNs: nowNs() });
  } catch (error) {
    const { code, message, cause } = error as TransportError;
    const stack = cause instanceof Error ? cause.stack : undefined;
    tell({ type: "failed", code, message, ...(stack !== undefined && { stack }) });
  }
}
