import { fileURLToPath } from "node:url";
import { printable } from "../trace.ts";
import { EXIT } from "./exit-codes.ts";
import { say } from "./output.ts";

/** Prints where the user's code threw, without Node's own frames. */
export function sayStack(stack: string | undefined): void {
  for (const line of framesOf(stack)) say(printable(line));
}

const framesOf = (stack = ""): string[] =>
  stack.split("\n").filter((line) => /^ +at (?!.*\bnode:)/.test(line));

/** The same, for a module that threw while it was loaded. */
export function sayLoadFailure(error: unknown): void {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (code === "HANDLER_INVALID" && cause instanceof Error) sayStack(cause.stack);
}

/** An exception outside of the handler's promise (in a timer, for example) ends the server. The line blames the handler. */
export function expectHandlerFailures(file: string): void {
  // First in line: the next listener takes every exception for a mistake of ours.
  process.prependListener("uncaughtException", (error: unknown) => {
    const stack = error instanceof Error ? error.stack : undefined;
    if (isOurs(stack)) return;
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    say(`wirepane: (${EXIT.internal}) the handler of ${printable(file)} failed: ${printable(what)}`);
    sayStack(stack);
    process.exit(EXIT.internal);
  });
}

/** Whether all frames are of this package. */
function isOurs(stack: string | undefined): boolean {
  const frames = framesOf(stack);
  const folder = fileURLToPath(new URL(import.meta.url.endsWith(".cjs") ? "./" : "../", import.meta.url));
  return frames.length > 0 && frames.every((frame) => frame.includes(folder));
}
