import { closeSync, mkdirSync, openSync, rmSync, statSync, truncateSync } from "node:fs";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { writeOut } from "../output.ts";
import { CurlError, EndsAll } from "./curl-error.ts";
import type { Settings } from "./settings.ts";

const FOLDER_MODE = 0o750;
/** curl tries old.1 to old.99. */
const MOST_NAMES = 100;

/** A path of octets, as the system takes it: a name that is no UTF-8 stays as it is. */
export function pathOf(octets: string): Buffer {
  return Buffer.from(octets, "latin1");
}

/**
 * Opens a file for writing. open(2) waits for whoever reads a named pipe, and no listener would hear Ctrl-C meanwhile:
 * without listeners, the system ends the process.
 */
function openEndable(path: Buffer): number {
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO() !== true) return openSync(path, "w");
  const listeners = ENDING.map((signal) => [signal, process.listeners(signal)] as const);
  for (const signal of ENDING) process.removeAllListeners(signal);
  try {
    return openSync(path, "w");
  } finally {
    for (const [signal, each] of listeners) for (const listener of each) process.on(signal, listener);
  }
}

const ENDING = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** The file of a transfer, opened when the first byte comes, or at once where it is continued. */
export class OutputFile {
  /** Octets. */
  path: string;
  /** -O: the server may give another name (-J). */
  readonly isNamedByUrl: boolean;
  readonly #settings: Settings;
  /** The server has named it (-J): an existing file stays, unless --clobber is given. */
  #isNamedByServer = false;
  /** Bytes that a former run left (-C): what comes goes behind them. */
  readonly #keptBytes: number;
  #descriptor: number | undefined;
  #wasOpened = false;

  constructor(
    { path, isNamedByUrl }: { readonly path: string; readonly isNamedByUrl: boolean },
    settings: Settings,
    keptBytes: number,
  ) {
    this.path = path;
    this.isNamedByUrl = isNamedByUrl;
    this.#settings = settings;
    this.#keptBytes = keptBytes;
    if (settings.on("create-dirs")) makeFolders(path);
    if (keptBytes > 0) this.#openToResume();
  }

  /** As in curl, before anything is asked for. */
  #openToResume(): void {
    try {
      this.open();
    } catch (error) {
      throw new EndsAll(EXIT.write, (error as CurlError).message);
    }
  }

  /** A regular file of this name is there. */
  get exists(): boolean {
    return statSync(pathOf(this.path), { throwIfNoEntry: false })?.isFile() === true;
  }

  get isOpen(): boolean {
    return this.#descriptor !== undefined;
  }

  /** @throws {CurlError} 23: as in curl, a file that -C has opened keeps its name. */
  nameByServer(path: string): void {
    if (this.#descriptor !== undefined)
      throw new CurlError(EXIT.write, `${pathOf(this.path)} was opened before the server named it`);
    this.path = path;
    this.#isNamedByServer = true;
  }

  write(bytes: Uint8Array): Promise<void> {
    return writeOut(bytes, this.open());
  }

  /** @throws {CurlError} 23 */
  open(): number {
    try {
      this.#descriptor ??= this.#opened();
      this.#wasOpened = true;
      return this.#descriptor;
    } catch (error) {
      throw cannotWrite(this.path, error);
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** The transfer is tried again: what it has written goes. */
  restart(): void {
    if (!this.#wasOpened) return;
    this.close();
    try {
      truncateSync(pathOf(this.path), this.#keptBytes);
      this.#descriptor = openSync(pathOf(this.path), "a");
    } catch {
      // A pipe or a device takes back nothing.
    }
  }

  /** --remove-on-error. A file that was there, and that nothing was written to, stays. */
  remove(): void {
    this.close();
    if (this.#wasOpened && this.exists) rmSync(pathOf(this.path));
  }

  #opened(): number {
    if (this.#keptBytes > 0) return openSync(pathOf(this.path), "a");
    const keeps = this.#settings.last("no-clobber")?.on;
    if (keeps === undefined ? this.#isNamedByServer : keeps) return this.#openNew(keeps === true);
    return openEndable(pathOf(this.path));
  }

  /** Never overwrites. `anyName` (--no-clobber): the first of NAME, NAME.1 … NAME.99 that is free. */
  #openNew(anyName: boolean): number {
    const named = this.path;
    for (let number = 0; ; number++) {
      const path = number === 0 ? named : `${named}.${number}`;
      try {
        const descriptor = openSync(pathOf(path), "wx");
        this.path = path;
        return descriptor;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        const isTaken = code === "EEXIST" || code === "EISDIR";
        if (!anyName || !isTaken || number + 1 >= MOST_NAMES) throw error;
      }
    }
  }
}

/** The folders in which the path lies (--create-dirs). */
export function makeFolders(path: string): void {
  const end = path.lastIndexOf("/");
  if (end <= 0) return;
  try {
    mkdirSync(pathOf(path.slice(0, end)), { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

export function cannotWrite(path: string, error: unknown): CurlError {
  const shown = pathOf(path).toString();
  if ((error as NodeJS.ErrnoException).code === "EEXIST")
    return new CurlError(EXIT.write, `${shown} is there already (--clobber overwrites it)`);
  return new CurlError(EXIT.write, `cannot write to ${shown}: ${fileProblem(error)}`);
}
