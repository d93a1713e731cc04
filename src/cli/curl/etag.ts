import { ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { SkipTransfer } from "./curl-error.ts";
import { octetsOf } from "./octets.ts";
import { makeFolders, pathOf } from "./output-file.ts";
import type { Settings } from "./settings.ts";

/** The line that asks for a change since --etag-compare. A file that cannot be read says that nothing is known. */
export function etagLine(settings: Settings): string | undefined {
  const file = settings.value("etag-compare");
  if (file === undefined) return undefined;
  return `If-None-Match: ${savedEtag(octetsOf(file)) || '""'}`;
}

function savedEtag(file: string): string {
  try {
    return readFileSync(pathOf(file))
      .toString("latin1")
      .replace(/[\r\n\0]/g, "");
  } catch {
    return "";
  }
}

/** The file of --etag-save: the last ETag that came, unless with an error. */
export class EtagFile {
  readonly #descriptor: number;

  /** `undefined`: no such option. @throws {CurlError} 26: the file cannot be made. */
  static of(settings: Settings): EtagFile | undefined {
    const file = settings.value("etag-save");
    if (file === undefined) return undefined;
    if (file === "-") return new EtagFile(1);
    const path = octetsOf(file);
    try {
      if (settings.on("create-dirs")) makeFolders(path);
      return new EtagFile(openSync(pathOf(path), "a"));
    } catch (error) {
      throw new SkipTransfer(EXIT.read, `cannot write to ${file}: ${fileProblem(error)}`);
    }
  }

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** A field line came, with the status of its response. */
  line(line: Uint8Array, status: number): void {
    if (status < 200 || status >= 400) return;
    const [, value] = /^etag:[ \t]*(.*?)[ \t\r\n]*$/is.exec(Buffer.from(line).toString("latin1")) ?? [];
    if (value === undefined || value === "") return;
    if (this.#descriptor !== 1) ftruncateSync(this.#descriptor);
    writeSync(this.#descriptor, Buffer.from(`${value}\n`, "latin1"));
  }
}
