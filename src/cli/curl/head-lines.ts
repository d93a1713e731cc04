import type { Http1Leniency } from "../../http1.ts";

const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const HTAB = 0x09;

const isBlank = (octet: number | undefined): boolean => octet === SP || octet === HTAB;

/** Where the line ends, without its LF or CRLF. */
export function endOfLine(line: Uint8Array): number {
  let end = line.length;
  if (line[end - 1] === LF) end--;
  if (line[end - 1] === CR) end--;
  return end;
}

/** Both lines as curl prints them: one SP in place of the line end and the blanks around it. */
export function unfolded(line: Uint8Array, fold: Uint8Array): Uint8Array {
  let end = endOfLine(line);
  while (isBlank(line[end - 1])) end--;
  let from = 0;
  while (isBlank(fold[from])) from++;
  // A fold that is empty adds nothing but its line end.
  const joint = endOfLine(fold) <= from ? "" : " ";
  return Buffer.concat([line.subarray(0, end), Buffer.from(joint), fold.subarray(from)]);
}

/**
 * Watches the field lines that say how a body ends. curl refuses a wrong one as soon as the line is there, and prints
 * neither this line nor those behind it. Our grammar refuses the head when it is complete: the outcome is the same.
 */
export class FramingLines {
  readonly #leniency: Http1Leniency;
  #length: string | undefined;
  #chunked = false;
  #withoutContent = false;

  constructor(leniency: Http1Leniency) {
    this.#leniency = leniency;
  }

  /** Another head begins. `withoutContent`: no coding can change anything of the response. */
  reset(withoutContent: boolean): void {
    this.#length = undefined;
    this.#chunked = false;
    this.#withoutContent = withoutContent;
  }

  /** Whether curl stops at this line. */
  refuses(line: Uint8Array): boolean {
    if (line[0] !== 0x43 && line[0] !== 0x63 && line[0] !== 0x54 && line[0] !== 0x74) return false; // C, c, T, t
    const text = Buffer.from(line.subarray(0, endOfLine(line))).toString("latin1");
    const [, name = "", value = ""] =
      /^(content-length|transfer-encoding):[ \t]*(.*?)[ \t]*$/i.exec(text) ?? [];
    switch (name.toLowerCase()) {
      case "content-length":
        return this.#leniency.ignoreContentLength !== true && this.#refusesLength(value);
      case "transfer-encoding":
        return !this.#withoutContent && !this.#leniency.otherCodings && this.#refusesCodings(value);
      default:
        return false;
    }
  }

  #refusesLength(value: string): boolean {
    const lengths = value.split(",").map((length) => length.trim());
    this.#length ??= lengths[0] as string;
    return lengths.some((length) => !/^\d+$/.test(length) || length !== this.#length);
  }

  #refusesCodings(value: string): boolean {
    for (const coding of value.toLowerCase().split(",")) {
      const name = coding.trim();
      if (name === "chunked") this.#chunked = true;
      else if (name !== "" && (name !== "identity" || this.#chunked)) return true;
    }
    return false;
  }
}
