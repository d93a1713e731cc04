import { constants, fstatSync, openSync, write as writeDescriptor, writeSync } from "node:fs";
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
  if (descriptor === STDOUT && rest.length > 0) midLine = rest.at(-1) !== LF;
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

/** Content was printed, and its last line has not ended. */
let midLine = false;
const LF = 0x0a;

/** What waits to be written to stderr; from here on lines are dropped, and counted. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
const RETRY_MS = 10;
/** How long the end of the process waits for a reader that takes nothing. */
const LAST_TRIES = 100;

const waiting: Uint8Array[] = [];
let waitingBytes = 0;
let droppedLines = 0;
let retrying: NodeJS.Timeout | undefined;
let errorDescriptor: number | undefined;

/**
 * A line on stderr. The caller has made safe what came from elsewhere.
 *
 * It never waits: what a pipe does not take waits in memory, up to a limit, and is written as there is room or, last of
 * all, when the process ends. A server must not stand still because nobody reads its log.
 */
export function say(line: string): void {
  if (errorDescriptor === undefined) {
    errorDescriptor = withoutWaiting(STDERR);
    process.on("exit", writeLast);
  }
  // On a terminal the line would go on where content has stopped.
  const ahead = midLine && stdoutIsTerminal() && stderrIsTerminal() ? "\n" : "";
  midLine = false;
  writeWaiting();
  const bytes = Buffer.from(`${ahead}${lostLine()}${line}\n`);
  if (waitingBytes + bytes.length > MAX_WAITING_BYTES) {
    droppedLines++;
    return;
  }
  droppedLines = 0;
  waiting.push(bytes);
  waitingBytes += bytes.length;
  writeWaiting();
  if (waiting.length > 0) retrying ??= setInterval(writeWaiting, RETRY_MS).unref();
}

const lostLine = (): string =>
  droppedLines === 0 ? "" : `(${droppedLines} lines were dropped here: nobody read them)\n`;

/** Writes what there is room for. `false`: there was none. */
function writeWaiting(): boolean {
  let first = waiting[0];
  let moved = false;
  while (first !== undefined) {
    let written: number;
    try {
      written = writeSync(errorDescriptor ?? STDERR, first);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return moved;
      written = first.length; // nobody is there to read it
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

/** For a reader that is only slow: as long as it takes something, and then a moment. */
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
 * The same pipe or terminal, opened once more so that writing to it does not wait: the descriptor that we were given is
 * shared with others, who may count on it to wait. A file does not wait anyway; where it does not work (a socket, not
 * Linux) Node's own way for sockets makes the given one not wait.
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
