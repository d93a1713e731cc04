import { writeSync } from "node:fs";

const STARTED = Symbol.for("wirepane.watching");

/** Whether this thread is not watched yet. NODE_OPTIONS and a command line may both ask for it. */
export function isFirst(): boolean {
  if (Object.hasOwn(globalThis, STARTED)) return false;
  Object.defineProperty(globalThis, STARTED, { value: true });
  return true;
}

/** A fault of ours, or of the system, which gives its errors a code: one line on stderr. The program goes on. */
export function sayFault(error: unknown): void {
  try {
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const whose = error instanceof Error && "code" in error ? "" : " (a mistake of ours)";
    writeSync(2, `wirepane stops watching here, the program goes on: ${JSON.stringify(what)}${whose}\n`);
    if (process.env.WIREPANE_DEBUG && error instanceof Error) writeSync(2, `${error.stack}\n`);
  } catch {
    // Nobody reads stderr, or the program has replaced what we call. It goes on without the line.
  }
}
