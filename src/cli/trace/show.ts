import { ExplanationWriter, redactText, TimelineWriter, type TraceRecord } from "../../trace.ts";
import type { Arguments } from "../arguments.ts";
import { EXIT } from "../exit-codes.ts";
import { colourOn, stdoutIsTerminal, writeOut } from "../output.ts";
import { terminalShape } from "../terminal-shape.ts";
import { explanationFormat } from "../tracing.ts";
import { recordsIn } from "./input.ts";
import { RecordedWaterfall } from "./waterfall.ts";

/** Shows a recording as --timeline, --explain or as a waterfall, on stdout. */
export async function show(args: Arguments<"trace">, path: string): Promise<number> {
  if (args.has("svg")) return (await import("./picture.ts")).picture(args, path);
  const lines: string[] = [];
  const { width, ascii } = terminalShape("stdout");
  const format = { reveal: args.has("reveal"), colour: colourOn(stdoutIsTerminal()), ascii };
  const writers: { add(record: TraceRecord): void; end(): void }[] = [];
  const one = (line: string) => lines.push(line);
  // One by one: a call has room for some 100,000 arguments, and a hostile recording has more lines.
  const all = (more: readonly string[]) => more.forEach(one);
  if (args.has("explain")) {
    const writer = new ExplanationWriter(all, {
      ...explanationFormat(args),
      ...format,
      columns: width,
    });
    let time = 0;
    writers.push({
      add(record) {
        // The records of one turn have one time.
        if (record.t !== time) writer.flush();
        time = record.t;
        writer.add(record);
      },
      end() {
        writer.flush();
        writer.end();
      },
    });
  }
  if (args.has("waterfall")) {
    const waterfall = new RecordedWaterfall(format.reveal ? (line) => line : redactText);
    writers.push({
      add: (record) => waterfall.add(record),
      end: () => all(waterfall.lines({ width, ascii })),
    });
  }
  if (writers.length === 0) {
    const writer = new TimelineWriter(one, { ...format, width });
    writers.push({ add: (record) => writer.add(record), end: () => writer.flush() });
  }
  const print = async () => {
    if (lines.length > 0) await writeOut(`${lines.splice(0).join("\n")}\n`);
  };
  for await (const records of recordsIn(path)) {
    for (const record of records) for (const writer of writers) writer.add(record);
    await print();
  }
  for (const writer of writers) writer.end();
  await print();
  return EXIT.ok;
}
