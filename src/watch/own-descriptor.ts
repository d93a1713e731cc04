import { fstatSync, writeSync } from "node:fs";

/**
 * A file descriptor of ours in somebody else's program.
 *
 * A program may close numbers that it did not open, as daemons do, and its next file gets the number. So the number alone
 * says nothing: each use looks whether the same file is behind it.
 */
export class OwnDescriptor {
  readonly #number: number;
  readonly #file: string;

  constructor(number: number) {
    this.#number = number;
    this.#file = fileAt(number) ?? "";
  }

  /** Whether the number is still ours. */
  get isOurs(): boolean {
    return fileAt(this.#number) === this.#file;
  }

  /** As `writeNow`. @throws {Error} the number is no longer ours, or nobody reads any more. */
  write(bytes: Uint8Array): number {
    if (!this.isOurs)
      throw Object.assign(new Error("the program has closed our file descriptor"), { code: "EBADF" });
    return writeNow(this.#number, bytes);
  }
}

/** Writes what there is room for, and returns how many bytes that were. */
export function writeNow(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
    throw error;
  }
}

/** The file behind a number. `undefined`: the number is free. */
function fileAt(number: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(number);
    return `${dev} ${ino}`;
  } catch {
    // EBADF. Another error tells as little of the file.
    return undefined;
  }
}
