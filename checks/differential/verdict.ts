/*
 * What a parser made of the bytes of one connection, as a text. All parsers can write this text, and it is equal if
 * they agree. A driver in another language writes it as well.
 *
 *     verdict = *message ending
 *     message = ">" start-line LF *( name ":" value LF ) LF length ":" content *( name ":" value LF ) LF
 *     ending  = "."               every octet belongs to a complete message
 *             / "!"               octets are left that were refused, or whose message never ended
 *             / "+" length        octets are left that are not HTTP/1.1's: after a tunnel, or after a last message
 *
 * The start-line is `method SP target SP version` or `version SP status SP reason`. Only complete messages are in the
 * text. Each octet is a character (latin1).
 */

export interface Verdict {
  readonly text: string;
  /** Why the parser stopped, in its own words. This is not compared. */
  readonly reason: string;
  /** Where the parser stopped, and the code of the error, if the parser gives one. This is not compared. */
  readonly offset?: number | undefined;
  readonly code?: string | undefined;
}

/** Writes a verdict while a parser reports what it finds. */
export class VerdictWriter {
  #complete = "";
  #head = "";
  #trailers = "";
  #content = "";

  head(startLine: string): void {
    this.#head = `>${startLine}\n`;
    this.#content = "";
    this.#trailers = "";
  }

  field(name: string, value: string): void {
    this.#head += fieldText(name, value);
  }

  content(text: string): void {
    this.#content += text;
  }

  trailer(name: string, value: string): void {
    this.#trailers += fieldText(name, value);
  }

  end(): void {
    this.#complete += `${this.#head}\n${this.#content.length}:${this.#content}${this.#trailers}\n`;
  }

  clean(): Verdict {
    return { text: `${this.#complete}.`, reason: "" };
  }

  broken(reason: string, offset?: number, code?: string): Verdict {
    return { text: `${this.#complete}!`, reason, offset, code };
  }

  /**
   * Octets after the last message. Line ends at their start do not count, since the parsers treat these differently
   * (RFC 9112 §2.2: old clients send one after the content).
   */
  leftover(bytes: Uint8Array): Verdict {
    let start = 0;
    while (bytes[start] === 0x0d || bytes[start] === 0x0a) start++;
    return start === bytes.length
      ? this.clean()
      : { text: `${this.#complete}+${bytes.length - start}`, reason: "" };
  }
}

/** Field names and transfer codings are compared without regard to case (RFC 9110 §5.1, RFC 9112 §7). */
function fieldText(name: string, value: string): string {
  const lowerName = name.toLowerCase();
  return `${lowerName}:${lowerName === "transfer-encoding" ? value.toLowerCase() : value}\n`;
}

/** Reads the text of a verdict back. */
export interface Reading {
  readonly messages: readonly Message[];
  readonly ending: string;
}

export interface Message {
  readonly startLine: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly content: string;
  readonly trailers: readonly (readonly [name: string, value: string])[];
}

export function readVerdict(text: string): Reading {
  const messages: Message[] = [];
  let at = 0;
  const line = () => {
    const end = text.indexOf("\n", at);
    const found = text.slice(at, end);
    at = end + 1;
    return found;
  };
  const section = () => {
    const fields: [string, string][] = [];
    for (let one = line(); one !== ""; one = line()) {
      const colon = one.indexOf(":");
      fields.push([one.slice(0, colon), one.slice(colon + 1)]);
    }
    return fields;
  };
  while (text[at] === ">") {
    at++;
    const startLine = line();
    const fields = section();
    const lengthEnd = text.indexOf(":", at);
    const contentEnd = lengthEnd + 1 + Number(text.slice(at, lengthEnd));
    const content = text.slice(lengthEnd + 1, contentEnd);
    at = contentEnd;
    messages.push({ startLine, fields, content, trailers: section() });
  }
  return { messages, ending: text.slice(at) };
}
