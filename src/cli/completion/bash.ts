import type { CompletedCommand } from "./words.ts";

/** The completion script for bash. A word that is no command and no option is completed as a file. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, options }) => `    ${name}) words='${dashed(options)}' ;;`);
  return `# bash completion for wirepane:  source <(wirepane completion bash)
_wirepane() {
  local current=\${COMP_WORDS[COMP_CWORD]} words=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words='${commands.map(({ name }) => name).join(" ")}'
  elif [[ $current == -* ]]; then
    case \${COMP_WORDS[1]} in
${cases.join("\n")}
    esac
  fi
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
}
complete -o default -F _wirepane wirepane
`;
}

const dashed = (options: CompletedCommand["options"]): string =>
  options
    .flatMap(({ name, short }) => [...(short === undefined ? [] : [`-${short}`]), `--${name}`])
    .filter((word) => !/['\s"$\\`]/.test(word))
    .join(" ");
