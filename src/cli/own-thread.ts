import { say } from "./output.ts";

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;
type SignalName = keyof typeof SIGNALS;

/** A thread that has not heard the first signal by then runs a handler that does not return. */
const HEARD_MS = 1_000;

/** After the second signal, the thread has this long to print its last lines. */
const LAST_WORDS_MS = 500;

const threads = () => process.getBuiltinModule("node:worker_threads");

export const onMainThread = (): boolean => threads().isMainThread;

/**
 * Runs this command line again, in a thread, and resolves with its exit code.
 *
 * JavaScript sees a signal only between two turns of the event loop. A handler that never returns would make the process
 * deaf to Ctrl-C, so the handler runs in a thread, and the main thread stays free for signals.
 */
export function runInThread(): Promise<number> {
  const here = import.meta.url;
  const main = here.endsWith(".cjs") ? "./wirepane.cjs" : `./main${here.endsWith(".ts") ? ".ts" : ".js"}`;
  const thread = new (threads().Worker)(new URL(main, here), { argv: process.argv.slice(2) });
  let signals = 0;
  let unheard: NodeJS.Timeout | undefined;
  thread.on("message", () => clearTimeout(unheard));
  for (const name of Object.keys(SIGNALS) as SignalName[]) {
    process.on(name, () => {
      thread.postMessage(name);
      if (signals === 0) unheard = setTimeout(say, HEARD_MS, DEAF);
      if (++signals > 1) setTimeout(() => process.exit(SIGNALS[name]), LAST_WORDS_MS);
    });
  }
  return new Promise((resolve, reject) => thread.on("error", reject).on("exit", resolve));
}

const DEAF = "stopping: the handler has not returned, so the server cannot stop yet; Ctrl-C again stops now";

/** In the thread: passes on signals of the main thread as if this thread had got them. */
export function hearSignals(): void {
  const port = threads().parentPort;
  port?.on("message", (name: SignalName) => {
    port.postMessage("heard");
    if (!process.emit(name, name)) process.exit(SIGNALS[name]);
  });
  port?.unref();
}
