const RESET = "\x1b[0m";
const COLOURS = { key: "\x1b[34m", string: "\x1b[32m", word: "\x1b[33m" } as const;
/** Deeper values are not set in any further. */
const DEEPEST = 40;

/**
 * Sets JSON out in lines for a person, as it comes: only whitespace between tokens changes, so numbers and escapes stay as
 * the server wrote them. Text that is no JSON comes out whole, too.
 */
export class JsonText {
  readonly #colour: boolean;
  /** The brackets that are open. */
  #open: ("{" | "[")[] = [];
  /** A bracket was opened, and nothing stands in it yet. */
  #isEmpty = false;
  #isKey = false;
  #inside: "string" | "word" | undefined;
  #escaped = false;
  /** A value at the top has ended. Another one goes into a line of its own. */
  #ended = false;

  constructor(colour: boolean) {
    this.#colour = colour;
  }

  push(text: string): string {
    let shown = "";
    for (const char of text) shown += this.#inside === "string" ? this.#inString(char) : this.#between(char);
    return shown;
  }

  end(): string {
    return `${this.#endInside()}\n`;
  }

  #inString(char: string): string {
    if (this.#escaped) this.#escaped = false;
    else if (char === "\\") this.#escaped = true;
    else if (char === '"') return `"${this.#endInside()}`;
    return char;
  }

  #between(char: string): string {
    if (/\s/.test(char)) return this.#endInside();
    if (!/["{}[\],:]/.test(char)) return this.#inside === "word" ? char : this.#begin("word") + char;
    const before = this.#endInside();
    switch (char) {
      case '"':
        return before + this.#begin("string") + char;
      case "{":
      case "[": {
        const start = this.#lineStart();
        this.#open.push(char);
        this.#isEmpty = true;
        this.#isKey = char === "{";
        return before + start + char;
      }
      case ",":
        this.#isKey = this.#open.at(-1) === "{";
        return `${before},${this.#newLine()}`;
      case ":":
        this.#isKey = false;
        return `${before}: `;
      default:
        return before + this.#close(char);
    }
  }

  #close(char: string): string {
    this.#open.pop();
    const start = this.#isEmpty ? "" : this.#newLine();
    this.#isEmpty = false;
    this.#ended = this.#open.length === 0;
    return start + char;
  }

  #begin(inside: "string" | "word"): string {
    const start = this.#lineStart();
    this.#inside = inside;
    const kind = inside === "string" && this.#isKey ? "key" : inside;
    return this.#colour ? start + COLOURS[kind] : start;
  }

  #endInside(): string {
    if (this.#inside === undefined) return "";
    this.#inside = undefined;
    this.#ended = this.#open.length === 0;
    return this.#colour ? RESET : "";
  }

  /** What stands ahead of a value that is the first of its brackets, or another one at the top. */
  #lineStart(): string {
    const start = this.#isEmpty || this.#ended ? this.#newLine() : "";
    this.#isEmpty = false;
    this.#ended = false;
    return start;
  }

  #newLine(): string {
    return `\n${"  ".repeat(Math.min(this.#open.length, DEEPEST))}`;
  }
}
