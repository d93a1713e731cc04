import { constants, fstatSync, openSync, write as writeDescriptor, writeSync } from "node:fs";
import { CommandError, EXIT, fileProblem } from "./exit-codes.ts";

/*
 * stdout carries data, stderr everything else. Both are written by their descriptor: making `process.stdout` costs more
 * than the rest of a small command, and `process.stdout` blocks the event loop on a full pipe. `fs.write` does not.
 */

/** The reader of our output has gone (EPIPE). The command ends without a line, with curl's exit code. */
export class OutputClosed extends CommandError {
  override readonly name = "OutputClosed";
}

const STDOUT = 1;
const STDERR = 2;

/**
 * Writes all of the data. Await it before the next write: that keeps the order, and waits for a slow reader.
 *
 * @throws {OutputClosed} @throws {CommandError} if the disk is full, …
 */
export async function writeOut(data: string | Uint8Array, descriptor = STDOUT): Promise<void> {
  let rest: Uint8Array = typeof data === "string" ? Buffer.from(data) : data;
  while (rest.length > 0) {
    try {
      const writing = writeSome(descriptor, rest);
      const written = typeof writing === "number" ? writing : await writing;
      if (descriptor === STDOUT) midLine = rest[written - 1] !== LF;
      rest = rest.subarray(written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") throw new OutputClosed(EXIT.write, "the output was closed");
      if (code !== "EAGAIN") throw new CommandError(EXIT.write, `cannot write: ${fileProblem(error)}`);
      // The terminal or pipe is full, and another program has made it non-blocking.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function writeSome(descriptor: number, bytes: Uint8Array): number | Promise<number> {
  // At once: `say` has to know whether the content stands on the terminal already.
  if (descriptor === STDOUT && stdoutIsTerminal()) {
    terminalDescriptor ??= withoutWaiting(STDOUT);
    return writeSync(terminalDescriptor, bytes);
  }
  return new Promise((resolve, reject) => {
    writeDescriptor(descriptor, bytes, (error, written) => (error ? reject(error) : resolve(written)));
  });
}

let terminalDescriptor: number | undefined;

/** Content was printed, and its last line is not complete. */
let midLine = false;
const LF = 0x0a;

/** How much may wait to be written to stderr. Beyond it lines are dropped, and counted. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
const RETRY_MS = 10;
/** How long the end of the process waits for a reader that takes nothing. */
const LAST_TRIES = 100;

const waiting: Uint8Array[] = [];
let waitingBytes = 0;
let droppedLines = 0;
let retrying: NodeJS.Timeout | undefined;
let errorDescriptor: number | undefined;
let errorTarget = STDERR;

/** Lines of `say` go to this descriptor from now on, in place of stderr. */
export function sayInto(descriptor: number): void {
  errorTarget = descriptor;
}

/** Where the lines of `say` go. */
export const errorOutput = (): number => errorTarget;

/**
 * Writes a line to stderr, or several. The caller has escaped text that came from elsewhere.
 *
 * Never waits: lines that a full pipe does not take are kept in memory, up to a limit, and written later, at the latest
 * when the process ends. A server must not stop because nobody reads its log.
 */
export function say(line: string): void {
  if (errorDescriptor === undefined) {
    errorDescriptor = withoutWaiting(errorTarget);
    process.on("exit", writeLast);
  }
  // On a terminal the line would continue the last line of the content.
  const ahead = midLine && stdoutIsTerminal() && stderrIsTerminal() ? "\n" : "";
  midLine = false;
  writeWaiting();
  const bytes = Buffer.from(`${ahead}${lostLine()}${line}\n`);
  // What is larger than the limit is written if nothing is ahead of it: the reader keeps up.
  if (waiting.length > 0 && waitingBytes + bytes.length > MAX_WAITING_BYTES) {
    droppedLines += line.split("\n").length;
    return;
  }
  droppedLines = 0;
  waiting.push(bytes);
  waitingBytes += bytes.length;
  writeWaiting();
  if (waiting.length > 0) retrying ??= setInterval(writeWaiting, RETRY_MS).unref();
}

const lostLine = (): string =>
  droppedLines === 0 ? "" : `(lines dropped here, since nobody read them: ${droppedLines})\n`;

/** Writes as much as there is room for. `false`: there was none. */
function writeWaiting(): boolean {
  let first = waiting[0];
  let moved = false;
  while (first !== undefined) {
    let written: number;
    try {
      written = writeSync(errorDescriptor ?? errorTarget, first);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return moved;
      written = first.length; // the reader has gone: drop it
    }
    moved = true;
    waitingBytes -= written;
    if (written < first.length) waiting[0] = first.subarray(written);
    else waiting.shift();
    first = waiting[0];
  }
  clearInterval(retrying);
  retrying = undefined;
  return true;
}

/** The process ends: waits for a slow reader while it takes something, then a moment longer. */
function writeLast(): void {
  if (droppedLines > 0) {
    waiting.push(Buffer.from(lostLine()));
    droppedLines = 0;
  }
  for (let tries = 0; waiting.length > 0 && tries < LAST_TRIES; tries++) {
    if (writeWaiting()) tries = 0;
    else Atomics.wait(PAUSE, 0, 0, RETRY_MS);
  }
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/**
 * A descriptor of the same pipe or terminal that does not wait. The given descriptor stays as it is: other processes
 * share it, and may count on it to wait. A file never waits. A socket cannot be opened again, so there Node makes the
 * given descriptor non-blocking. Without /proc (not Linux) writing waits.
 */
function withoutWaiting(descriptor: number): number {
  try {
    const stat = fstatSync(descriptor);
    if (stat.isSocket()) {
      const { Socket } = process.getBuiltinModule("node:net");
      new Socket({ fd: descriptor, readable: false, writable: true }).on("error", () => {}).unref();
      return descriptor;
    }
    if (!stat.isFIFO() && !isTerminal(descriptor)) return descriptor;
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return descriptor;
  }
}

const isTerminal = (descriptor: number): boolean => process.getBuiltinModule("node:tty").isatty(descriptor);

export const stdinIsTerminal = (): boolean => isTerminal(0);
export const stdoutIsTerminal = (): boolean => isTerminal(STDOUT);
export const stderrIsTerminal = (): boolean => isTerminal(errorTarget);

/**
 * How wide the terminal is. `undefined`: this is no terminal, or it does not say.
 *
 * COLUMNS says it for a terminal, and for a pipe whose reader is like a terminal (FORCE_COLOR).
 */
export function columnsOf(name: "stdout" | "stderr"): number | undefined {
  const { COLUMNS, FORCE_COLOR } = process.env;
  const terminal = isTerminal(name === "stdout" ? STDOUT : STDERR);
  if (!terminal && (!FORCE_COLOR || FORCE_COLOR === "0")) return undefined;
  const columns = Number(COLUMNS) || (terminal ? process[name].columns : 0);
  return columns > 0 ? columns : undefined;
}

type ColourChoice = "auto" | "always" | "never" | undefined;
let colourChoice: ColourChoice;

export function chooseColour(choice: ColourChoice): void {
  colourChoice = choice;
}

/** --color decides, else NO_COLOR, else FORCE_COLOR (an empty value counts as unset), else whether this is a terminal. */
export function colourOn(terminal: boolean): boolean {
  if (colourChoice === "always" || colourChoice === "never") return colourChoice === "always";
  if (process.env.NO_COLOR) return false;
  if (process.env.FORCE_COLOR) return process.env.FORCE_COLOR !== "0";
  return terminal && process.env.TERM !== "dumb";
}
