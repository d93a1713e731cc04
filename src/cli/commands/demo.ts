import type { Arguments } from "../arguments.ts";
import { CommandError, EXIT } from "../exit-codes.ts";

export async function demo(_args: Arguments<"demo">): Promise<number> {
  throw new CommandError(EXIT.internal, "the demo is not there yet");
}
