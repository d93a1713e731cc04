import { EXIT, UnknownOption } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";
import { type Given, Settings } from "./settings.ts";
import { CURL_OPTIONS, type CurlOption, type NumberKind, type OptionName } from "./table.ts";

/** A command line that was read: the operations between --next, or what was asked for instead of a transfer. */
export interface CommandLine {
  readonly operations: readonly Settings[];
  readonly instead?: { readonly what: "help" | "version" | "manual"; readonly topic: string | undefined };
}

const NAMES = Object.keys(CURL_OPTIONS) as OptionName[];
const LETTERS = new Map(NAMES.map((name) => [CURL_OPTIONS[name].short, name]));
const INSTEAD = new Set<OptionName>(["help", "version", "manual"]);

/**
 * Reads the words as curl 8 does: `-sS`, `-XPOST`, `--request=POST`, `--no-location`, options and URLs in any order. A name
 * cannot be cut short.
 *
 * @throws {UnknownOption} @throws {CurlError}
 */
export function parseCommandLine(words: readonly string[]): CommandLine {
  const parser = new Parser();
  if (!isDisable(words[0])) parser.readConfigFile();
  parser.read(words);
  return parser.commandLine();
}

const isDisable = (word = ""): boolean => word === "--disable" || /^-q/.test(word);

/** Reads words, and those of the files they name. */
class Parser {
  #operations: Given[][] = [[]];
  #instead: CommandLine["instead"];

  commandLine(): CommandLine {
    const operations = this.#operations.map((given) => new Settings(given));
    if (this.#instead !== undefined) return { operations, instead: this.#instead };
    if (!operations.every(hasUrl)) throw new CurlError(EXIT.usage, "no URL was given");
    return { operations };
  }

  /** The options of .curlrc come before those of the command line. */
  readConfigFile(): void {}

  read(words: readonly string[]): void {
    const rest = [...words];
    let onlyUrls = false;
    for (let word = rest.shift(); word !== undefined && this.#instead === undefined; word = rest.shift()) {
      if (onlyUrls || !word.startsWith("-") || word === "-")
        this.#add({ name: "url", value: word, on: true });
      else if (word === "--") onlyUrls = true;
      else if (word.startsWith("--")) this.#long(word, rest);
      else this.#letters(word, rest);
    }
  }

  /** `--request POST`, `--request=POST`, `--no-location`. A value behind the "=" of a switch is dropped, as in curl. */
  #long(word: string, rest: string[]): void {
    const equals = word.indexOf("=");
    const shown = equals === -1 ? word : word.slice(0, equals);
    const attached = equals === -1 ? undefined : word.slice(equals + 1);
    const { name, on } = longOption(shown);
    this.#take(shown, name, on, attached, rest);
  }

  /** `-sSfLo out`: letters of switches, and at last one with a value. */
  #letters(word: string, rest: string[]): void {
    const letters = [...word.slice(1)];
    for (const [at, letter] of letters.entries()) {
      const name = LETTERS.get(letter);
      if (name === undefined) throw new UnknownOption("http", `-${letter}`);
      const attached = letters.slice(at + 1).join("");
      const takesValue = CURL_OPTIONS[name].value !== undefined;
      this.#take(`-${letter}`, name, true, takesValue && attached !== "" ? attached : undefined, rest);
      if (takesValue || this.#instead !== undefined) return;
    }
  }

  #take(shown: string, name: OptionName, on: boolean, attached: string | undefined, rest: string[]): void {
    const option = CURL_OPTIONS[name];
    if (option.refused !== undefined && on) throw refused(shown, option);
    if (INSTEAD.has(name) && on) {
      this.#instead = { what: name as "help", topic: attached ?? rest[0] };
    } else if (name === "next") {
      this.#next();
    } else if (option.value === undefined) {
      const value = option.optionalValue !== undefined && attached === option.optionalValue ? attached : "";
      this.#add({ name, value, on });
    } else {
      const value = attached ?? rest.shift();
      if (value === undefined) throw new CurlError(EXIT.usage, `${shown} wants a value: ${option.value}`);
      if (option.number !== undefined) checkNumber(shown, value, option.number);
      this.#add({ name, value, on });
    }
  }

  #next(): void {
    const current = this.#operations.at(-1) ?? [];
    if (!hasUrl(new Settings(current))) throw new CurlError(EXIT.usage, "--next comes behind a URL");
    this.#operations.push([]);
  }

  #add({ name, value, on }: Given): void {
    const { sameAs } = CURL_OPTIONS[name];
    this.#operations.at(-1)?.push({ name: (sameAs as OptionName | undefined) ?? name, value, on });
  }
}

const hasUrl = (settings: Settings): boolean => settings.on("url");

function longOption(shown: string): { readonly name: OptionName; readonly on: boolean } {
  const word = shown.slice(2);
  if (isName(word)) return { name: word, on: true };
  const opposite = `no-${word}`;
  if (isName(opposite)) return { name: opposite, on: false };
  const positive = word.slice("no-".length);
  if (!word.startsWith("no-") || !isName(positive)) throw new UnknownOption("http", shown);
  const { value, fixed } = CURL_OPTIONS[positive];
  if (value !== undefined || fixed)
    throw new CurlError(EXIT.usage, `${shown}: --${positive} cannot be turned off`);
  return { name: positive, on: false };
}

const isName = (word: string): word is OptionName => Object.hasOwn(CURL_OPTIONS, word);

function refused(shown: string, { refused: what }: CurlOption): CurlError {
  return new CurlError(EXIT.usage, `curl's ${shown} is not here: ${what}`);
}

const NUMBERS: Readonly<Record<NumberKind, { readonly form: RegExp; readonly wanted: string }>> = {
  count: { form: /^\d{1,15}$/, wanted: "a whole number" },
  redirects: { form: /^(?:-1|\d{1,15})$/, wanted: "a whole number, or -1 for any" },
  seconds: { form: /^(?:\d{1,9}(?:\.\d*)?|\.\d+)$/, wanted: "seconds" },
  size: { form: /^\d{1,15}(?:\.\d+)?[bkmgtp]?$/i, wanted: "a number of bytes: 500, 100k, 2M" },
};

function checkNumber(shown: string, value: string, kind: NumberKind): void {
  const { form, wanted } = NUMBERS[kind];
  if (!form.test(value)) throw new CurlError(EXIT.usage, `${shown} wants ${wanted}, not "${value}"`);
}
