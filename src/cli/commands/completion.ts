import type { Arguments } from "../arguments.ts";
import { completedCommands } from "../completion/words.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { writeOut } from "../output.ts";

const SHELLS = {
  bash: async () => (await import("../completion/bash.ts")).bashCompletion,
  zsh: async () => (await import("../completion/zsh.ts")).zshCompletion,
  fish: async () => (await import("../completion/fish.ts")).fishCompletion,
};

/** Prints the completion script of a shell. */
export async function completion(args: Arguments<"completion">): Promise<number> {
  const [shell = ""] = args.positionals;
  if (!isShell(shell)) throw new UsageError("completion wants a shell: bash, zsh or fish");
  const script = await SHELLS[shell]();
  await writeOut(script(completedCommands()));
  return EXIT.ok;
}

const isShell = (word: string): word is keyof typeof SHELLS => Object.hasOwn(SHELLS, word);
