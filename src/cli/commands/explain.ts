import { explainBytes, formatExplanation } from "../../index.ts";
import type { Arguments } from "../arguments.ts";
import { readInput } from "../curl/content.ts";
import { CommandError, EXIT } from "../exit-codes.ts";
import { crlf } from "../line-ends.ts";
import { colourOn, say, stdinIsTerminal, stdoutIsTerminal, writeOut } from "../output.ts";

/** Every byte of the messages in a file, with its rule; exit code 8 where one is broken. */
export async function explain(args: Arguments<"explain">): Promise<number> {
  const [file = "-"] = args.positionals;
  const message = args.choice("role", ["request", "response"]);
  if (file === "-" && stdinIsTerminal())
    say("reading a request or response from the keyboard; Ctrl-D ends it");
  const typed = file === "-" && stdinIsTerminal();
  const input = readInput(file);
  const bytes = unhexed(typed ? Buffer.from(crlf(input)) : input);
  if (bytes.length === 0)
    throw new CommandError(EXIT.read, "there is nothing to explain: the input is empty");
  const explanation = explainBytes(bytes, {
    reveal: args.has("reveal"),
    ...(message !== undefined && { message }),
  });
  const lines = formatExplanation(explanation, { colour: colourOn(stdoutIsTerminal()) });
  await writeOut(`${lines.join("\n")}\n`);
  return explanation.error === undefined ? EXIT.ok : EXIT.notUnderstood;
}

/** Plain hex (as of `xxd -p`) is taken for what it stands for: no message of HTTP consists of such digits alone. */
function unhexed(bytes: Buffer): Buffer {
  const text = bytes.toString("latin1");
  return /^[\s0-9a-f]+$/i.test(text) ? Buffer.from(text.replace(/\s+/g, ""), "hex") : bytes;
}
