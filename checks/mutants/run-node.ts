import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface NodeRun {
  /** `undefined`: it did not end in time. */
  readonly code: number | null | undefined;
  readonly output: string;
}

/**
 * Runs a script, and ends it, with all that it has started, when its time is over or `onLine` says that nothing more
 * is to be learned.
 */
export async function runNode(
  args: readonly string[],
  maxMs: number,
  onLine: (line: string) => boolean = () => false,
): Promise<NodeRun> {
  // A process group of its own: the servers that a test has started go with it.
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    // Set by node:test in what it runs; a test runner below another one would report to it.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // ESRCH: all of them are gone
    }
  };
  let output = "";
  let inTime = true;
  const timer = setTimeout(() => {
    inTime = false;
    kill();
  }, maxMs);
  const note = (line: string) => {
    output = `${output}${line}\n`.slice(-MAX_OUTPUT);
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    note(line);
    if (onLine(line)) kill();
  });
  createInterface({ input: child.stderr }).on("line", note);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
    // What it leaves behind holds its pipes open: nobody is waited for but the script itself.
    child.once("exit", kill);
  });
  clearTimeout(timer);
  return { code: inTime ? code : undefined, output };
}

const MAX_OUTPUT = 20_000;
