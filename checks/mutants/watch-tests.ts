import { fileURLToPath } from "node:url";
import { ROOT } from "../../test/support/root.ts";
import { runNode } from "./run-node.ts";

/** The result of a test file. */
export type Finding =
  | { readonly kind: "green"; readonly ms: number }
  | { readonly kind: "red"; readonly test: string }
  | { readonly kind: "hangs" }
  /** No test ran: this says nothing about the code, and the row is wrong. */
  | { readonly kind: "broken"; readonly output: string };

const reporter = new URL("tools/test-events.js", ROOT).href;

/** Runs a test file until its first failure. */
export async function watchTests(file: string, maxMs: number): Promise<Finding> {
  const startedAt = performance.now();
  let failed: string | undefined;
  let passed = 0;
  const args = [`--test-reporter=${reporter}`, fileURLToPath(new URL(`file://${file}`))];
  const { code, output } = await runNode(args, maxMs, (line) => {
    const result = resultOf(line);
    if (result === undefined || result.repeats) return false;
    if (result.passed) passed++;
    else failed ??= result.name;
    return failed !== undefined;
  });
  if (failed !== undefined) return { kind: "red", test: failed };
  if (code === undefined) return { kind: "hangs" };
  // The tests passed, but then the process ended with an error: an uncaught exception.
  if (code !== 0) return passed > 0 ? { kind: "red", test: lastLine(output) } : { kind: "broken", output };
  return passed > 0 ? { kind: "green", ms: performance.now() - startedAt } : { kind: "broken", output };
}

interface Result {
  readonly name: string;
  readonly passed: boolean;
  readonly repeats: boolean;
}

/** A line of the reporter. Tests may print other lines. */
function resultOf(line: string): Result | undefined {
  if (!line.startsWith('{"name":')) return undefined;
  try {
    return JSON.parse(line) as Result;
  } catch {
    return undefined;
  }
}

const lastLine = (output: string): string => output.trimEnd().split("\n").at(-1) ?? "";
