/** The programs that are measured, and those that make the load: each in a process of its own, on a core of its own. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Measurement } from "./row.ts";

/** If there are two cores, the measured program has one for itself. The load and the scripts share the other. */
export const MEASURED_CORE = 1;
export const LOAD_CORE = 0;

const canPin = availableParallelism() > 1 && spawnSync("taskset", ["-c", "1", "true"]).status === 0;

/** The command bound to one core, where the system can do that. */
export function pinned(core: number, command: readonly string[]): readonly string[] {
  return canPin ? ["taskset", "-c", String(core), ...command] : command;
}

/** The path of a file beside this one. */
export function beside(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** Runs a command to its end, and returns what it printed. */
export function outputOf(core: number, command: readonly string[]): string {
  const [program = "", ...args] = pinned(core, command);
  const { stdout, stderr, status, error } = spawnSync(program, args, { encoding: "utf8", timeout: 120_000 });
  if (error) throw error;
  if (status !== 0) throw new Error(lastLine(stderr));
  return stdout;
}

/** The line that says what went wrong: the last line but Node's own name. */
function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("Node.js v"));
  const line = lines.find((each) => /^\w*Error\b/.test(each)) ?? lines.at(-1);
  return line?.replace(/^Error: /, "") ?? "no reason given";
}

/** Runs a file of this folder, which prints its measurement as JSON. */
export function measureIn(
  node: string | readonly string[],
  file: string,
  args: readonly (string | number)[],
): Measurement {
  const command = [node].flat().concat(beside(file), args.map(String));
  return JSON.parse(outputOf(MEASURED_CORE, command)) as Measurement;
}

/** A server in a process of its own. */
export interface Served {
  readonly port: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a program that prints its port when it listens. */
export async function served(core: number, program: readonly string[]): Promise<Served> {
  const child = start(core, program);
  const errors: string[] = [];
  child.stderr?.on("data", (chunk) => errors.push(String(chunk)));
  const ended = once(child, "close").then(() => undefined);
  const printed = await Promise.race([once(child.stdout ?? child, "data"), ended]);
  if (printed === undefined) throw new Error(lastLine(errors.join("")));
  return asServed(child, String(printed[0]).trim());
}

/** A running child process, as a row sees it. */
export function asServed(child: ChildProcess, port: string): Served {
  if (child.pid === undefined) throw new Error("the server was not started");
  return { port, pid: child.pid, stop: () => stopped(child) };
}

export function start(core: number, program: readonly string[]): ChildProcess {
  const [command = "", ...args] = pinned(core, program);
  return spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, "exit");
  child.kill();
  await exited;
}
