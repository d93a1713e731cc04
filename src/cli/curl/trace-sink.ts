import { openSync, writeSync } from "node:fs";
import { say } from "../output.ts";

/** Takes what is told, whole lines, at once: the order beside the content is kept. */
export type TraceSink = (lines: string) => void;

/** @param to a file; `-`: stdout; `%`, and a file that cannot be written: stderr. */
export function traceSink(to: string, warn: (text: string) => void): TraceSink {
  if (to === "%") return toStderr;
  if (to === "-") return (lines) => writeAll(1, lines);
  let descriptor: number | undefined;
  let failed = false;
  return (lines) => {
    try {
      if (!failed) descriptor ??= openSync(to, "w");
    } catch {
      failed = true;
      warn(`cannot write the trace to "${to}": it comes here`);
    }
    if (descriptor === undefined) toStderr(lines);
    else writeAll(descriptor, lines);
  };
}

const toStderr: TraceSink = (lines) => say(lines.replace(/\n$/, ""));

function writeAll(descriptor: number, lines: string): void {
  let rest = Buffer.from(lines);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return; // The reader has gone: the content tells it.
    }
  }
}
