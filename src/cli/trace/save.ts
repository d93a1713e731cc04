import type { Arguments } from "../arguments.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { OutputClosed } from "../output.ts";
import { limitOf, openRecording } from "../recording.ts";
import { maskedUnless, recordsIn } from "./input.ts";

/** Writes a recording again, in the format that the name of the new file says. Secrets are masked unless --reveal. */
export async function save(args: Arguments<"trace">, from: string, to: string): Promise<number> {
  if (from === to) throw new UsageError("IN and OUT are the same file");
  const limit = limitOf(args.value("record-limit"));
  const input = recordsIn(from);
  // The input is read first: a mistake in its name must not empty the output.
  const first = await input.next();
  const recording = await openRecording(to, limit);
  const sink = await recording.sink(undefined);
  const masking = maskedUnless(args.has("reveal"), (record) => sink.add(record));
  for (let batch = first; batch.done !== true; batch = await input.next()) {
    for (const record of batch.value) masking.add(record);
    sink.flush();
    await recording.file.written();
  }
  masking.end();
  sink.end?.();
  await recording.file.written();
  // A line said so when it happened: end without another one.
  if (recording.file.failed) throw new OutputClosed(EXIT.write, "the recording is not complete");
  return EXIT.ok;
}
