import { UnknownOption, UsageError } from "./exit-codes.ts";
import { COMMANDS, type CommandName, type CommandSpec, type OptionName, type OptionSpec } from "./options.ts";

/** One option as it was given. For some options their order counts (-d, --data-binary). */
export interface GivenOption<Name extends string = string> {
  readonly name: Name;
  readonly value: string;
}

/** A command line that was read. */
export class Arguments<Command extends CommandName> {
  readonly command: Command;
  readonly positionals: readonly string[];
  readonly given: readonly GivenOption<OptionName<Command>>[];
  /** The command line behind `--`, of a command that takes one; otherwise empty. */
  readonly program: readonly string[];

  constructor(
    command: Command,
    positionals: readonly string[],
    given: readonly GivenOption<OptionName<Command>>[],
    program: readonly string[] = [],
  ) {
    this.command = command;
    this.positionals = positionals;
    this.given = given;
    this.program = program;
  }

  has(name: OptionName<Command>): boolean {
    return this.given.some((option) => option.name === name);
  }

  /** The value. If the option was given several times: its last value. */
  value(name: OptionName<Command>): string | undefined {
    return this.given.findLast((option) => option.name === name)?.value;
  }

  values(name: OptionName<Command>): string[] {
    return this.given.filter((option) => option.name === name).map(({ value }) => value);
  }

  /** A whole number from `least` to `most`. */
  integer(name: OptionName<Command>, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : integerIn(`--${name}`, value, least, most);
  }

  /** Seconds, with decimals, as milliseconds. */
  milliseconds(name: OptionName<Command>): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const seconds = /^(\d+\.?\d*|\.\d+)$/.test(value) ? Number(value) : Number.NaN;
    if (!(seconds * 1000 <= MAX_TIMER_MS)) throw new UsageError(`--${name} wants seconds, not "${value}"`);
    return Math.ceil(seconds * 1000);
  }

  choice<Choice extends string>(name: OptionName<Command>, choices: readonly Choice[]): Choice | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    if (found === undefined)
      throw new UsageError(`--${name} is one of ${choices.join(", ")}, not "${value}"`);
    return found;
  }
}

/** `setTimeout` fires at once for anything longer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function integerIn(what: string, value: string, least: number, most: number): number {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  throw new UsageError(`${what} is a whole number ${range}, not "${value}"`);
}

/**
 * Reads what follows the command's name, as getopt does: `-sS`, `-XPOST`, `-X POST`, `--request=POST`, options and
 * arguments in any order. After `--`: only arguments, or the command line of another program.
 *
 * Not `parseArgs` of `node:util`: it has no aliases, and loading it would slow down every start.
 *
 * @throws {UsageError}
 */
export function parseArguments<Command extends CommandName>(
  command: Command,
  words: readonly string[],
): Arguments<Command> {
  const spec: CommandSpec = COMMANDS[command];
  const positionals: string[] = [];
  const given: GivenOption[] = [];
  const program: string[] = [];
  const rest = [...words];

  const take = (shown: string, name: string, attached: string | undefined) => {
    const { value: placeholder, optionalValue } = spec.options[name] as OptionSpec;
    if (placeholder === undefined) {
      if (attached !== undefined && optionalValue !== undefined && attached !== optionalValue)
        throw new UsageError(`${shown} takes no value, or ${optionalValue}, not "${attached}"`);
      if (attached !== undefined && optionalValue === undefined)
        throw new UsageError(`${shown} takes no value`);
      given.push({ name, value: attached ?? "" });
      return;
    }
    const value = attached ?? rest.shift();
    if (value === undefined) throw new UsageError(`${shown} wants a value: ${placeholder}`);
    given.push({ name, value });
  };

  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") (spec.takesProgram ? program : positionals).push(...rest.splice(0));
    else if (word.startsWith("--")) {
      const equals = word.indexOf("=");
      const shown = equals === -1 ? word : word.slice(0, equals);
      const attached = equals === -1 ? undefined : word.slice(equals + 1);
      take(shown, longOption(command, spec, shown), attached);
    } else if (word.startsWith("-") && word.length > 1) {
      for (let at = 1; at < word.length; at++) {
        const letter = word[at] as string;
        const name = shortOption(command, spec, letter);
        if (spec.options[name]?.value === undefined) take(`-${letter}`, name, undefined);
        else {
          take(`-${letter}`, name, word.slice(at + 1) || undefined);
          break;
        }
      }
    } else positionals.push(word);
  }
  const asksForHelp = given.some(({ name }) => name === "help");
  const extra = positionals[spec.maxPositionals];
  if (extra !== undefined && !asksForHelp) throw new UsageError(`one argument too many: "${extra}"`);
  return new Arguments(command, positionals, given as GivenOption<OptionName<Command>>[], program);
}

function longOption(command: CommandName, spec: CommandSpec, shown: string): string {
  const wanted = shown.slice(2);
  for (const [name, { aliases = [] }] of Object.entries(spec.options)) {
    if (name === wanted || aliases.includes(wanted)) return name;
  }
  throw new UnknownOption(command, shown);
}

function shortOption(command: CommandName, spec: CommandSpec, letter: string): string {
  for (const [name, { short }] of Object.entries(spec.options)) if (short === letter) return name;
  if (letter === "h") return "help";
  throw new UnknownOption(command, `-${letter}`);
}
