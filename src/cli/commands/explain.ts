import { explainTree, formatTree } from "../../trace.ts";
import type { Arguments } from "../arguments.ts";
import { readInput } from "../curl/content.ts";
import { CommandError, EXIT, UsageError } from "../exit-codes.ts";
import { bytesOfHex, isSurelyHex } from "../hex.ts";
import { crlf } from "../line-ends.ts";
import { colourOn, say, stdinIsTerminal, stdoutIsTerminal, writeOut } from "../output.ts";
import { terminalShape } from "../terminal-shape.ts";

const MAX_INPUT_BYTES = 64 * 1024 * 1024;

/** Every byte of the messages in a file, with its rule. The exit code is 8 if a rule is broken. */
export async function explain(args: Arguments<"explain">): Promise<number> {
  const [file = "-"] = args.positionals;
  const message = args.choice("role", ["request", "response"]);
  const method = args.value("method");
  const typed = file === "-" && stdinIsTerminal();
  if (typed) say("reading a request or response from the keyboard; Ctrl-D ends it");
  const bytes = bytesOf(readInput(file, MAX_INPUT_BYTES), { hex: args.has("hex"), typed });
  if (bytes.length === 0)
    throw new CommandError(EXIT.read, "there is nothing to explain: the input is empty");
  const tree = explainTree(bytes, {
    everyByte: args.has("every-byte"),
    nowMs: Date.now(),
    reveal: args.has("reveal"),
    ...(message !== undefined && { message }),
    ...(method !== undefined && { method: methodOf(method, message) }),
  });
  const { width, ascii } = terminalShape("stdout");
  const lines = formatTree(tree, {
    colour: colourOn(stdoutIsTerminal()),
    columns: width,
    ascii,
    unfold: "--every-byte shows them",
  });
  await writeOut(`${lines.join("\n")}\n`);
  return tree.error === undefined ? EXIT.ok : EXIT.notUnderstood;
}

/** Checks --method, which only a response needs. */
function methodOf(method: string, message: "request" | "response" | undefined): string {
  if (message === "request")
    throw new UsageError("--method is for a response: it names the method that the response answers");
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(method)) throw new UsageError("--method wants a method, like HEAD");
  return method;
}

/** Reads the input as hex if --hex says so or the text is surely hex, else as plain bytes. A typed line ends with CRLF. */
function bytesOf(input: Buffer, { hex, typed }: { hex: boolean; typed: boolean }): Uint8Array {
  const text = input.toString("latin1");
  if (hex || isSurelyHex(text)) {
    const bytes = bytesOfHex(text);
    if (bytes === undefined)
      throw new CommandError(
        EXIT.read,
        "this is not hex: digits, 47:45, 0x47, or what xxd, hexdump and od -tx1 print",
      );
    return bytes;
  }
  return typed ? crlf(input) : input;
}
