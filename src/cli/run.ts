import type { Arguments } from "./arguments.ts";
import { parseArguments } from "./arguments.ts";
import { EXIT, UsageError } from "./exit-codes.ts";
import { nearest } from "./nearest.ts";
import { COMMANDS, type CommandName, isCommand } from "./options.ts";
import { chooseColour, stdoutIsTerminal, writeOut } from "./output.ts";
import { report } from "./report.ts";

/** What a command gives back is the exit code; what it throws becomes the one error line. */
type Command<Name extends CommandName> = (args: Arguments<Name>) => Promise<number>;

const LOAD: { readonly [Name in CommandName]: () => Promise<Command<Name>> } = {
  demo: async () => (await import("./commands/demo.ts")).demo,
  listen: async () => (await import("./commands/listen.ts")).listen,
  connect: async () => (await import("./commands/connect.ts")).connect,
  http: async () => (await import("./commands/http.ts")).http,
  serve: async () => (await import("./commands/serve.ts")).serve,
  explain: async () => (await import("./commands/explain.ts")).explain,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
};

/** Runs one command line to its end and exits. */
export async function run(words: readonly string[]): Promise<never> {
  // What escapes from a callback is a mistake of ours; it, too, is one line.
  process.on("uncaughtException", async (error) => process.exit(await report(error)));
  // All output is written by now. Whatever is still open (kept connections, stdin) has no say in when we end.
  process.exit(await dispatch(words).catch(report));
}

async function dispatch([first, ...rest]: readonly string[]): Promise<number> {
  if (first === undefined) return stdoutIsTerminal() ? start("demo", []) : help([]);
  if (first === "help") return help(rest);
  if (first === "--help" || first === "-h") return help([]);
  if (isCommand(first)) return start(first, rest);
  if (first.startsWith("-")) {
    // `wirepane --trace` and the like: options come after the command.
    throw new UsageError(`${first}: the command comes first, as in "wirepane http ${first} …"`);
  }
  const near = nearest(first, [...Object.keys(COMMANDS), "help"]);
  throw new UsageError(
    `there is no command "${first}"${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}

async function start<Name extends CommandName>(name: Name, words: readonly string[]): Promise<number> {
  const args = parseArguments(name, words);
  if (args.has("help")) return help([name]);
  chooseColour(args.choice("color", ["auto", "always", "never"]));
  const command = await LOAD[name]();
  return command(args);
}

async function help([name]: readonly string[]): Promise<number> {
  const { commandHelp, generalHelp } = await import("./help.ts");
  if (name === undefined) await writeOut(generalHelp());
  else if (isCommand(name)) await writeOut(commandHelp(name));
  else throw new UsageError(`there is no command "${name}"`);
  return EXIT.ok;
}
