import { UsageError } from "../exit-codes.ts";
import { readInput } from "./content.ts";
import { octetsOf } from "./octets.ts";

/** The lines of -H and --json, and the names of default lines that they replace or remove. */
export interface OwnLines {
  /** Latin-1: a character is an octet. The value stands behind the colon as it was typed. */
  readonly lines: readonly string[];
  /** In lower case. */
  readonly names: ReadonlySet<string>;
}

/**
 * `Name: value` is sent as it was typed. `Name:` removes a default line. `Name;` is sent with an empty value. `@FILE` has
 * one line each.
 */
export function ownLines(values: readonly string[], json: boolean): OwnLines {
  const lines: string[] = [];
  const names = new Set<string>();
  for (const line of values.flatMap((value) => (value.startsWith("@") ? linesOf(value.slice(1)) : [value]))) {
    const [, name, mark, value = ""] = /^([^:;]*)([:;])(.*)$/s.exec(octetsOf(line)) ?? [];
    if (name === undefined) continue;
    if (/[\r\n\0]/.test(line)) throw new UsageError(`-H: a field line has one line: ${JSON.stringify(name)}`);
    const isEmpty = value.trim() === "";
    if (mark === ";" && !isEmpty) continue;
    names.add(name.trim().toLowerCase());
    if (mark === ";") lines.push(`${name}:`);
    else if (!isEmpty) lines.push(`${name}:${value}`);
  }
  if (json) {
    for (const name of ["Content-Type", "Accept"]) {
      if (!names.has(name.toLowerCase())) lines.push(`${name}: application/json`);
      names.add(name.toLowerCase());
    }
  }
  return { lines, names };
}

const linesOf = (file: string): string[] =>
  readInput(file)
    .toString()
    .split(/\r?\n/)
    .filter((line) => line !== "");
