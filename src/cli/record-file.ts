import { constants, fstatSync, ftruncateSync, openSync, statSync, writeSync } from "node:fs";
import { CommandError, EXIT, fileProblem } from "./exit-codes.ts";
import { say } from "./output.ts";

/** What may wait for a slow reader of a pipe; beyond it, we wait for the reader. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** A reader that takes nothing for so long is not waited for any more. */
const PATIENCE_MS = 2000;
const RETRY_MS = 5;

/**
 * The file of --record. Lines are written at once and in order, so that they are there however the command ends; to
 * a pipe as fast as somebody reads. Nothing is ever under way in another thread: at the end, what waits is known.
 */
export class RecordFile {
  readonly #file: string;
  readonly #descriptor: number;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #writtenBytes = 0;
  /** Up to the end of the last line that is there whole. */
  #wholeBytes = 0;
  #retry: NodeJS.Timeout | undefined;
  /** One line was said about it, and nothing is written any more. */
  failed = false;

  /** @throws {CommandError} at once, so that a file that cannot be written is known before anything is sent. */
  static async open(file: string): Promise<RecordFile> {
    // Without waiting for whoever does not read a pipe: the loop would stand still, and Ctrl-C with it.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NONBLOCK ?? 0);
    for (;;) {
      try {
        return new RecordFile(file, openSync(file, flags, 0o666));
      } catch (error) {
        // A named pipe that nobody has opened for reading yet.
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

  /** Whole lines, with their ends. */
  write(lines: string): void {
    if (this.failed || lines === "") return;
    const bytes = Buffer.from(lines);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#writeWaiting();
    this.#waitForReader(MAX_WAITING_BYTES);
    if (this.#waitingBytes > 0) this.#retry ??= setTimeout(() => this.#tryAgain(), RETRY_MS).unref();
  }

  /** All of it is written, or will never be. Meanwhile signals are heard. */
  async written(): Promise<void> {
    for (let takenMs = performance.now(); this.#waitingBytes > 0; ) {
      if (this.#writeWaiting()) takenMs = performance.now();
      else if (performance.now() - takenMs > PATIENCE_MS) this.#fail(NOBODY_READS);
      else await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** The same at once, for a process that is about to exit. */
  writtenNow(): void {
    this.#waitForReader(0);
  }

  /** Holds up everything, until so little waits or the reader is given up. */
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

  /** Whether anything was taken. */
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

  /** 0: a pipe that is full. */
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

  /** What is there can be read. */
  #dropHalfLine(): void {
    try {
      const stat = fstatSync(this.#descriptor);
      if (stat.isFile() && stat.size === this.#writtenBytes)
        ftruncateSync(this.#descriptor, this.#wholeBytes);
    } catch {
      // The half line stays: we fail already, and say so.
    }
  }
}

const LF = 0x0a;
const NOBODY_READS = "nobody reads it";

function isPipe(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFIFO() === true;
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4));
