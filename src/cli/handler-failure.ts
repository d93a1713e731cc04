import { fileURLToPath } from "node:url";
import { printable } from "../trace.ts";
import { EXIT } from "./exit-codes.ts";
import { say } from "./output.ts";

/** Says where the user's code threw. Node's own frames tell the user nothing. */
export function sayStack(stack: string | undefined): void {
  for (const line of framesOf(stack)) say(printable(line));
}

const framesOf = (stack = ""): string[] =>
  stack.split("\n").filter((line) => /^ +at (?!.*\bnode:)/.test(line));

/** The same for a module that cannot be loaded, since it threw. */
export function sayLoadFailure(error: unknown): void {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (code === "HANDLER_INVALID" && cause instanceof Error) sayStack(cause.stack);
}

/** What a handler throws outside of the promise that it returned (in a timer, say) ends the server, and is its own. */
export function expectHandlerFailures(file: string): void {
  // Ahead of whoever takes such an exception for a mistake of ours.
  process.prependListener("uncaughtException", (error: unknown) => {
    const stack = error instanceof Error ? error.stack : undefined;
    if (isOurs(stack)) return;
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    say(`wirepane: (${EXIT.internal}) the handler of ${printable(file)} failed: ${printable(what)}`);
    sayStack(stack);
    process.exit(EXIT.internal);
  });
}

/** Thrown by code of this package, which nobody else called. */
function isOurs(stack: string | undefined): boolean {
  const frames = framesOf(stack);
  const folder = fileURLToPath(new URL(import.meta.url.endsWith(".cjs") ? "./" : "../", import.meta.url));
  return frames.length > 0 && frames.every((frame) => frame.includes(folder));
}
