import { CURL_OPTIONS, type CurlOption } from "../curl/table.ts";
import { COMMANDS, type CommandSpec, type OptionSpec } from "../options.ts";

/** A command, as a shell completes it. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
}

export interface CompletedOption {
  /** Without its dashes. */
  readonly name: string;
  readonly short: string | undefined;
  readonly takesValue: boolean;
  readonly help: string;
}

/** Every command with its options, from the tables that the parsers read. Refused options of curl are not offered. */
export function completedCommands(): readonly CompletedCommand[] {
  const ours = Object.entries<CommandSpec>(COMMANDS).map(([name, { summary, options }]) => ({
    name,
    summary,
    options: name === "http" ? curlOptions() : Object.entries(options).map(ofOption),
  }));
  const http = ours.find(({ name }) => name === "http");
  return http === undefined ? ours : [...ours, { ...http, name: "curl" }];
}

const ofOption = ([name, { short, value, help }]: [string, OptionSpec]): CompletedOption => ({
  name,
  short,
  takesValue: value !== undefined,
  help,
});

function curlOptions(): CompletedOption[] {
  return Object.entries<CurlOption>(CURL_OPTIONS)
    .filter(([, { refused, noEffect }]) => refused === undefined && noEffect === undefined)
    .map(([name, { help = "", ...option }]) => ofOption([name, { ...option, help }]));
}
