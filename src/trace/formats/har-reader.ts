import type { TraceRecord } from "../record.ts";
import { EntryReader } from "./har-entry-reader.ts";

/** A HAR of others is read as a whole. */
const MAX_WHOLE_LENGTH = 256 * 1024 * 1024;

/**
 * Reads a HAR, in pieces of any size: one of ours line by line, another one as a whole. The file holds messages and their
 * times; how they were cut into writes and reads it does not hold, nor what a decoded content was before.
 */
export class HarReader {
  readonly #entries: EntryReader;
  readonly #decoder = new TextDecoder();
  #text = "";
  /** `undefined`: the first line is not here yet. */
  #isOurs: boolean | undefined;
  #lines = 0;

  /** @param pass called with each record. */
  constructor(pass: (record: TraceRecord) => void) {
    this.#entries = new EntryReader(pass);
  }

  /**
   * Takes the next piece.
   *
   * @throws {SyntaxError} the text is no HAR; the message has the line or the entry.
   */
  push(piece: Uint8Array): void {
    this.#text += this.#decoder.decode(piece, { stream: true });
    this.#isOurs ??= /^[^\n]*\n/.test(this.#text) ? OUR_FIRST_LINE.test(this.#text) : undefined;
    if (this.#isOurs === true) this.#readLines();
    else if (this.#text.length > MAX_WHOLE_LENGTH)
      throw new SyntaxError(
        "a HAR of another program is read as a whole, and this one has more than 256 MiB",
      );
  }

  /** The file is over. Returns what is left of an entry that was cut. */
  end(): string {
    if (this.#isOurs === true) return this.#text;
    const har = parsed(this.#text, "the file") as { log?: { entries?: unknown } } | null;
    const entries = har?.log?.entries;
    if (!Array.isArray(entries)) throw new SyntaxError("this is no HAR: it has no log.entries");
    for (const entry of entries) this.#entries.add(entry);
    return "";
  }

  #readLines(): void {
    const lines = this.#text.split("\n");
    this.#text = lines.pop() ?? "";
    for (const line of lines) {
      if (this.#lines++ === 0 || line === "]}}") continue;
      this.#entries.add(parsed(line.replace(/^,/, ""), `line ${this.#lines}`));
    }
  }
}

const OUR_FIRST_LINE = /^\{"log":\{"version":"1\.2","creator":[^\n]*"entries":\[\n/;

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`${what} is no JSON: ${(error as Error).message}`);
  }
}
