import type { Arguments } from "../arguments.ts";
import { readInput } from "../curl/content.ts";
import { CommandError, EXIT } from "../exit-codes.ts";

export async function explain(args: Arguments<"explain">): Promise<number> {
  readInput(args.positionals[0] ?? "-");
  throw new CommandError(EXIT.internal, "explain is not there yet");
}
