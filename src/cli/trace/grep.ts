import { Filterables, formatFilterable, parseFilter } from "../../trace.ts";
import type { Arguments } from "../arguments.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { writeOut } from "../output.ts";
import { recordsIn } from "./input.ts";

/** Prints a line for each exchange and each TCP conversation that the filter matches. As grep: 1 is none. */
export async function grep(args: Arguments<"trace">, filter: string, path: string): Promise<number> {
  const { matches, error } = parseFilter(filter);
  if (error !== undefined)
    throw new UsageError(
      `"${filter.slice(error.start, error.end)}" at character ${error.start + 1}: ${error.message}`,
    );
  const lines: string[] = [];
  const reveal = args.has("reveal");
  const filterables = new Filterables((item) => {
    if (matches(item)) lines.push(formatFilterable(item, { reveal }));
  });
  let found = false;
  const print = async () => {
    found ||= lines.length > 0;
    if (lines.length > 0) await writeOut(`${lines.splice(0).join("\n")}\n`);
  };
  for await (const records of recordsIn(path)) {
    for (const record of records) filterables.add(record);
    await print();
  }
  filterables.end();
  await print();
  return found ? EXIT.ok : EXIT.none;
}
