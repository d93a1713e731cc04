import { strftime } from "./strftime.ts";
import {
  type WriteOutValue,
  type WriteOutVariables,
  writeOutNames,
  writeOutValue,
} from "./write-out-variables.ts";

/** A field of a head. Name and value are octets; the value has no whitespace around it. */
export type WriteOutField = readonly [name: string, value: string];

export interface WriteOutSource {
  readonly variables: WriteOutVariables;
  /** The fields of each response of the transfer. Interim responses and those to CONNECT do not count. */
  readonly responses: readonly (readonly WriteOutField[])[];
  /** The time of day in milliseconds, with fractions, for `%time{}`. */
  readonly nowMs: number;
}

/** What the caller does, in this order. Texts are octets. */
export type WriteOutStep =
  /** Goes to the place that is in force. Standard output is, at the start. */
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "stdout" }
  | { readonly type: "stderr" }
  /** A file is in force from here. It is emptied unless `append`. If it cannot be opened, nothing changes. */
  | { readonly type: "file"; readonly path: string; readonly append: boolean }
  /** A line for standard error, also with `-s`. It begins with the command's name. */
  | { readonly type: "complaint"; readonly text: string };

/** Does what a `-w` format says. The format is octets. */
export function* writeOut(format: string, source: WriteOutSource): Generator<WriteOutStep> {
  let plain = "";
  for (const match of format.matchAll(TOKEN)) {
    const [whole, backslashed, escaped, name, byKeyword, itsArgument, header, headerArgument] = match;
    const keyword = byKeyword ?? header;
    const argument = itsArgument ?? headerArgument ?? "";
    if (escaped !== undefined) plain += "%";
    else if (backslashed !== undefined) plain += ESCAPES[backslashed] ?? whole;
    else if (keyword === "header") plain += headerValues(argument, source);
    else if (keyword === "time") plain += strftime(argument, source.nowMs);
    else if (keyword === undefined && name === undefined) plain += whole;
    else {
      if (name === "onerror" && source.variables.exitcode === 0) break;
      const step = keyword === "output" ? toFile(argument) : variable(name ?? "", source);
      if (step?.type === "text") plain += step.text;
      else if (step !== undefined) {
        if (plain !== "") yield { type: "text", text: plain };
        plain = "";
        yield step;
      }
    }
  }
  if (plain !== "") yield { type: "text", text: plain };
}

/** `\n`, `%%`, `%{name}`, `%header{…}`, `%output{…}`, `%time{…}`; or text that stands for itself. */
const TOKEN =
  /\\([nrt])|(%%)|%\{([^}]*)\}|%(output|time)\{([^}]*)\}|%(header)\{((?:\\.|[^}])*)\}|[^\\%]+|[\\%]/gs;

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function variable(name: string, source: WriteOutSource): WriteOutStep | undefined {
  if (name === "onerror") return undefined;
  if (name === "stdout" || name === "stderr") return { type: name };
  if (name === "json") return { type: "text", text: jsonOf(source.variables) };
  if (name === "header_json") return { type: "text", text: headerJson(source.responses.at(-1) ?? []) };
  const value = writeOutValue(name, source.variables);
  if (value !== undefined) return { type: "text", text: textOf(value) };
  return { type: "complaint", text: `unknown --write-out variable: '${name}'` };
}

function toFile(name: string): WriteOutStep | undefined {
  const append = name.startsWith(">>");
  const path = append ? name.slice(2) : name;
  return path === "" ? undefined : { type: "file", path, append };
}

function textOf(value: WriteOutValue): string {
  if (value.kind === "text") return value.value ?? "";
  if (value.kind === "status") return String(value.value).padStart(3, "0");
  return numberOf(value);
}

function numberOf({ kind, value }: WriteOutValue & { readonly value: number }): string {
  return kind === "time" ? (value / 1_000_000).toFixed(6) : String(Math.trunc(value));
}

function jsonOf(variables: WriteOutVariables): string {
  const members = writeOutNames().map((name) => {
    const value = writeOutValue(name, variables);
    if (value === undefined) return "";
    return `"${name}":${value.kind === "text" ? jsonText(value.value) : numberOf(value)}`;
  });
  return `{${members.join(",")},"curl_version":${jsonText(variables.curl_version)}}`;
}

/** Octets from 0x80 stay as they are: JSON gets the octets of the network, as from curl. */
function jsonText(text: string | undefined): string {
  if (text === undefined) return "null";
  return `"${jsonEscaped(text)}"`;
}

/** What stands between the quotes of a JSON string. */
export function jsonEscaped(text: string): string {
  return text.replace(/["\\\x00-\x1f]/g, (char) => SHORT[char] ?? unicodeEscape(char));
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Names in lower case, each with all of its values, in the order of their first appearance. */
function headerJson(fields: readonly WriteOutField[]): string {
  const values = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    values.set(key, [...(values.get(key) ?? []), jsonText(value)]);
  }
  const members = [...values].map(([name, texts]) => `${jsonText(name)}:[${texts.join(",")}]`);
  return `{${members.join(",\n")}\n}`;
}

/** `name`: the first field of the last response. `name:all:separator`: the fields of every response. */
function headerValues(argument: string, { responses }: WriteOutSource): string {
  const [, name, separator] = /^(.*?):all:(.*)$/s.exec(argument) ?? [];
  if (name === undefined) return valuesOf(argument, responses.at(-1) ?? [])[0] ?? "";
  const between = (separator ?? "").replace(/\\([nrt}])/g, (_, char: string) => ESCAPES[char] ?? char);
  const values = responses.map((fields) => valuesOf(name, fields));
  // curl stops at the first response that has no such field.
  const end = values.findIndex((each) => each.length === 0);
  return values
    .slice(0, end === -1 ? undefined : end)
    .flat()
    .join(between);
}

function valuesOf(name: string, fields: readonly WriteOutField[]): string[] {
  const wanted = name.toLowerCase();
  return fields.filter(([each]) => each.toLowerCase() === wanted).map(([, value]) => value);
}
