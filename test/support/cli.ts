import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { ROOT } from "./root.ts";

/** The command as users get it. Without a build (types stripped), its source, so that no old bundle is tested. */
export const CLI = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "src/cli/main.ts" : "bin/wirepane.cjs", ROOT),
);

export interface CliOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string | URL;
  /**
   * Past it (two minutes) the command is killed and the promise rejects: a hang is a failure with its output shown.
   * Long enough for a machine that does much else.
   */
  readonly timeoutMs?: number;
}

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs the command to its end. Its stdin is `input`, then EOF. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const cli = startCli(args, options);
  cli.child.stdin?.on("error", () => {}); // EPIPE: the command may end before it has read its input
  cli.child.stdin?.end(options.input ?? "");
  const result = await cli.ended;
  if (result.timedOut) {
    throw new Error(
      `wirepane ${args.join(" ")} did not end in time\nstdout: ${result.stdout}\nstderr: ${result.stderr}`,
    );
  }
  return result;
}

export interface RunningCli extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Waits until everything printed so far on stdout and stderr matches. Rejects if the command ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<CliResult & { timedOut: boolean }>;
  /** Sends the signal (SIGTERM) and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<CliResult>;
}

/** Starts a command that runs until it is stopped. Its stdin stays open. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, NO_COLOR: "1", ...options.env },
    cwd: options.cwd,
    stdio: "pipe",
  });
  const stdout: Buffer[] = [];
  let stderr = "";
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout.push(chunk);
    printed += chunk;
    child.emit("printed");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
    printed += chunk;
    child.emit("printed");
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, options.timeoutMs ?? 120_000);
  const ended = once(child, "close").then(([code, signal]) => {
    clearTimeout(timer);
    child.emit("printed");
    return { code, signal, stdout: Buffer.concat(stdout), stderr, timedOut };
  });
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    child.kill(signal);
    return ended;
  };
  return {
    child,
    ended,
    stop,
    async waitFor(pattern) {
      for (;;) {
        const match = pattern.exec(printed);
        if (match) return match;
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`wirepane ${args.join(" ")} ended before ${pattern} was printed:\n${printed}`);
        }
        await once(child, "printed");
      }
    },
    [Symbol.asyncDispose]: async () => {
      await stop("SIGKILL");
    },
  };
}
