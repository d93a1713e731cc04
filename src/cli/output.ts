import { write as writeDescriptor, writeSync } from "node:fs";
import { CommandError, EXIT, fileProblem } from "./exit-codes.ts";

/*
 * stdout carries data, stderr everything else. Both are written by their descriptor: `process.stdout` costs more
 * to make than the rest of a small command, and blocks on a pipe where `fs.write` waits beside the event loop.
 */

/** Who reads our output has stopped (EPIPE): the command ends without a word, with curl's exit code. */
export class OutputClosed extends CommandError {
  override readonly name = "OutputClosed";
}

const STDOUT = 1;
const STDERR = 2;

/**
 * Writes all of it; awaiting it is backpressure, and keeps the order.
 *
 * @throws {OutputClosed} @throws {CommandError} the disk is full, …
 */
export async function writeOut(data: string | Uint8Array, descriptor = STDOUT): Promise<void> {
  let rest: Uint8Array = typeof data === "string" ? Buffer.from(data) : data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(await writeSome(descriptor, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") throw new OutputClosed(EXIT.write, "the output was closed");
      if (code !== "EAGAIN") throw new CommandError(EXIT.write, `cannot write: ${fileProblem(error)}`);
      // Somebody made the terminal or pipe non-blocking, and it is full.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function writeSome(descriptor: number, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    writeDescriptor(descriptor, bytes, (error, written) => (error ? reject(error) : resolve(written)));
  });
}

/** A line on stderr. The caller has made safe what came from elsewhere. */
export function say(line: string): void {
  let rest: Uint8Array = Buffer.from(`${line}\n`);
  // A full pipe that does not block is tried for a second; then the line is lost rather than the command.
  for (let tries = 0; rest.length > 0 && tries < 200; tries++) {
    try {
      rest = rest.subarray(writeSync(STDERR, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return; // nobody reads it
      Atomics.wait(PAUSE, 0, 0, 5);
    }
  }
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4));

const isTerminal = (descriptor: number): boolean => process.getBuiltinModule("node:tty").isatty(descriptor);

export const stdinIsTerminal = (): boolean => isTerminal(0);
export const stdoutIsTerminal = (): boolean => isTerminal(STDOUT);
export const stderrIsTerminal = (): boolean => isTerminal(STDERR);

type ColourChoice = "auto" | "always" | "never" | undefined;
let colourChoice: ColourChoice;

export function chooseColour(choice: ColourChoice): void {
  colourChoice = choice;
}

/** --color, then NO_COLOR and FORCE_COLOR (an empty value counts for nothing), then whether it is a terminal. */
export function colourOn(terminal: boolean): boolean {
  if (colourChoice === "always" || colourChoice === "never") return colourChoice === "always";
  if (process.env.NO_COLOR) return false;
  if (process.env.FORCE_COLOR) return process.env.FORCE_COLOR !== "0";
  return terminal && process.env.TERM !== "dumb";
}

/** Columns to fill: the terminal's, COLUMNS, or a stable 100. */
export function columnsOf(terminal: boolean): number {
  const given = Number(process.env.COLUMNS);
  if (Number.isInteger(given) && given >= 40) return given;
  return (terminal && process.stderr.columns) || 100;
}
