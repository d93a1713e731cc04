/**
 * curl's config files (`-K`, `.curlrc`): an option a line.
 *
 *     # comment
 *     url = "http://host/a b"
 *     --silent
 *     -o file
 *
 * Long options may stand without dashes; behind those, blanks, "=" and ":" separate the value. The value is one
 * word, or quoted with \t \n \r \v \" \\. No line goes on in the next one.
 */
export interface ConfigLine {
  /** From 1. */
  readonly line: number;
  /** As written: `url`, `--url`, `--url=x`, `-sSo`. */
  readonly option: string;
  /** `undefined`: no value. A quoted value may be "". */
  readonly value: string | undefined;
  /** More words stand behind a value without quotes, and are dropped. curl warns of this. */
  readonly wordsDropped: boolean;
}

/** Reads a config file, as octets. Does not know which options exist. */
export function* configLines(text: string): Generator<ConfigLine> {
  let line = 0;
  for (const row of text.split("\n")) {
    line++;
    if (/^[ \t]*(#|$)/.test(row)) continue;
    yield { line, ...configLine(row) };
  }
}

/** The option as a command line has it: `url` is `--url`. */
export function commandLineOption(option: string): string {
  return option.startsWith("-") ? option : `--${option}`;
}

function configLine(row: string): Omit<ConfigLine, "line"> {
  const dashed = row.startsWith("-");
  const [, option = "", rest = ""] = (dashed ? DASHED : PLAIN).exec(row) ?? [];
  if (rest.startsWith('"')) return { option, value: unquoted(rest.slice(1)), wordsDropped: false };
  const [, word = "", behind = ""] = /^(\S*)\s*(.*)$/s.exec(rest) ?? [];
  const wordsDropped = behind !== "" && !behind.startsWith("#");
  return { option, value: word === "" ? undefined : word, wordsDropped };
}

/** An option with dashes ends at a blank. */
const DASHED = /^([^ \t]*)[ \t]*(.*)$/s;
/** A carriage return belongs to the option, as in curl: files of Windows need values. */
const PLAIN = /^([^ \t=:]*)[ \t=:]*(.*)$/s;

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", v: "\v" };

/** Up to the next quote. Text without a closing quote goes to the end of the line; what is behind it is dropped. */
function unquoted(text: string): string {
  const [inside = ""] = /^(?:\\.|[^"\\])*/s.exec(text) ?? [];
  return inside.replace(/\\(.)/gs, (_, char: string) => ESCAPES[char] ?? char);
}
