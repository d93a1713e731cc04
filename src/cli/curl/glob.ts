import { CurlError, MarkedUrl } from "./curl-error.ts";
import { URL_MALFORMED } from "./url.ts";
import { parseHost } from "./url-host.ts";

/**
 * URL globbing: `{a,b}` and `[1-9:2]` stand for several URLs. Each URL is made when it is asked for, so
 * `[1-1000000000]` costs no memory.
 */
export interface Glob {
  /** How many texts the pattern stands for. */
  readonly count: bigint;
  /** Every text in curl's order: the last set or range moves fastest. */
  texts(): Generator<GlobbedText>;
}

export interface GlobbedText {
  readonly text: string;
  /** What `#1`, `#2` … stand for: the value of each set and range. */
  readonly values: readonly string[];
}

/** curl's limits. */
const MAX_PARTS = 255;
const MAX_NUMBER = 2n ** 63n - 1n;

type Part =
  | { readonly kind: "fixed"; readonly text: string }
  | { readonly kind: "set"; readonly texts: readonly string[] }
  | {
      readonly kind: "range";
      readonly first: bigint;
      readonly last: bigint;
      readonly step: bigint;
      readonly text: (value: bigint) => string;
    };

/** `-g`: the text stands for itself. */
export function plainGlob(text: string): Glob {
  return globOf([{ kind: "fixed", text }]);
}

/** Reads a pattern. @throws {CurlError} exit code 3, with curl's words and the position. */
export function parseGlob(pattern: string): Glob {
  return globOf(new GlobReader(pattern).parts());
}

/** Puts the values into a template for file names: `-o "file_#1.txt"`. `#` before any other number stays. */
export function withGlobValues(template: string, values: readonly string[]): string {
  return template.replace(/#(\d+)/g, (whole, digits: string) => values[Number(digits) - 1] ?? whole);
}

function globOf(parts: readonly Part[]): Glob {
  const count = parts.reduce((product, part) => product * countOf(part), 1n);
  return {
    count,
    *texts() {
      for (let index = 0n; index < count; index++) yield textAt(parts, index);
    },
  };
}

function countOf(part: Part): bigint {
  if (part.kind === "fixed") return 1n;
  return part.kind === "set" ? BigInt(part.texts.length) : (part.last - part.first) / part.step + 1n;
}

function textAt(parts: readonly Part[], index: bigint): GlobbedText {
  const values: string[] = [];
  let text = "";
  let left = index;
  for (const part of [...parts].reverse()) {
    const count = countOf(part);
    const value = valueAt(part, left % count);
    left /= count;
    if (part.kind !== "fixed") values.unshift(value);
    text = value + text;
  }
  return { text, values };
}

function valueAt(part: Part, index: bigint): string {
  if (part.kind === "fixed") return part.text;
  if (part.kind === "set") return part.texts[Number(index)] ?? "";
  return part.text(part.first + index * part.step);
}

/** Reads a pattern from its start to its end. */
class GlobReader {
  readonly #pattern: string;
  #at = 0;
  /** curl does not count the "}" of a set, so later positions are one less for each. */
  #uncounted = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parts(): Part[] {
    const parts: Part[] = [];
    let total = 1n;
    while (this.#at < this.#pattern.length) {
      const part = this.#part();
      parts.push(part);
      total *= countOf(part);
      if (total > MAX_NUMBER) throw this.#tooMany(part);
      if (parts.length > MAX_PARTS) throw new CurlError(URL_MALFORMED, "too many {} sets");
    }
    return parts;
  }

  #part(): Part {
    const char = this.#pattern[this.#at];
    if (char === "{") return this.#set();
    if (char === "[" && this.#literalBrackets() === "") return this.#range();
    return this.#fixed();
  }

  /** An IPv6 address, or `[]`: neither is a range. */
  #literalBrackets(): string {
    const [brackets = ""] = /^\[[^\]]*\]/.exec(this.#pattern.slice(this.#at, this.#at + 128)) ?? [];
    return brackets === "[]" || (brackets !== "" && typeof parseHost(brackets) !== "string") ? brackets : "";
  }

  #fixed(): Part {
    let text = "";
    while (this.#at < this.#pattern.length) {
      const char = this.#pattern[this.#at] ?? "";
      const next = this.#pattern[this.#at + 1] ?? "";
      if (char === "\\" && /[{}[\]]/.test(next)) {
        text += next;
        this.#at += 2;
        continue;
      }
      const brackets = char === "[" ? this.#literalBrackets() : "";
      if (char === "{" || (char === "[" && brackets === "")) break;
      if (char === "}" || char === "]") throw this.#wrong("unmatched close brace/bracket");
      text += brackets || char;
      this.#at += brackets.length || 1;
    }
    return { kind: "fixed", text };
  }

  #set(): Part {
    const texts: string[] = [];
    let text = "";
    for (this.#at++; this.#at < this.#pattern.length; this.#at++) {
      let char = this.#pattern[this.#at] ?? "";
      if (char === "{" || char === "[") throw this.#wrong("nested brace");
      if (char === "]") throw this.#wrong("unexpected close bracket");
      if (char === "}" && text === "" && texts.length === 0) throw this.#wrong("empty string within braces");
      if (char === "," || char === "}") {
        texts.push(text);
        text = "";
        if (char === ",") continue;
        this.#at++;
        this.#uncounted++;
        return { kind: "set", texts };
      }
      if (char === "\\" && this.#at + 1 < this.#pattern.length) char = this.#pattern[++this.#at] ?? "";
      text += char;
    }
    throw this.#wrong("unmatched brace");
  }

  #range(): Part {
    this.#at++;
    const first = this.#pattern[this.#at] ?? "";
    if (/[a-z]/i.test(first)) return this.#letters();
    if (/\d/.test(first)) return this.#numbers();
    throw this.#wrong("bad range specification");
  }

  #letters(): Part {
    const [whole, from = "", to = "", end = ""] = /^(.)-(.)(.)/s.exec(this.#pattern.slice(this.#at)) ?? [];
    if (whole === undefined) throw this.#wrong("bad range");
    let step = 1n;
    if (end === ":") {
      this.#at += whole.length;
      step = this.#stepBeforeEnd();
    } else if (end === "]") {
      this.#at += whole.length;
    } else {
      throw this.#wrong("bad range");
    }
    const [first, last] = [BigInt(from.charCodeAt(0)), BigInt(to.charCodeAt(0))];
    if (!isRange(first, last, step) || last - first > 25n) throw this.#wrong("bad range");
    return { kind: "range", first, last, step, text: (value) => String.fromCharCode(Number(value)) };
  }

  #numbers(): Part {
    const [digits = ""] = /^\d*/.exec(this.#pattern.slice(this.#at)) ?? [];
    const width = digits.startsWith("0") ? digits.length : 0;
    const first = this.#number();
    let last: bigint | undefined;
    let step = 0n;
    if (first !== undefined && this.#take("-")) {
      while (this.#take(" ") || this.#take("\t"));
      last = this.#number();
      if (last !== undefined) step = this.#take(":") ? this.#stepBeforeEnd() : this.#take("]") ? 1n : 0n;
    }
    if (first === undefined || last === undefined || !isRange(first, last, step))
      throw this.#wrong("bad range");
    if (last > MAX_NUMBER - step) throw this.#wrong("range end/step overflow");
    return { kind: "range", first, last, step, text: (value) => String(value).padStart(width, "0") };
  }

  /** 0 is never a step. */
  #stepBeforeEnd(): bigint {
    const step = this.#number();
    return step !== undefined && this.#take("]") ? step : 0n;
  }

  #number(): bigint | undefined {
    const [digits = ""] = /^\d*/.exec(this.#pattern.slice(this.#at)) ?? [];
    if (digits === "" || BigInt(digits) > MAX_NUMBER) return undefined;
    this.#at += digits.length;
    return BigInt(digits);
  }

  #take(char: string): boolean {
    if (this.#pattern[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #tooMany(part: Part): CurlError {
    return part.kind === "range"
      ? this.#wrong("range overflow")
      : new CurlError(URL_MALFORMED, "range overflow");
  }

  #wrong(what: string): MarkedUrl {
    const position = this.#at + 1 - this.#uncounted;
    const caret = `${" ".repeat(position - 1)}^`;
    // What stands before an "@" may be a password.
    const shown = this.#pattern.includes("@") ? "" : `:\n${this.#pattern}\n${caret}`;
    return new MarkedUrl(URL_MALFORMED, `${what} in position ${position}${shown}`);
  }
}

function isRange(first: bigint, last: bigint, step: bigint): boolean {
  if (step === 0n || first > last) return false;
  return first === last ? step === 1n : step <= last - first;
}
