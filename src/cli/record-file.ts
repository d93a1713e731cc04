import { constants, fstatSync, ftruncateSync, openSync, statSync, writeSync } from "node:fs";
import { CommandError, EXIT, fileProblem } from "./exit-codes.ts";
import { say } from "./output.ts";

/** How much may wait for a slow reader of a pipe. Beyond it, we wait for the reader. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** A reader that takes nothing for so long is given up. */
const PATIENCE_MS = 2000;
const RETRY_MS = 5;

/**
 * The file of --record. Lines are written at once and in order, so they are there however the command ends. To a pipe
 * they are written as fast as somebody reads. All writes are synchronous: at the end we know what still waits.
 */
export class RecordFile {
  readonly #file: string;
  readonly #descriptor: number;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #writtenBytes = 0;
  /** Up to the end of the last whole line. */
  #wholeBytes = 0;
  #retry: NodeJS.Timeout | undefined;
  /** A line on stderr said so, and nothing is written any more. */
  failed = false;

  /** @throws {CommandError} if the file cannot be written: before anything is sent. */
  static async open(file: string): Promise<RecordFile> {
    // Non-blocking: a pipe that nobody reads would block the event loop, and Ctrl-C with it.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NONBLOCK ?? 0);
    for (;;) {
      try {
        return new RecordFile(file, openSync(file, flags, 0o666));
      } catch (error) {
        // ENXIO: nobody has opened the named pipe for reading yet.
        if ((error as NodeJS.ErrnoException).code !== "ENXIO" || !isPipe(file))
          throw new CommandError(EXIT.write, `cannot write to ${file}: ${fileProblem(error)}`);
        await new Promise((resolve) => setTimeout(resolve, 10 * RETRY_MS));
      }
    }
  }

  private constructor(file: string, descriptor: number) {
    this.#file = file;
    this.#descriptor = descriptor;
  }

  /** @param lines whole lines, with their ends. */
  write(lines: string): void {
    if (this.failed || lines === "") return;
    const bytes = Buffer.from(lines);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#writeWaiting();
    this.#waitForReader(MAX_WAITING_BYTES);
    if (this.#waitingBytes > 0) this.#retry ??= setTimeout(() => this.#tryAgain(), RETRY_MS).unref();
  }

  /** Waits until everything is written, or the file has failed. Signals are heard meanwhile. */
  async written(): Promise<void> {
    for (let takenMs = performance.now(); this.#waitingBytes > 0; ) {
      if (this.#writeWaiting()) takenMs = performance.now();
      else if (performance.now() - takenMs > PATIENCE_MS) this.#fail(NOBODY_READS);
      else await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** The same, synchronously, for a process that is about to exit. */
  writtenNow(): void {
    this.#waitForReader(0);
  }

  /** Blocks the thread until at most `mostBytes` wait, or the reader is given up. */
  #waitForReader(mostBytes: number): void {
    for (let takenMs = performance.now(); this.#waitingBytes > mostBytes; ) {
      if (this.#writeWaiting()) takenMs = performance.now();
      else if (performance.now() - takenMs > PATIENCE_MS) this.#fail(NOBODY_READS);
      else Atomics.wait(PAUSE, 0, 0, RETRY_MS);
    }
  }

  #tryAgain(): void {
    this.#retry = undefined;
    this.#writeWaiting();
    if (this.#waitingBytes > 0) this.#retry = setTimeout(() => this.#tryAgain(), RETRY_MS).unref();
  }

  /** Returns whether the file took anything. */
  #writeWaiting(): boolean {
    const before = this.#writtenBytes;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const written = this.#write(first);
      this.#waitingBytes -= written;
      if (written < first.length) {
        if (written > 0) this.#waiting[0] = first.subarray(written);
        else break;
      } else this.#waiting.shift();
    }
    return this.#writtenBytes > before;
  }

  /** Returns how many bytes were written. 0: the pipe is full. */
  #write(bytes: Uint8Array): number {
    try {
      const written = writeSync(this.#descriptor, bytes);
      const lineEnd = bytes.subarray(0, written).lastIndexOf(LF);
      if (lineEnd !== -1) this.#wholeBytes = this.#writtenBytes + lineEnd + 1;
      this.#writtenBytes += written;
      return written;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "EAGAIN") this.#fail(code === "EPIPE" ? "its reader has gone" : fileProblem(error));
      return 0;
    }
  }

  #fail(why: string): void {
    this.failed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#dropHalfLine();
    say(`the recording ${this.#file} is not complete, it ends after ${this.#wholeBytes} bytes: ${why}`);
  }

  /** So that every line in the file can be read. */
  #dropHalfLine(): void {
    try {
      const stat = fstatSync(this.#descriptor);
      if (stat.isFile() && stat.size === this.#writtenBytes)
        ftruncateSync(this.#descriptor, this.#wholeBytes);
    } catch {
      // The half line stays. The line on stderr already says that the recording is not complete.
    }
  }
}

const LF = 0x0a;
const NOBODY_READS = "nobody reads it";

function isPipe(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFIFO() === true;
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4));
