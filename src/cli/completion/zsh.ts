import { quoted } from "./quoted.ts";
import type { CompletedCommand } from "./words.ts";

/** The completion script for zsh: commands and options with what they do, else files. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(
    ({ name, options }) =>
      `    ${name}) options=(${options.map((option) => described(`--${option.name}`, option.help)).join(" ")}) ;;`,
  );
  return `#compdef wirepane
# zsh completion for wirepane:  source <(wirepane completion zsh)
_wirepane() {
  local -a commands options
  if ((CURRENT == 2)); then
    commands=(${commands.map(({ name, summary }) => described(name, summary)).join(" ")})
    _describe command commands
    return
  fi
  if [[ $words[CURRENT] != -* ]]; then
    _files
    return
  fi
  case $words[2] in
${cases.join("\n")}
  esac
  _describe -o option options
}
compdef _wirepane wirepane
`;
}

/** The first colon ends the word. */
const described = (word: string, help: string): string => quoted(`${word}:${help.replaceAll(":", "\\:")}`);
