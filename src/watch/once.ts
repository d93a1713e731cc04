import { writeSync } from "node:fs";

const STARTED = Symbol.for("wirepane.watching");

/** Whether this thread is not watched yet. NODE_OPTIONS and a command line may both ask for it. */
export function isFirst(): boolean {
  if (Object.hasOwn(globalThis, STARTED)) return false;
  Object.defineProperty(globalThis, STARTED, { value: true });
  return true;
}

/** A fault of ours: one line on stderr. The program goes on. */
export function sayFault(error: unknown): void {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const line = `wirepane stops watching here, the program goes on: ${JSON.stringify(what)} (a mistake of ours)\n`;
  writeSync(2, line);
  if (process.env.WIREPANE_DEBUG && error instanceof Error) writeSync(2, `${error.stack}\n`);
}
