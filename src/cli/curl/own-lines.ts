import { UsageError } from "../exit-codes.ts";
import { readInput } from "./content.ts";
import { octetsOf } from "./octets.ts";
import type { Settings } from "./settings.ts";

/** The lines of -H and --json, and the names of default lines that they replace or remove. */
export interface OwnLines {
  /** Latin-1: a character is an octet. The value stands behind the colon as it was typed. Host and Connection stand apart. */
  readonly lines: readonly string[];
  /** The Host line of -H; "" if -H removes it. `undefined`: -H says nothing of it. */
  readonly host: string | undefined;
  /** The Connection lines of -H. curl sends them last. */
  readonly connection: readonly string[];
  /** In lower case. */
  readonly names: ReadonlySet<string>;
  /** The value of the first -H of this name, in lower case; "" if it is sent empty or removes a line. */
  value(name: string): string | undefined;
}

const bySettings = new WeakMap<Settings, OwnLines>();

/**
 * `Name: value` is sent as it was typed. `Name:` removes a default line. `Name;` is sent with an empty value. `@FILE` has
 * one line each.
 */
export function ownLines(settings: Settings): OwnLines {
  const known = bySettings.get(settings) ?? readLines(settings);
  bySettings.set(settings, known);
  return known;
}

function readLines(settings: Settings): OwnLines {
  const typed = settings
    .values("header")
    .flatMap((value) => (value.startsWith("@") ? linesOf(value.slice(1)) : [value]));
  const values = new Map<string, string>();
  const lines: string[] = [];
  const connection: string[] = [];
  let host: string | undefined;
  const add = (line: string) => {
    const [, name = "", value = ""] = /^([^:;]*)[:;](.*)$/s.exec(line) ?? [];
    if (/[\r\n\0]/.test(line)) throw new UsageError(`-H: a field line has one line: ${JSON.stringify(name)}`);
    if (name === "") return;
    const key = name.toLowerCase();
    if (!values.has(key)) values.set(key, value.trim());
    if (key === "host" && host === undefined) {
      host = hostLine(line);
      return;
    }
    const sent = sentLine(line);
    if (sent === undefined || (key === "host" && host !== "")) return;
    if (key !== "connection") lines.push(sent);
    else if (sent !== `${name}:`) connection.push(sent);
  };
  for (const line of typed) add(octetsOf(line));
  if (settings.on("json")) {
    for (const name of ["Content-Type", "Accept"]) {
      if (!values.has(name.toLowerCase())) add(`${name}: application/json`);
    }
  }
  return { lines, host, connection, names: new Set(values.keys()), value: (name) => values.get(name) };
}

/** `undefined`: the line only removes another, or is none. */
function sentLine(line: string): string | undefined {
  if (/^[^:;]+;$/.test(line)) return `${line.slice(0, -1)}:`;
  const colon = line.indexOf(":");
  return colon > 0 && line.slice(colon + 1).trim() !== "" ? line : undefined;
}

/** As in curl, only `Host:` without anything behind it removes the line. */
const hostLine = (line: string): string =>
  /^host:$/i.test(line) ? "" : `Host:${line.slice("host:".length)}`;

/** A CR at the end of a line is one of the file, not of the field. */
const linesOf = (file: string): string[] =>
  readInput(file)
    .toString()
    .split(/\r?\n/)
    .filter((line) => line !== "");
