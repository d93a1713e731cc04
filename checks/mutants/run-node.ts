import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface NodeRun {
  /** `undefined` if the script did not end in time. */
  readonly code: number | null | undefined;
  readonly output: string;
}

/**
 * Runs a script. Ends the script and everything it has started when its time is over, or when `onLine` says that its
 * output will tell nothing more.
 */
export async function runNode(
  args: readonly string[],
  maxMs: number,
  onLine: (line: string) => boolean = () => false,
): Promise<NodeRun> {
  // A process group of its own, so that the servers of a test end with the test.
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    // node:test sets this for the processes that it runs; a test runner below it would report to it.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // ESRCH: all processes have ended
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
    // "exit", not "close": processes that the script leaves behind may keep its pipes open.
    child.once("exit", kill);
  });
  clearTimeout(timer);
  return { code: inTime ? code : undefined, output };
}

const MAX_OUTPUT = 20_000;
