import { COMMANDS, type CommandName, type CommandSpec } from "./options.ts";
import { version } from "./version.ts";

/** The commands, on one screen. */
export function generalHelp(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary] as const);
  return [
    `wirepane ${version()}: TCP and HTTP you can see`,
    "",
    "usage: wirepane COMMAND [OPTION…] [ARGUMENT…]",
    "",
    ...columns(rows),
    "",
    "Without a command: the demo on a terminal, this text in a pipe.",
    `On ${watchable()}: --timeline --explain --record FILE --reveal`,
    "wirepane help COMMAND lists its options; wirepane --version prints the version.",
    "",
  ].join("\n");
}

/** The commands that show what happens, as a list for people. */
function watchable(): string {
  const names = Object.entries(COMMANDS).flatMap(([name, { options }]) =>
    "timeline" in options || name === "http" ? name : [],
  );
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

export function commandHelp(command: CommandName): string {
  const { summary, usage, options, examples }: CommandSpec = COMMANDS[command];
  const rows = Object.entries(options).map(([name, { short, value, optionalValue, help }]) => {
    const letter = short === undefined ? "    " : `-${short}, `;
    const shown = optionalValue === undefined ? "" : `[=${optionalValue}]`;
    return [`${letter}--${name}${value === undefined ? shown : ` ${value}`}`, help] as const;
  });
  return [
    `wirepane ${command}: ${summary}`,
    "",
    `usage: wirepane ${command} [OPTION…] ${usage}`.trimEnd(),
    "",
    ...columns(rows),
    "",
    "examples:",
    ...examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
