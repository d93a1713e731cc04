import { explainBytes, formatExplanation } from "../../index.ts";
import type { Arguments } from "../arguments.ts";
import { readInput } from "../curl/content.ts";
import { CommandError, EXIT, UsageError } from "../exit-codes.ts";
import { bytesOfHex, isSurelyHex } from "../hex.ts";
import { crlf } from "../line-ends.ts";
import { colourOn, say, stdinIsTerminal, stdoutIsTerminal, writeOut } from "../output.ts";

/** Every byte of the messages in a file, with its rule; exit code 8 where one is broken. */
export async function explain(args: Arguments<"explain">): Promise<number> {
  const [file = "-"] = args.positionals;
  const message = args.choice("role", ["request", "response"]);
  const method = args.value("method");
  const typed = file === "-" && stdinIsTerminal();
  if (typed) say("reading a request or response from the keyboard; Ctrl-D ends it");
  const bytes = bytesOf(readInput(file), { hex: args.has("hex"), typed });
  if (bytes.length === 0)
    throw new CommandError(EXIT.read, "there is nothing to explain: the input is empty");
  const explanation = explainBytes(bytes, {
    reveal: args.has("reveal"),
    ...(message !== undefined && { message }),
    ...(method !== undefined && { method: methodOf(method, message) }),
  });
  const lines = formatExplanation(explanation, { colour: colourOn(stdoutIsTerminal()) });
  await writeOut(`${lines.join("\n")}\n`);
  return explanation.error === undefined ? EXIT.ok : EXIT.notUnderstood;
}

/** Of the request that a response answers. */
function methodOf(method: string, message: "request" | "response" | undefined): string {
  if (message === "request") throw new UsageError("--method is of the request that a response answers");
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(method)) throw new UsageError("--method wants a method, like HEAD");
  return method;
}

/** As hex, if that was said or there is no doubt; else as it is. From a keyboard, Enter is the CRLF of HTTP. */
function bytesOf(input: Buffer, { hex, typed }: { hex: boolean; typed: boolean }): Uint8Array {
  const text = input.toString("latin1");
  if (hex || isSurelyHex(text)) {
    const bytes = bytesOfHex(text);
    if (bytes === undefined)
      throw new CommandError(EXIT.read, "this is no hex: digits, 47:45, or what xxd and hexdump -C print");
    return bytes;
  }
  return typed ? crlf(input) : input;
}
