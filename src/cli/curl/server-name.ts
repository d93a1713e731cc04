import { dispositionFileName } from "./content-disposition.ts";
import type { OutputFile } from "./output-file.ts";
import { inOutputFolder } from "./output-place.ts";

/** -J: the name of the file as the server gives it, by Content-Disposition or by where a redirect leads. */
export class ServerName {
  readonly #file: OutputFile;
  readonly #folder: string | undefined;
  #isNamed = false;

  constructor(file: OutputFile, folder: string | undefined) {
    this.#file = file;
    this.#folder = folder;
  }

  /** A field line came, with the status of its response. The first Content-Disposition decides. */
  line(line: Uint8Array, status: number): void {
    if (this.#isNamed || status >= 400) return;
    const text = Buffer.from(line).toString("latin1");
    const [, field = "", value = ""] =
      /^(content-disposition|location):[ \t]*(.*?)[\r\n]*$/is.exec(text) ?? [];
    if (field.toLowerCase() === "content-disposition") {
      this.#isNamed = true;
      // As in curl, the file is there as soon as it has its name, with or without content.
      if (this.#name(dispositionFileName(value))) this.#file.open();
    } else if (field !== "" && status >= 300) {
      this.#name(lastSegment(value));
    }
  }

  /** Whether there is a name. */
  #name(name: string | undefined): boolean {
    if (name !== undefined) this.#file.nameByServer(inOutputFolder(name, this.#folder));
    return name !== undefined;
  }
}

/** "" if the path has none: no file can be opened by it. */
function lastSegment(location: string): string {
  const path = location.replace(/[?#].*$/s, "").replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "");
  return path.slice(path.lastIndexOf("/") + 1);
}
