import { tmpdir } from "node:os";
import { preloadOption, receiveFromPrograms } from "../../watch.ts";
import type { Arguments } from "../arguments.ts";
import { CommandError, EXIT, fileProblem, UsageError } from "../exit-codes.ts";
import { say } from "../output.ts";
import { runProgram } from "../program.ts";
import { startTracing } from "../tracing.ts";

/** A program that stays behind in the background is not waited for. */
const LAST_RECORDS_MS = 1000;

/** Runs a program, and shows the connections of every Node in it. The exit code is the program's. */
export async function watch(args: Arguments<"watch">): Promise<number> {
  const [word] = args.positionals;
  if (word !== undefined || args.program.length === 0)
    throw new UsageError(`watch wants "--" and a command: wirepane watch -- ${word ?? "node app.js"}`);
  const tracing = await startTracing(args, { foreign: true, late: true, timeline: true });
  try {
    const receiver = await receiveFromPrograms((role) => tracing.observe(role)).catch((error: Error) => {
      if (!("syscall" in error)) throw error;
      throw new CommandError(EXIT.write, `cannot make a folder in ${tmpdir()}: ${fileProblem(error)}`);
    });
    try {
      const options = [process.env.NODE_OPTIONS, preloadOption()].filter(Boolean).join(" ");
      const code = await runProgram(args.program, { NODE_OPTIONS: options, WIREPANE_WATCH: receiver.path });
      await receiver.idle(LAST_RECORDS_MS);
      if (receiver.threads === 0)
        say("nothing was watched: no Node ≥ 20 ran (or it lost NODE_OPTIONS on the way)");
      return code;
    } finally {
      await receiver.close();
    }
  } finally {
    await tracing.finish();
  }
}
