import { quoted } from "./quoted.ts";
import type { CompletedCommand, CompletedOption } from "./words.ts";

/** The completion script for fish: a line for each command and each option. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, summary, options }) => [
    `complete -c wirepane -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
    ...options.map((option) => optionLine(name, option)),
  ]);
  return `# fish completion for wirepane:  wirepane completion fish | source\n${lines.join("\n")}\n`;
}

function optionLine(command: string, { name, short, takesValue, help }: CompletedOption): string {
  const letter = short === undefined ? "" : ` -s ${quoted(short)}`;
  const condition = quoted(`__fish_seen_subcommand_from ${command}`);
  const value = takesValue ? " -r" : "";
  return `complete -c wirepane -n ${condition} -l ${name}${letter}${value} -d ${quoted(help.replaceAll("\\", "\\\\"))}`;
}
