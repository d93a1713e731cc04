import { ConversationNumbers, Ladder, ladderSvg } from "../../trace.ts";
import { type Arguments, integerIn } from "../arguments.ts";
import { CommandError, EXIT, UsageError } from "../exit-codes.ts";
import { writeOut } from "../output.ts";
import { maskedUnless, recordsIn } from "./input.ts";

/** Prints the ladder of one conversation as SVG. Secrets are masked unless --reveal. */
export async function picture(args: Arguments<"trace">, path: string): Promise<number> {
  if (path === "-") throw new UsageError("--svg reads a recording twice: give it a FILE, not stdin");
  const numbers = new ConversationNumbers();
  for await (const records of recordsIn(path)) for (const record of records) numbers.add(record);
  const wanted = integerIn("--conversation", args.value("conversation") ?? "1", 1, Number.MAX_SAFE_INTEGER);
  const { all } = numbers;
  if (!all.includes(wanted))
    throw new CommandError(EXIT.read, `${path} has ${all.length} conversations, and no number ${wanted}`);
  const ladder = new Ladder();
  const masking = maskedUnless(args.has("reveal"), (record) => ladder.add(record));
  for await (const records of recordsIn(path))
    for (const record of records) if (numbers.of(record.connection) === wanted) masking.add(record);
  masking.end();
  await writeOut(
    ladderSvg(ladder, { title: `conversation ${wanted}: what each end wrote and read, in time` }),
  );
  return EXIT.ok;
}
