import { spawn } from "node:child_process";
import { constants } from "node:os";
import { CommandError, EXIT, fileProblem } from "./exit-codes.ts";

/** As a shell: 127 for a program that is not there, 126 for one that cannot be run, 128 + n after signal n. */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;
const SIGNALLED = 128;

const FROM_THE_TERMINAL = ["SIGINT", "SIGQUIT"] as const;
const PASSED_ON = ["SIGTERM", "SIGHUP"] as const;

/**
 * Runs another program on our terminal, with these variables besides our own. Resolves with its exit code.
 *
 * Ctrl-C and Ctrl-\\ go to both of us. The program decides what to do about them: we end when the program does. A signal
 * that may be for us alone is passed on.
 */
export async function runProgram(
  [file, ...words]: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<number> {
  if (file === undefined) throw new CommandError(EXIT.usage, "-- wants a command behind it");
  const child = spawn(file, words, { stdio: "inherit", env: { ...process.env, ...variables } });
  const stay = (): void => {};
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of FROM_THE_TERMINAL) process.on(signal, stay);
  for (const signal of PASSED_ON) process.on(signal, pass);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", (error: NodeJS.ErrnoException) => {
        const missing = error.code === "ENOENT";
        const why = missing ? "there is no such program" : fileProblem(error);
        reject(new CommandError(missing ? NOT_FOUND : NOT_RUNNABLE, `cannot run ${file}: ${why}`));
      });
      child.once("exit", (code, signal) =>
        resolve(signal === null ? (code ?? EXIT.ok) : SIGNALLED + constants.signals[signal]),
      );
    });
  } finally {
    for (const signal of FROM_THE_TERMINAL) process.off(signal, stay);
    for (const signal of PASSED_ON) process.off(signal, pass);
  }
}
