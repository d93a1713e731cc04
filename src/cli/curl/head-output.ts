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
  readonly #dump: string | undefined;
  /** The lines that are to be printed with the content, or on stdout. */
  readonly #lines: Uint8Array[] = [];
  #descriptor: number | undefined;

  constructor(settings: Settings, session: Session) {
    this.#session = session;
    this.#shows = settings.on("show-headers") || settings.on("head");
    this.#dump = settings.value("dump-header");
    if (this.#dump !== undefined && this.#dump !== "-") this.#open(octetsOf(this.#dump), settings);
  }

  /** A line came. It is kept for `print`, but for -v and the file of -D. */
  line(line: Uint8Array): void {
    this.#session.verbose?.received(line);
    if (this.#descriptor !== undefined) writeSync(this.#descriptor, line);
    if (this.#shows || this.#dump === "-") this.#lines.push(line);
  }

  /** Prints the lines that came since the last call. */
  async print(output: Output): Promise<void> {
    for (const line of this.#lines.splice(0)) {
      if (this.#dump === "-") await writeOut(line);
      if (this.#shows) await output.write(line);
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
