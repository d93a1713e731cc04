import { closeSync, openSync, writeSync } from "node:fs";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";
import type { Session } from "./session.ts";
import type { Settings } from "./settings.ts";

/** Where the heads of one transfer go, line by line: -v, -D, and -i or -I in front of the content. */
export class HeadOutput {
  readonly #session: Session;
  readonly #shows: boolean;
  readonly #dump: string | undefined;
  /** The lines that are to be printed with the content. */
  readonly #lines: Uint8Array[] = [];
  #descriptor: number | undefined;

  constructor(settings: Settings, session: Session) {
    this.#session = session;
    this.#shows = settings.on("show-headers") || settings.on("head");
    this.#dump = settings.value("dump-header");
  }

  line(line: Uint8Array, _trailer: boolean): void {
    this.#session.verbose?.received(line);
    if (this.#dump !== undefined && this.#dump !== "-") this.#dumpTo(this.#dump, line);
    if (this.#shows || this.#dump === "-") this.#lines.push(line);
  }

  /** The lines since the last call. */
  take(): Uint8Array[] {
    return this.#lines.splice(0);
  }

  #dumpTo(file: string, line: Uint8Array): void {
    try {
      this.#descriptor ??= openSync(file, "w");
      writeSync(this.#descriptor, line);
    } catch (error) {
      throw new CurlError(EXIT.write, `cannot write to ${file}: ${fileProblem(error)}`);
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
