/**
 * Makes bytes from a peer safe for a terminal. Text, line ends and tabs stay; every other control character becomes a
 * visible escape. So a peer can neither move the cursor, nor set the title, nor type in place of the user.
 */
export class TerminalText {
  // Show a byte order mark like any other character: without `ignoreBOM` Node's decoder drops a U+FEFF that is cut.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #printable: (text: string) => string;
  /** A CR at the end: its LF may come with the next bytes. */
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

/** As curl does: text has no NUL among its first 2000 bytes. */
export const looksBinary = (bytes: Uint8Array): boolean => bytes.subarray(0, 2000).includes(0);
