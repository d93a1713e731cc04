import { closeSync, openSync, writeSync } from "node:fs";
import { EXIT } from "../exit-codes.ts";
import { writeOut } from "../output.ts";
import { EndsAll } from "./curl-error.ts";
import { octetsOf } from "./octets.ts";
import type { Output } from "./output.ts";
import { cannotWrite, makeFolders, pathOf } from "./output-file.ts";
import type { Session } from "./session.ts";
import type { Settings } from "./settings.ts";

/** Where the heads of one transfer go, line by line: -v, -D, and -i or -I in front of the content. */
export class HeadOutput {
  readonly #session: Session;
  readonly #shows: boolean;
  /** The name of the file is in the heads (-J). */
  readonly #isNamedLater: boolean;
  readonly #dump: string | undefined;
  /** The lines that are to be printed with the content, or on stdout. */
  readonly #lines: Uint8Array[] = [];
  /** The lines that wait for the name of the file. */
  readonly #waiting: Uint8Array[] = [];
  #descriptor: number | undefined;

  /** `isRemoteNamed`: the content goes to a file of -O. */
  constructor(settings: Settings, session: Session, isRemoteNamed: boolean) {
    this.#session = session;
    this.#isNamedLater = settings.on("remote-header-name") && isRemoteNamed;
    this.#shows = settings.on("head") || settings.on("show-headers");
    this.#dump = settings.value("dump-header");
    if (this.#dump !== undefined && this.#dump !== "-") this.#open(octetsOf(this.#dump), settings);
  }

  /** A line came. It is kept for `print`, but for -v and the file of -D. @throws {CurlError} 23: it cannot be written. */
  line(line: Uint8Array, output: Output): void {
    this.#session.verbose?.received(line);
    if (this.#descriptor !== undefined) writeSync(this.#descriptor, line);
    if (this.#shows || this.#dump === "-") this.#lines.push(line);
    if (this.#shows && !this.#isNamedLater) output.file?.open();
  }

  /** Lines wait for the name of their file. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * Prints the lines that came since the last call. As in curl, a file of -J gets them once the server has named it, or with
   * its first content (`withContent`), and otherwise never.
   */
  async print(output: Output, withContent = false): Promise<void> {
    const waits = this.#isNamedLater && !withContent && !output.file?.isOpen;
    if (!waits) for (const line of this.#waiting.splice(0)) await output.write(line);
    const lines = this.#lines.splice(0);
    // As in curl, the two take turns where they have the same place.
    const pieces = this.#dump === "-" && this.#shows ? lines : lines.length > 0 ? [Buffer.concat(lines)] : [];
    for (const piece of pieces) {
      if (this.#dump === "-") await writeOut(piece);
      if (this.#shows && waits) this.#waiting.push(piece);
      else if (this.#shows) await output.write(piece);
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** The first transfer of these options empties the file, the others append. */
  #open(file: string, settings: Settings): void {
    try {
      if (settings.on("create-dirs")) makeFolders(file);
      this.#descriptor = openSync(pathOf(file), DUMPED.has(settings) ? "a" : "w");
      DUMPED.add(settings);
    } catch (error) {
      throw new EndsAll(EXIT.write, cannotWrite(file, error).message);
    }
  }
}

/** The options whose file of -D was emptied. */
const DUMPED = new WeakSet<Settings>();
