import { constants, fstatSync, ftruncateSync, openSync, statSync, writeSync } from "node:fs";
import { counted } from "../trace.ts";
import { CommandError, EXIT, fileProblem } from "./exit-codes.ts";
import { say } from "./output.ts";

/** How much may wait for a slow reader of a pipe. Beyond it, we wait for the reader. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** A reader that takes nothing for so long is given up. */
const PATIENCE_MS = 2000;
const RETRY_MS = 5;

/** What a kind of file needs so that it can be read whenever the command ends. */
export interface RecordFormat {
  /** Whether each line is whole by itself. */
  readonly lines: boolean;
  /** What ends the file. In a regular file it is always there, and what is written next replaces it. */
  readonly tail: string;
}

/**
 * The file of --record. Records are written at once and in order, so they are there however the command ends. To a pipe
 * they are written as fast as somebody reads. All writes are synchronous: at the end we know what still waits.
 */
export class RecordFile {
  readonly #file: string;
  readonly #descriptor: number;
  readonly #format: RecordFormat;
  readonly #tail: Uint8Array;
  /** Has positions: a regular file. */
  readonly #seekable: boolean;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #writtenBytes = 0;
  /** Up to the end of the last whole line, or of the last whole write. */
  #wholeBytes = 0;
  #retry: NodeJS.Timeout | undefined;
  /** A line on stderr said so, and nothing is written any more. */
  failed = false;

  /** @throws {CommandError} if the file cannot be written: before anything is sent. */
  static async open(file: string, format: RecordFormat): Promise<RecordFile> {
    // Non-blocking: a pipe that nobody reads would block the event loop, and Ctrl-C with it.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NONBLOCK ?? 0);
    for (;;) {
      try {
        return new RecordFile(file, openSync(file, flags, 0o666), format);
      } catch (error) {
        // ENXIO: nobody has opened the named pipe for reading yet.
        if ((error as NodeJS.ErrnoException).code !== "ENXIO" || !isPipe(file))
          throw new CommandError(EXIT.write, `cannot write to ${file}: ${fileProblem(error)}`);
        await new Promise((resolve) => setTimeout(resolve, 10 * RETRY_MS));
      }
    }
  }

  private constructor(file: string, descriptor: number, format: RecordFormat) {
    this.#file = file;
    this.#descriptor = descriptor;
    this.#format = format;
    this.#tail = Buffer.from(format.tail);
    this.#seekable = fstatSync(descriptor).isFile();
  }

  /** @param whole whole lines with their ends, or whole blocks. */
  write(whole: string | Uint8Array): void {
    if (this.failed || whole.length === 0) return;
    const bytes = typeof whole === "string" ? Buffer.from(whole) : whole;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#writeWaiting();
    this.#waitForReader(MAX_WAITING_BYTES);
    if (this.#waitingBytes > 0) this.#retry ??= setTimeout(() => this.#tryAgain(), RETRY_MS).unref();
  }

  /** Nothing more is written. A pipe gets its tail now. */
  end(): void {
    if (!this.#seekable) this.write(this.#format.tail);
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
      const written = this.#seekable ? this.#writeWithTail(bytes) : writeSync(this.#descriptor, bytes);
      const whole = written === bytes.length ? written : this.#format.lines ? lineEnd(bytes, written) : 0;
      if (whole > 0) this.#wholeBytes = this.#writtenBytes + whole;
      this.#writtenBytes += written;
      return written;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "EAGAIN") this.#fail(code === "EPIPE" ? "its reader has gone" : fileProblem(error));
      return 0;
    }
  }

  /** In one write, so that the file has its tail even if we are killed behind the write. */
  #writeWithTail(bytes: Uint8Array): number {
    const both = this.#tail.length === 0 ? bytes : Buffer.concat([bytes, this.#tail]);
    return Math.min(writeSync(this.#descriptor, both, 0, both.length, this.#writtenBytes), bytes.length);
  }

  #fail(why: string): void {
    this.failed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#dropHalf();
    say(
      `the recording ${this.#file} is not complete, it ends after ${counted(this.#wholeBytes, "byte")}: ${why}`,
    );
  }

  /** So that all that is in the file can be read. */
  #dropHalf(): void {
    try {
      const { size } = fstatSync(this.#descriptor);
      const isOurs = size >= this.#writtenBytes && size <= this.#writtenBytes + this.#tail.length;
      if (!this.#seekable || !isOurs) return;
      ftruncateSync(this.#descriptor, this.#wholeBytes);
      writeSync(this.#descriptor, this.#tail, 0, this.#tail.length, this.#wholeBytes);
    } catch {
      // The half stays. The line on stderr already says that the recording is not complete.
    }
  }
}

/** Where the last whole line within the first `length` bytes ends. */
const lineEnd = (bytes: Uint8Array, length: number): number => bytes.subarray(0, length).lastIndexOf(LF) + 1;

const LF = 0x0a;
const NOBODY_READS = "nobody reads it";

function isPipe(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFIFO() === true;
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4));
