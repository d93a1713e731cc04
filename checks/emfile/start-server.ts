import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Report } from "./server.ts";

export interface Server extends AsyncDisposable {
  readonly port: number;
  readonly isAlive: boolean;
  /** Sends a signal. */
  kill(signal: NodeJS.Signals): void;
  report(): Promise<Report>;
}

/** `command` runs the program that its arguments name: Node, with a file beside this one. */
export async function startServer(command: string, args: readonly string[], model: string): Promise<Server> {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  const file = fileURLToPath(new URL(`./server${extension}`, import.meta.url));
  const child: ChildProcess = spawn(command, [...args, process.execPath, file, model], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [{ port }] = (await once(child, "message")) as [{ readonly port: number }];
  return {
    port,
    get isAlive() {
      return child.exitCode === null && child.signalCode === null;
    },
    kill: (signal) => void child.kill(signal),
    async report() {
      const reported = once(child, "message");
      child.send("report");
      return (await reported)[0] as Report;
    },
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
  };
}

/** Starts a server that may have `limit` descriptors. */
export function startLimited(limit: number, model: string): Promise<Server> {
  // "exec" replaces the shell, so that the channel to us is Node's.
  return startServer("sh", ["-c", `ulimit -n ${limit}; exec "$0" "$@"`], model);
}
