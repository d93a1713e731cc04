import { printable } from "../../trace.ts";
import { EXIT } from "../exit-codes.ts";
import { colourOn, say, stdoutIsTerminal, writeOut } from "../output.ts";
import { looksBinary, TerminalText } from "../terminal-text.ts";
import { CurlError } from "./curl-error.ts";
import type { JsonText } from "./json-text.ts";
import { OutputFile } from "./output-file.ts";
import { outputPlace } from "./output-place.ts";
import type { Plan } from "./plan.ts";
import { NAMELESS } from "./remote-name.ts";

/** Where the heads (-i) and the content of one transfer go. */
export interface Output {
  /** The file that is written. `undefined`: there is none. */
  readonly file: OutputFile | undefined;
  write(bytes: Uint8Array): Promise<void>;
  /** Content of this media type follows: a terminal shows JSON so that a person can read it. */
  begin?(type: string | undefined): Promise<void>;
  /** The transfer was complete. `isWhole`: the content is what was asked for, so a file is there, also without a byte. */
  end(isWhole: boolean): Promise<void>;
}

/** `keptBytes`: of a file that a former transfer left behind (-C). */
export function outputOf(plan: Plan, keptBytes: number, isSilent: boolean): Output {
  const place = outputPlace(plan);
  if (place.kind === "file" && place.isNameless && !isSilent)
    say(`Warning: No remote filename, uses "${NAMELESS}"`);
  if (place.kind === "file") return new FileOutput(new OutputFile(place, plan.settings, keptBytes));
  if (place.kind === "nowhere") return NOWHERE;
  return plan.output === undefined && stdoutIsTerminal() ? new TerminalOutput() : STDOUT;
}

const STDOUT: Output = { file: undefined, write: (bytes) => writeOut(bytes), end: async () => {} };
const NOWHERE: Output = { file: undefined, write: async () => {}, end: async () => {} };

class FileOutput implements Output {
  readonly file: OutputFile;

  constructor(file: OutputFile) {
    this.file = file;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) await this.file.write(bytes);
  }

  async end(isWhole: boolean): Promise<void> {
    if (isWhole) this.file.open();
    this.file.close();
  }
}

class TerminalOutput implements Output {
  readonly file = undefined;
  readonly #text = new TerminalText(printable);
  #json: JsonText | undefined;

  async begin(type: string | undefined): Promise<void> {
    if (type === undefined || !/^[\w.+-]+\/(?:[\w.-]+\+)?json[ \t]*(?:;|$)/i.test(type)) return;
    const { JsonText } = await import("./json-text.ts");
    this.#json = new JsonText(colourOn(true));
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (looksBinary(bytes)) {
      throw new CurlError(EXIT.write, "binary content is not for a terminal: -o FILE saves it, -o - insists");
    }
    const text = this.#text.push(bytes);
    await writeOut(this.#json?.push(text) ?? text);
  }

  async end(): Promise<void> {
    const text = this.#text.end();
    await writeOut(this.#json === undefined ? text : this.#json.push(text) + this.#json.end());
  }
}
