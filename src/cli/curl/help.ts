import { COMMANDS } from "../options.ts";
import { CURL_OPTIONS, type CurlOption } from "./table.ts";

/** What people want most. */
const USUAL: ReadonlySet<string> = new Set(
  `data fail head header help output remote-name show-headers silent upload-file user user-agent verbose version
  timeline explain record open`.split(/\s+/),
);

/** The options of `wirepane http`: all of them (`all`), those of one category, the usual ones (no topic), or one option. */
export function helpText(topic?: string): string {
  const { summary, usage, examples } = COMMANDS.http;
  const rows = rowsOf(topic);
  if (rows.length === 0) return `"${topic}" is no category and no option.\n${categories()}`;
  if (topic !== undefined && topic !== "all") return `${table(rows)}\n`;
  return [
    `wirepane http: ${summary}`,
    "",
    `usage: wirepane http [OPTION…] ${usage}`,
    "",
    table(rows),
    "",
    ...(topic === undefined ? [`These are the usual options. ${categories()}`] : []),
    "examples:",
    ...examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}

function categories(): string {
  const groups = [...new Set(Object.values<CurlOption>(CURL_OPTIONS).map(({ group }) => group))].sort();
  return `"wirepane http --help WORD" tells of all, of an option such as --data, or of a category:\n  ${groups.join(" ")}\n`;
}

function rowsOf(topic: string | undefined): (readonly [string, CurlOption])[] {
  const all = Object.entries<CurlOption>(CURL_OPTIONS);
  if (topic === "all") return all;
  if (topic === undefined) return all.filter(([name]) => USUAL.has(name));
  if (!topic.startsWith("-")) return all.filter(([, { group }]) => group === topic.toLowerCase());
  return all.filter(([name, { short }]) => topic === `--${name}` || topic === `-${short}`);
}

function table(rows: readonly (readonly [string, CurlOption])[]): string {
  const texts = rows.map(([name, option]) => [leftOf(name, option), rightOf(option)] as const);
  const width = Math.max(0, ...texts.map(([left]) => left.length));
  return texts.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

function leftOf(name: string, { short, value, optionalValue }: CurlOption): string {
  const letter = short === undefined ? "    " : `-${short}, `;
  const shown = optionalValue === undefined ? "" : `[=${optionalValue}]`;
  return `${letter}--${name}${value === undefined ? shown : ` ${value}`}`;
}

function rightOf({ help, noEffect, refused }: CurlOption): string {
  if (noEffect !== undefined) return `accepted, without effect: ${noEffect}`;
  return refused === undefined ? (help ?? "") : `refused: ${refused}`;
}
