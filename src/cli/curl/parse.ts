import { EXIT, UnknownOption } from "../exit-codes.ts";
import { commandLineOption, configLines } from "./config-file.ts";
import { readInput } from "./content.ts";
import { CurlError } from "./curl-error.ts";
import { curlrcPaths } from "./curlrc.ts";
import { octetsOf, unicodeOf } from "./octets.ts";
import { checkOptions } from "./option-checks.ts";
import { type Given, Settings } from "./settings.ts";
import { CURL_OPTIONS, type CurlOption, type OptionName } from "./table.ts";
import { urlsOf } from "./url-file.ts";
import { checkValue } from "./value-checks.ts";
import { expandVariables, parseVariable } from "./variables.ts";

/** A command line that was read: the operations between --next, or what was asked for instead of a transfer. */
export interface CommandLine {
  readonly operations: readonly Settings[];
  /** Lines for stderr: the command line is odd, and is taken all the same. */
  readonly warnings: readonly string[];
  readonly instead?: { readonly what: "help" | "version" | "manual"; readonly topic: string | undefined };
}

const NAMES = Object.keys(CURL_OPTIONS) as OptionName[];
const LETTERS = new Map(NAMES.map((name) => [CURL_OPTIONS[name].short, name]));
const INSTEAD = new Set<OptionName>(["help", "version", "manual"]);
/** curl reads no deeper: a file that names itself would never end. */
const MAX_CONFIG_DEPTH = 100;

/**
 * Reads the words as curl 8 does: `-sS`, `-XPOST`, `--request=POST`, `--no-location`, options and URLs in any order. A name
 * cannot be cut short. .curlrc is read first, unless -q is the first word.
 *
 * @throws {UnknownOption} @throws {CurlError}
 */
export function parseCommandLine(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): CommandLine {
  const parser = new Parser(environment);
  if (!isDisable(words[0])) parser.readCurlrc();
  parser.read(words);
  return parser.commandLine();
}

const isDisable = (word = ""): boolean => word === "--disable" || /^-q/.test(word);

/** The words that may be the value of an option. */
type Rest = string[];

/** Reads words, and those of the files they name. */
class Parser {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #operations: Given[][] = [[]];
  readonly #variables = new Map<string, string>();
  readonly #warnings: string[] = [];
  #instead: CommandLine["instead"];
  #depth = 0;

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#environment = environment;
  }

  commandLine(): CommandLine {
    const operations = this.#operations.map((given) => new Settings(given));
    const warnings = this.#warnings;
    if (this.#instead !== undefined) return { operations, warnings, instead: this.#instead };
    // An operation behind --next may lack a URL: as in curl, those before it are done first.
    if (!operations.some(hasUrl)) throw noUrl();
    operations.forEach(checkOptions);
    return { operations, warnings };
  }

  /** The options of .curlrc come before those of the command line. */
  readCurlrc(): void {
    for (const path of curlrcPaths(this.#environment)) {
      const text = textOf(path);
      if (text === undefined) continue;
      this.#readConfig(path, text);
      return;
    }
  }

  read(words: readonly string[]): void {
    const rest = [...words];
    let onlyUrls = false;
    for (let word = rest.shift(); word !== undefined && this.#instead === undefined; word = rest.shift()) {
      if (word === "") throw new CurlError(EXIT.usage, "an empty word stands where a URL is expected");
      if (onlyUrls || !word.startsWith("-")) this.#add("url", word, true);
      else if (word === "--") onlyUrls = true;
      else if (word.startsWith("--")) this.#long(word, rest);
      else this.#letters(word, rest);
    }
  }

  /** A line is an option and its value, which stand for words of the command line. */
  #readConfig(file: string, text: string): void {
    if (++this.#depth > MAX_CONFIG_DEPTH)
      throw new CurlError(EXIT.usage, "too many config files in each other");
    for (const { line, option, value, wordsDropped } of configLines(text)) {
      const where = `${file}:${line}`;
      if (wordsDropped)
        this.#warnings.push(`${where}: text follows the value of "${option}", and is dropped`);
      const rest = value === undefined ? [] : [unicodeOf(value)];
      const word = unicodeOf(commandLineOption(option));
      try {
        if (word.startsWith("--")) this.#long(word, rest);
        else if (word.startsWith("-")) this.#letters(word, rest);
      } catch (error) {
        throw inFile(error, where);
      }
      if (rest.length > 0) throw new CurlError(EXIT.usage, `${where}: "${option}" takes no value`);
      if (this.#instead !== undefined) break;
    }
    this.#depth--;
  }

  /** `--request POST`, `--request=POST`, `--no-location`. A value behind the "=" of a switch is dropped, as in curl. */
  #long(word: string, rest: Rest): void {
    const equals = word.indexOf("=");
    const shown = equals === -1 ? word : word.slice(0, equals);
    const attached = equals === -1 ? undefined : word.slice(equals + 1);
    if (shown.startsWith("--expand-")) {
      this.#expand(shown, attached ?? rest.shift());
      return;
    }
    const { name, on } = longOption(shown);
    this.#take(shown, name, on, attached, rest);
  }

  /** `-sSfLo out`: letters of switches, and at last one with a value. */
  #letters(word: string, rest: Rest): void {
    const letters = [...word.slice(1)];
    if (letters.length === 0) throw new UnknownOption("http", word);
    for (const [at, letter] of letters.entries()) {
      const name = LETTERS.get(letter);
      if (name === undefined) throw new UnknownOption("http", `-${letter}`);
      // -vv tells more than -v -v.
      if (name === "verbose" && at > 0) {
        this.#add(name, "more", true);
        continue;
      }
      const attached = letters.slice(at + 1).join("");
      const takesValue = CURL_OPTIONS[name].value !== undefined;
      this.#take(`-${letter}`, name, true, takesValue && attached !== "" ? attached : undefined, rest);
      if (takesValue || this.#instead !== undefined) return;
    }
  }

  /** `--expand-data '{{name}}'` is `--data` with the variables put in. */
  #expand(shown: string, value: string | undefined): void {
    const plain = `--${shown.slice("--expand-".length)}`;
    const { name } = longOption(plain);
    if (CURL_OPTIONS[name].value === undefined)
      throw new CurlError(EXIT.usage, `${shown}: ${plain} has no value to expand`);
    if (value === undefined) throw new CurlError(EXIT.usage, `${shown} wants a value`);
    this.#take(shown, name, true, unicodeOf(expandVariables(octetsOf(value), this.#variables)), []);
  }

  #take(shown: string, name: OptionName, on: boolean, attached: string | undefined, rest: Rest): void {
    const option = CURL_OPTIONS[name];
    if (option.refused !== undefined && on) throw refused(shown, option);
    if (INSTEAD.has(name) && on) {
      this.#instead = { what: name as "help", topic: attached ?? rest[0] };
      rest.length = 0;
    } else if (name === "next") {
      this.#next();
    } else if (option.value === undefined) {
      const value = option.optionalValue !== undefined && attached === option.optionalValue ? attached : "";
      this.#add(name, value, on);
    } else {
      const value = attached ?? rest.shift();
      if (value === undefined) throw new CurlError(EXIT.usage, `${shown} wants a value: ${option.value}`);
      checkValue(shown, value, name);
      this.#withValue(name, value);
    }
  }

  #withValue(name: OptionName, value: string): void {
    if (name === "config") this.#readConfig(value, readInput(value).toString("latin1"));
    else if (name === "variable") this.#setVariable(value);
    else if (name === "url" && value.startsWith("@"))
      for (const url of urlsOf(readInput(value.slice(1)).toString()))
        this.#operations.at(-1)?.push({ name, value: url, on: true, named: true });
    else this.#add(name, value, true);
  }

  #setVariable(text: string): void {
    const setting = parseVariable(octetsOf(text), this.#environment);
    if (setting.type === "skipped") {
      this.#warnings.push(setting.warning);
      return;
    }
    const content =
      setting.type === "content"
        ? setting.content
        : readInput(unicodeOf(setting.path))
            .toString("latin1")
            .slice(setting.start, setting.end + 1);
    this.#variables.set(setting.name, content);
  }

  #next(): void {
    const current = this.#operations.at(-1) ?? [];
    if (!hasUrl(new Settings(current))) throw new CurlError(EXIT.usage, "--next comes behind a URL");
    // As in curl, what --resolve says of a place is known from then on.
    this.#operations.push(current.filter(({ name }) => name === "resolve"));
  }

  #add(name: OptionName, value: string, on: boolean): void {
    const { sameAs, group } = CURL_OPTIONS[name];
    // What the start of the command looks for (main.ts) has to stand in the words of the command line.
    if (group === "wirepane" && this.#depth > 0)
      throw new CurlError(EXIT.usage, `--${name} is not for config files: it stands on the command line`);
    this.#operations.at(-1)?.push({ name: (sameAs as OptionName | undefined) ?? name, value, on });
  }
}

/** An operation without a URL. */
export function noUrl(): CurlError {
  return new CurlError(EXIT.usage, "no URL was given");
}

const hasUrl = (settings: Settings): boolean => settings.on("url");

/** `undefined`: there is no such file. */
function textOf(path: string): string | undefined {
  try {
    return readInput(path).toString("latin1");
  } catch {
    return undefined; // as in curl: a .curlrc that cannot be read is none
  }
}

function inFile(error: unknown, where: string): unknown {
  if (error instanceof UnknownOption) return new CurlError(EXIT.usage, `${where}: ${error.message}`);
  return error instanceof CurlError ? new CurlError(error.exitCode, `${where}: ${error.message}`) : error;
}

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
