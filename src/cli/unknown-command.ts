import { CURL_OPTIONS, type CurlOption } from "./curl/table.ts";
import { separated } from "./endpoint.ts";
import { UnknownOption, UsageError } from "./exit-codes.ts";
import { nearest } from "./nearest.ts";
import { COMMANDS, type CommandName, type CommandSpec } from "./options.ts";
import { unknownOption } from "./unknown-option.ts";

const NAMES = Object.keys(COMMANDS) as CommandName[];
const URL_START = /^https?:\/\//i;

/** What to say of a first word that is no command. */
export function unknownCommand(word: string): UsageError {
  if (/^-./.test(word) && word !== "--") return optionFirst(word);
  // A URL may hold a password, which is not repeated.
  if (URL_START.test(word)) {
    const url = word.includes("@") ? "URL" : word;
    return new UsageError(`a URL comes after the command; did you mean "wirepane http ${url}"?`);
  }
  const endpoint = separated(word);
  if (endpoint !== undefined) {
    return new UsageError(
      `an address comes after the command; did you mean "wirepane http ${word}" or "wirepane connect ${endpoint}"?`,
    );
  }
  const near = nearest(word.toLowerCase(), [...NAMES, "help"]);
  return new UsageError(
    `there is no command "${word}"${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}

/** `wirepane --explain` and the like. */
function optionFirst(word: string): UsageError {
  const option = word.startsWith("--") ? word.replace(/=.*$/s, "") : word.slice(0, 2);
  const command = hasOption("http", option) ? "http" : NAMES.find((name) => hasOption(name, option));
  if (command === undefined) return new UsageError(unknownOption(new UnknownOption("http", option)), "http");
  return new UsageError(`${option}: the command comes first, as in "wirepane ${command} ${option} …"`);
}

function hasOption(command: CommandName, option: string): boolean {
  if (command === "http") return isCurlOption(option);
  const { options }: CommandSpec = COMMANDS[command];
  return Object.entries(options).some(
    ([name, { short, aliases = [] }]) =>
      option === `-${short}` || [name, ...aliases].some((long) => option === `--${long}`),
  );
}

const isCurlOption = (option: string): boolean =>
  Object.entries<CurlOption>(CURL_OPTIONS).some(
    ([name, { short }]) => option === `-${short}` || option === `--${name}`,
  );
