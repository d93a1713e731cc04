import type { Arguments } from "../arguments.ts";
import { UsageError } from "../exit-codes.ts";
import { nearest } from "../nearest.ts";
import { diff } from "../trace/diff.ts";
import { grep } from "../trace/grep.ts";
import { save } from "../trace/save.ts";
import { show } from "../trace/show.ts";

/** What is done with recordings, and which arguments it takes. */
const ACTIONS = {
  show: { takes: ["FILE"], run: (args, [file]) => show(args, file) },
  save: { takes: ["IN", "OUT"], run: (args, [from, to]) => save(args, from, to) },
  grep: { takes: ["FILTER", "FILE"], run: (args, [filter, file]) => grep(args, filter, file) },
  diff: { takes: ["A", "B"], run: (args, [a, b]) => diff(args, a, b) },
} as const satisfies Record<string, Action>;

interface Action {
  readonly takes: readonly string[];
  run(args: Arguments<"trace">, given: readonly [string, string]): Promise<number>;
}

/** Reads recordings again: .ndjson, and .har and .pcapng of ours. */
export async function trace(args: Arguments<"trace">): Promise<number> {
  const [name = "", ...given] = args.positionals;
  const action: Action | undefined = Object.hasOwn(ACTIONS, name)
    ? ACTIONS[name as keyof typeof ACTIONS]
    : undefined;
  if (action === undefined) throw new UsageError(unknown(name));
  if (given.length !== action.takes.length)
    throw new UsageError(`trace ${name} takes ${action.takes.join(" and ")}: ${given.length} given`);
  const [first = "", second = ""] = given;
  return await action.run(args, [first, second]);
}

function unknown(name: string): string {
  const names = Object.keys(ACTIONS);
  const near = nearest(name, names);
  if (name === "") return `what is to be done: ${names.join(", ")}?`;
  return `trace has no "${name}": it has ${names.join(", ")}${near === undefined ? "" : `; did you mean ${near}?`}`;
}
