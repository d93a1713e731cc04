import { closeSync, openSync } from "node:fs";
import { printable } from "../../trace.ts";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { stdoutIsTerminal, writeOut } from "../output.ts";
import { looksBinary, TerminalText } from "../terminal-text.ts";
import { CurlError } from "./curl-error.ts";
import type { Plan } from "./plan.ts";
import { type CurlUrl, requestTargetOf } from "./url.ts";

/** Where the heads (-i) and the content of one transfer go. Opened when the first byte comes. */
export interface Output {
  /** The file that is written. `undefined`: there is none. */
  readonly file: string | undefined;
  write(bytes: Uint8Array): Promise<void>;
  /** The transfer was complete: a file is there, also without a byte. */
  end(): Promise<void>;
}

export function outputOf({ output }: Plan, url: CurlUrl): Output {
  if (output === undefined) return stdoutIsTerminal() ? new TerminalOutput() : STDOUT;
  if (output.name === "out-null") return NOWHERE;
  if (output.name === "output") return output.value === "-" ? STDOUT : new FileOutput(output.value);
  const path = requestTargetOf(url).replace(/[?#].*$/s, "");
  return new FileOutput(path.slice(path.lastIndexOf("/") + 1) || "curl_response");
}

const STDOUT: Output = { file: undefined, write: (bytes) => writeOut(bytes), end: async () => {} };
const NOWHERE: Output = { file: undefined, write: async () => {}, end: async () => {} };

class FileOutput implements Output {
  readonly file: string;
  #descriptor: number | undefined;

  constructor(file: string) {
    this.file = file;
  }

  write(bytes: Uint8Array): Promise<void> {
    return writeOut(bytes, this.#open());
  }

  async end(): Promise<void> {
    closeSync(this.#open());
  }

  #open(): number {
    try {
      this.#descriptor ??= openSync(this.file, "w");
      return this.#descriptor;
    } catch (error) {
      throw new CurlError(EXIT.write, `cannot write to ${this.file}: ${fileProblem(error)}`);
    }
  }
}

class TerminalOutput implements Output {
  readonly file = undefined;
  readonly #text = new TerminalText(printable);

  async write(bytes: Uint8Array): Promise<void> {
    if (looksBinary(bytes)) {
      throw new CurlError(EXIT.write, "binary content is not for a terminal: -o FILE saves it, -o - insists");
    }
    await writeOut(this.#text.push(bytes));
  }

  async end(): Promise<void> {
    await writeOut(this.#text.end());
  }
}
