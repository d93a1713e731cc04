/**
 * Bytes from elsewhere on their way to a terminal: text as text, line ends and tabs as they are, every other
 * control as a visible escape, so that a peer can neither move the cursor nor set the title nor answer for the
 * person in front of it.
 */
export class TerminalText {
  // A byte order mark is shown like any other: Node's decoder loses U+FEFF in the middle, if it is cut there.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #printable: (text: string) => string;
  /** A CR whose LF may come with the next bytes. */
  #held = "";

  constructor(printable: (text: string) => string) {
    this.#printable = printable;
  }

  push(bytes: Uint8Array): string {
    return this.#shown(this.#held + this.#decoder.decode(bytes, { stream: true }));
  }

  end(): string {
    const rest = this.#held + this.#decoder.decode();
    this.#held = "";
    return rest.replace(/[^\n\t]+/g, this.#printable);
  }

  #shown(text: string): string {
    const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
    this.#held = text.slice(whole.length);
    return whole.replaceAll("\r\n", "\n").replace(/[^\n\t]+/g, this.#printable);
  }
}

/** As curl: a NUL among the first 2000 bytes is what no text has. */
export const looksBinary = (bytes: Uint8Array): boolean => bytes.subarray(0, 2000).includes(0);
