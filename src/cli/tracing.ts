import { closeSync, openSync } from "node:fs";
import type { Recorder, TraceRecord } from "../index.ts";
import { CommandError, EXIT, fileProblem } from "./exit-codes.ts";
import type { Observer } from "./observers.ts";
import { colourOn, say, stderrIsTerminal, writeOut } from "./output.ts";

/** The part of a command line that is about tracing. */
interface TraceOptions {
  has(name: "trace" | "explain" | "reveal"): boolean;
  value(name: "trace-out"): string | undefined;
}

/** What --trace, --explain and --trace-out of a command have to do. */
export interface Tracing {
  readonly on: boolean;
  readonly records: readonly TraceRecord[];
  /** For one end of one connection; `undefined` where nobody watches. */
  observe(role: "client" | "server"): Observer | undefined;
  /** Shows and writes what is left. */
  finish(): Promise<void>;
}

const OFF: Tracing = { on: false, records: [], observe: () => undefined, finish: async () => {} };

/** `watch` wants each record as it is made, whatever the options say. */
export async function startTracing(
  options: TraceOptions,
  watch?: (record: TraceRecord) => void,
): Promise<Tracing> {
  const file = options.value("trace-out");
  const shown = options.has("trace") || options.has("explain");
  if (!shown && file === undefined && watch === undefined) return OFF;

  const descriptor = file === undefined ? undefined : openForWriting(file);
  const { explainRecords, formatExplanation, recordTrace, redact, TimelineWriter, toNdjson } = await import(
    "../index.ts"
  );
  const reveal = options.has("reveal");
  const format = { reveal, colour: colourOn(stderrIsTerminal()) };
  const timeline = options.has("trace") && watch === undefined ? new TimelineWriter(say, format) : undefined;
  const explained = new Set<number>();
  let flushing = false;

  const recorder: Recorder = recordTrace({
    onRecord: (record) => {
      watch?.(record);
      timeline?.add(record);
      // What was read is understood by the end of this turn of the event loop.
      if (!flushing) setImmediate(flush);
      flushing = true;
      if (record.type === "connection" && record.event.kind === "closed")
        setImmediate(explain, record.connection);
    },
  });

  function flush(): void {
    flushing = false;
    timeline?.flush();
  }

  function explain(connection: number): void {
    if (!options.has("explain") || explained.has(connection)) return;
    explained.add(connection);
    const records = recorder.records.filter((record) => record.connection === connection);
    for (const explanation of explainRecords(records, format)) {
      for (const line of formatExplanation(explanation, format)) say(line);
    }
  }

  return {
    on: true,
    get records() {
      return recorder.records;
    },
    observe: (role) => recorder.observe(role),
    async finish() {
      // What has just happened may not be told yet.
      await new Promise((resolve) => setImmediate(resolve));
      flush();
      for (const { connection } of recorder.records) explain(connection);
      if (recorder.dropped > 0)
        say(`trace: the first ${recorder.dropped} records were dropped, to stay within memory`);
      if (descriptor === undefined) return;
      const records = reveal ? recorder.records : redact(recorder.records);
      await writeOut(records.map((record) => `${toNdjson(record)}\n`).join(""), descriptor);
      closeSync(descriptor);
    },
  };
}

/** At once, so that a file that cannot be written is known before anything is sent. */
function openForWriting(file: string): number {
  try {
    return openSync(file, "w");
  } catch (error) {
    throw new CommandError(EXIT.write, `cannot write to ${file}: ${fileProblem(error)}`);
  }
}
