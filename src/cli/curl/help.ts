import { COMMANDS } from "../options.ts";
import { CURL_OPTIONS, type CurlOption } from "./table.ts";

/** The options of `wirepane http`: all of them, or those of one category. */
export function helpText(topic = "all"): string {
  const { summary, usage, examples } = COMMANDS.http;
  const rows = Object.entries<CurlOption>(CURL_OPTIONS)
    .filter(([, { group }]) => topic === "all" || group === topic)
    .map(([name, option]) => [leftOf(name, option), rightOf(option)] as const);
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return [
    `wirepane http: ${summary}`,
    "",
    `usage: wirepane http [OPTION…] ${usage}`,
    "",
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    "",
    "examples:",
    ...examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
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
