import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type ClosedInfo,
  echo,
  formatAddress,
  type HandlerRef,
  type Listener,
  type ListenOptions,
  listen as listenOn,
  MODEL_NAMES,
  type TransportError,
  type WorkerEvent,
} from "../../tcp.ts";
import { counted, printable } from "../../trace.ts";
import type { Arguments } from "../arguments.ts";
import { converse } from "../conversation.ts";
import { overloadLines, serveUntilInterrupted } from "../draining.ts";
import { endpointOf } from "../endpoint.ts";
import { CommandError, EXIT, UsageError } from "../exit-codes.ts";
import { expectHandlerFailures, sayLoadFailure, sayStack } from "../handler-failure.ts";
import { exitAtHangup, interrupted, interruptSignal } from "../interrupt.ts";
import { say } from "../output.ts";
import { hearSignals, onMainThread, runInThread } from "../own-thread.ts";
import { startTracing } from "../tracing.ts";

/** A client that vanished must not hold its place for ever. A conversation has no limit: a person may think for longer. */
const DEFAULT_IDLE_MS = 120_000;

/** A TCP server under a concurrency model. Without a handler: a conversation with the first client. */
export async function listen(args: Arguments<"listen">): Promise<number> {
  const endpoint = endpointOf("listen", args.positionals, args.value("unix"));
  const model = args.choice("model", MODEL_NAMES);
  const workers = args.integer("workers", 1, 256);
  const backlog = args.integer("backlog", 0, 65_535);
  const maxConnections = args.integer("max-conns", 1);
  const idleTimeoutMs = args.milliseconds("idle");
  const handler = handlerOf(args);
  const hasWorkers = model === "threads" || model === "processes";
  if (workers !== undefined && !hasWorkers)
    throw new UsageError("--workers wants --model threads or --model processes: no other model has workers");
  const file = args.value("handler");
  if (file !== undefined) {
    if (!hasWorkers && onMainThread()) return runInThread();
    hearSignals();
    expectHandlerFailures(file);
  }

  if ("path" in endpoint) exitAtHangup();
  const tracing = await startTracing(args, { late: hasWorkers });
  const options: Omit<ListenOptions, "handler"> = {
    ...endpoint,
    ...(workers !== undefined && { workers }),
    ...(backlog !== undefined && { backlog }),
    ...(maxConnections !== undefined && { maxConnections }),
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    // Workers send what they see only if somebody observes.
    ...(tracing.on && { observe: () => tracing.observe("server") }),
  };
  try {
    if (handler === undefined) {
      if (model !== undefined)
        throw new UsageError("--model wants a handler to run: --echo or --handler FILE");
      return await converseWithOne(options);
    }
    const served = {
      idleTimeoutMs: DEFAULT_IDLE_MS,
      ...options,
      ...(model !== undefined && { model }),
      handler,
    };
    return await serveMany(served);
  } finally {
    await tracing.finish();
  }
}

function handlerOf(args: Arguments<"listen">): HandlerRef | undefined {
  const file = args.value("handler");
  if (file === undefined) return args.has("echo") ? echo : undefined;
  if (args.has("echo")) throw new UsageError("--echo and --handler: use only one of them");
  if (!existsSync(file)) throw new CommandError(EXIT.read, `cannot read ${file}: no such file or directory`);
  return { module: pathToFileURL(resolve(file)) };
}

async function serveMany(options: ListenOptions): Promise<number> {
  let received = 0;
  let sent = 0;
  let fail = (_: TransportError): void => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const listener = await listenOn({
    ...options,
    onFailed: fail,
    onConnection: ({ id, remote, worker, open }) =>
      say(`#${id} opened ${formatAddress(remote)}${byWorker(worker)} (${open} open)`),
    onClosed: (info) => {
      received += info.reason.bytesIn;
      sent += info.reason.bytesOut;
      say(`#${info.id} closed ${formatAddress(info.remote)}${byWorker(info.worker)} ${ending(info)}`);
      sayStack(info.reason.error?.stack);
    },
    onOverload: overloadLines(),
    onWorker(event) {
      say(printable(workerLine(event)));
      // A process has printed its stack itself.
      if (event.kind !== "started" && options.model === "threads") sayStack(event.stack);
    },
  }).catch((error: unknown) => {
    sayLoadFailure(error);
    throw error;
  });
  announce(listener);
  const served = serveUntilInterrupted(listener, () => {
    const perWorker = listener.workers.map(({ id, accepted }) => `worker ${id}: ${accepted}`).join(", ");
    const accepted = counted(listener.accepted, "connection");
    const unseen = listener.unobserved;
    const missed = unseen === 0 ? "" : `; ${counted(unseen, "connection")} came too fast to be recorded`;
    return `${accepted}${perWorker && ` (${perWorker})`}, ${counted(received, "byte")} in, ${sent} out${missed}`;
  });
  return Promise.race([served, failed]);
}

/** As `ncat -l`: a conversation of stdin and stdout with the first client, until both directions have ended. */
async function converseWithOne(options: Omit<ListenOptions, "handler">): Promise<number> {
  const signal = interruptSignal();
  let conversation = Promise.resolve();
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const listener = await listenOn({
    ...options,
    model: "sequential",
    handler: (connection) => {
      say(`opened ${formatAddress(connection.remote)}`);
      conversation = converse(connection, signal, { untilBothEnd: true });
      return conversation;
    },
    onClosed: (info) => {
      say(`closed ${formatAddress(info.remote)} ${ending(info)}`);
      end();
    },
  });
  announce(listener);
  await Promise.race([ended, interrupted(signal)]);
  // Removes the file of a Unix socket, and ends the process that keeps the backlog.
  await listener.close();
  await conversation;
  signal.throwIfAborted();
  return EXIT.ok;
}

function announce({ address, model, mechanism }: Listener): void {
  say(`listening on ${formatAddress(address)} · ${model}: ${mechanism} · Ctrl-C stops`);
}

const byWorker = (worker: number | undefined): string => (worker === undefined ? "" : ` worker ${worker}`);

function ending({ reason, durationMs }: ClosedInfo): string {
  const { how, error, bytesIn, bytesOut, letGo } = reason;
  const why = {
    end: letGo ? "we ended; the client did not, so we let go" : "both sides ended",
    abort: `we reset it${error ? `: ${printable(error.message)}` : ""}`,
    "peer-abort": "the client reset it",
    error: printable(error?.message ?? "it failed"),
  }[how];
  return `after ${duration(durationMs)}: ${counted(bytesIn, "byte")} in, ${bytesOut} out; ${why}`;
}

const duration = (ms: number): string => (ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(1)} s`);

function workerLine(event: WorkerEvent): string {
  switch (event.kind) {
    case "started":
      return `worker ${event.worker} started${event.pid === undefined ? "" : ` (pid ${event.pid})`}`;
    case "lost":
      return `worker ${event.worker} died: ${event.reason}; a new one starts in ${event.restartInMs} ms`;
    case "given-up":
      return `worker ${event.worker} died: ${event.reason}; given up, since it dies too often`;
  }
}
