import { existsSync } from "node:fs";
import type { Arguments } from "./arguments.ts";
import { parseArguments } from "./arguments.ts";
import { EXIT, UnknownOption, UsageError } from "./exit-codes.ts";
import { type CommandName, isCommand } from "./options.ts";
import { chooseColour, stdoutIsTerminal, writeOut } from "./output.ts";
import { report } from "./report.ts";

/** Returns the exit code. An error that it throws becomes the error line. */
type Command<Name extends CommandName> = (args: Arguments<Name>) => Promise<number>;

/** `http` reads its command line by a table of its own. */
const LOAD: { readonly [Name in Exclude<CommandName, "http">]: () => Promise<Command<Name>> } = {
  demo: async () => (await import("./commands/demo.ts")).demo,
  listen: async () => (await import("./commands/listen.ts")).listen,
  connect: async () => (await import("./commands/connect.ts")).connect,
  serve: async () => (await import("./commands/serve.ts")).serve,
  proxy: async () => (await import("./commands/proxy.ts")).proxy,
  watch: async () => (await import("./commands/watch.ts")).watch,
  explain: async () => (await import("./commands/explain.ts")).explain,
  lab: async () => (await import("./commands/lab.ts")).lab,
  trace: async () => (await import("./commands/trace.ts")).trace,
  replay: async () => (await import("./commands/replay.ts")).replay,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  completion: async () => (await import("./commands/completion.ts")).completion,
};

/** Runs one command line to its end and exits. */
export async function run(words: readonly string[]): Promise<never> {
  // An exception that escapes from a callback is a mistake of ours. It is one line, too.
  process.on("uncaughtException", async (error) => process.exit(await report(error)));
  // All output is written by now. Open connections and stdin must not keep the process alive.
  process.exit(await dispatch(words).catch(report));
}

async function dispatch([first, ...rest]: readonly string[]): Promise<number> {
  if (first === undefined) return stdoutIsTerminal() ? start("demo", []) : help([]);
  if (first === "help") return help(rest);
  if (first === "--help" || first === "-h") return help([]);
  if (first === "http" || first === "curl") return curl(rest);
  if (isCommand(first) && first !== "http") return start(first, rest);
  const { unknownCommand } = await import("./unknown-command.ts");
  throw unknownCommand(first);
}

async function curl(words: readonly string[]): Promise<number> {
  try {
    if (words.length === 1 && words[0] === "help") throw new UsageError('"help" comes before the command');
    return await (await import("./curl/command.ts")).curl(words);
  } catch (error) {
    throw await explained(error, "http");
  }
}

async function start<Name extends Exclude<CommandName, "http">>(
  name: Name,
  words: readonly string[],
): Promise<number> {
  try {
    if (words.length === 1 && words[0] === "help" && !isInput(name, "help"))
      throw new UsageError('"help" comes before the command');
    const args = parseArguments(name, words);
    if (args.has("help")) return await help([name]);
    chooseColour(args.choice("color", ["auto", "always", "never"]));
    const command = await LOAD[name]();
    return await command(args);
  } catch (error) {
    throw await explained(error, name);
  }
}

/** An error of the command line names the command whose help tells more. */
async function explained(error: unknown, name: CommandName): Promise<unknown> {
  if (error instanceof UnknownOption) {
    const { unknownOption } = await import("./unknown-option.ts");
    return new UsageError(unknownOption(error), name);
  }
  return error instanceof UsageError ? new UsageError(error.message, name) : error;
}

/** A file or folder that the command is asked to read. */
const isInput = (command: CommandName, path: string): boolean =>
  (command === "explain" || command === "lab" || command === "serve") && existsSync(path);

async function help([name]: readonly string[]): Promise<number> {
  if (name === "http" || name === "curl") {
    const { helpText } = await import("./curl/help.ts");
    await writeOut(helpText("all"));
    return EXIT.ok;
  }
  const { commandHelp, generalHelp } = await import("./help.ts");
  if (name === undefined) await writeOut(generalHelp());
  else if (isCommand(name)) await writeOut(commandHelp(name));
  else throw (await import("./unknown-command.ts")).unknownCommand(name);
  return EXIT.ok;
}
