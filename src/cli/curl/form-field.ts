import { readFileSync } from "node:fs";

/** One file or text of a -F, with what stands behind it: `@a.txt;type=text/plain;filename=b`. */
export interface FormValue {
  /** A text, or the name of a file. */
  readonly data: string;
  /** A media type as it was typed, with its parameters. */
  readonly type: string | undefined;
  readonly filename: string | undefined;
  readonly encoder: string | undefined;
  /** Field lines of the part. */
  readonly headers: readonly string[];
  /** Another file follows behind a comma. */
  readonly more: boolean;
}

/**
 * Reads the value of a -F as curl does. Blanks around a word go, a word in quotes keeps them. What follows an unknown
 * separator is dropped.
 */
export class FormFieldReader {
  readonly #text: string;
  /** "," between files; otherwise "". */
  readonly #end: "," | "";
  #at = 0;

  constructor(text: string, end: "," | "") {
    this.#text = text;
    this.#end = end;
  }

  read(): FormValue {
    const found: { type?: string; filename?: string; encoder?: string; headers: string[] } = { headers: [] };
    const data = this.#word();
    let inType = false;
    while (this.#text[this.#at] === ";") {
      this.#at++;
      this.#skipBlanks();
      if (!inType && this.#takes("type=")) {
        found.type = this.#mediaType();
        inType = true;
      } else if (this.#takes("filename=")) {
        found.filename = this.#word();
        inType = false;
      } else if (this.#takes("headers=")) {
        found.headers.push(...this.#headers());
        inType = false;
      } else if (this.#takes("encoder=")) {
        found.encoder = this.#word();
        inType = false;
      } else if (inType) {
        found.type += this.#parameter();
      } else {
        this.#word();
      }
    }
    const more = this.#end !== "" && this.#text[this.#at] === this.#end;
    if (more) this.#at++;
    return {
      data,
      type: found.type,
      filename: found.filename,
      encoder: found.encoder,
      headers: found.headers,
      more,
    };
  }

  #takes(prefix: string): boolean {
    if (this.#text.slice(this.#at, this.#at + prefix.length).toLowerCase() !== prefix) return false;
    this.#at += prefix.length;
    return true;
  }

  /** Up to the next separator. */
  #word(): string {
    this.#skipBlanks();
    const quoted = /^"((?:\\[\\"]|[^"])*)"/s.exec(this.#text.slice(this.#at));
    if (quoted === null) return this.#upToSeparator().trimEnd();
    this.#at += quoted[0].length;
    this.#upToSeparator();
    return (quoted[1] as string).replace(/\\([\\"])/g, "$1");
  }

  #upToSeparator(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !this.#atSeparator()) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #atSeparator(): boolean {
    const character = this.#text[this.#at];
    return character === ";" || (this.#end !== "" && character === this.#end);
  }

  /** Tokens and slashes (RFC 2045 §5.1). A blank behind them is dropped together with what follows. */
  #mediaType(): string {
    this.#skipBlanks();
    const [type = ""] = /^[^\s\x00-\x1f()<>@,;:\\"[\]?=]*/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += type.length;
    return type;
  }

  /** A parameter of the media type, with the ";" and the blanks before it, and without those behind it. */
  #parameter(): string {
    const semicolon = this.#text.lastIndexOf(";", this.#at - 1);
    this.#upToSeparator();
    return this.#text.slice(semicolon, this.#at).trimEnd();
  }

  /** One line, or those of a file. A file that cannot be read has none. */
  #headers(): readonly string[] {
    if (!/[@<]/.test(this.#text[this.#at] ?? "")) return [this.#word()];
    this.#at++;
    const file = this.#word();
    try {
      return headerLines(readFileSync(file, "utf8"));
    } catch {
      return [];
    }
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }
}

/** The lines of a file: `#` begins a comment, and a blank continues the line before. */
function headerLines(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    const trimmed = line.trimEnd();
    if (trimmed === "" || line.startsWith("#")) continue;
    if (line.startsWith(" ") && lines.length > 0) lines.push(`${lines.pop()}${trimmed}`);
    else lines.push(trimmed);
  }
  return lines;
}
