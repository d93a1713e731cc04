import type { TraceRecord } from "../index.ts";
import { EXIT } from "./exit-codes.ts";
import type { Observer } from "./observers.ts";
import { colourOn, columnsOf, OutputClosed, say, stderrIsTerminal } from "./output.ts";
import { RecordFile } from "./record-file.ts";

/** The part of a command line that is about watching. */
interface TraceOptions {
  has(name: "timeline" | "explain" | "reveal"): boolean;
  value(name: "record" | "explain"): string | undefined;
}

/** What --timeline, --explain and --record of a command ask for. */
export interface Tracing {
  readonly on: boolean;
  /** The observer of one end of one connection. `undefined`: nobody watches. */
  observe(role: "client" | "server"): Observer | undefined;
  /** Shows and writes everything that still waits. */
  finish(): Promise<void>;
}

const OFF: Tracing = { on: false, observe: () => undefined, finish: async () => {} };

/** Records are passed on at the end of each turn, so the recorder itself keeps little. */
const KEPT_BYTES = 64 * 1024;

/** Takes records and shows or writes them. */
interface Sink {
  add(record: TraceRecord): void;
  /** A turn of the event loop is over: the grammar has read the bytes of this turn. */
  flush(): void;
  end?(): void;
}

/** @param watch gets each record as it is made, and shows the records instead of this function. */
export async function startTracing(
  options: TraceOptions,
  watch?: (record: TraceRecord) => void,
): Promise<Tracing> {
  const path = options.value("record");
  const shown = options.has("timeline") || options.has("explain");
  if (!shown && path === undefined && watch === undefined) return OFF;

  const file = path === undefined ? undefined : await RecordFile.open(path);
  const { recordTrace, Redactor, TimelineWriter, toNdjson } = await import("../trace.ts");
  // The redactor has masked the secrets before.
  const format = { reveal: true, colour: colourOn(stderrIsTerminal()) };
  const sinks: Sink[] = [];
  if (watch === undefined) {
    if (options.has("timeline")) sinks.push(guarded("--timeline", new TimelineWriter(say, format)));
    if (options.has("explain")) sinks.push(guarded("--explain", await explanation(options)));
  }
  if (file !== undefined) sinks.push(guarded("--record", linesOf(file, toNdjson)));

  const pass = (record: TraceRecord) => {
    for (const sink of sinks) sink.add(record);
  };
  const redactor = options.has("reveal") ? undefined : new Redactor(pass);
  const redacting = redactor && guarded("masking secrets", redactor);
  let flushing = false;
  function flush(): void {
    flushing = false;
    redacting?.flush();
    for (const sink of sinks) sink.flush();
  }
  function end(): void {
    flush();
    for (const sink of sinks.splice(0)) sink.end?.();
  }

  const recorder = recordTrace({
    maxBytes: KEPT_BYTES,
    onRecord: (record) => {
      watch?.(record);
      if (redacting === undefined) pass(record);
      else redacting.add(record);
      if (!flushing) setImmediate(flush);
      flushing = true;
    },
  });
  atEveryExit(() => {
    end();
    file?.writtenNow();
  });

  return {
    on: true,
    observe: (role) => recorder.observe(role),
    async finish() {
      // The records of this turn may not be passed on yet.
      await new Promise((resolve) => setImmediate(resolve));
      end();
      await file?.written();
      // A line said so when it happened: end without another one.
      if (file?.failed) throw new OutputClosed(EXIT.write, "the recording is not complete");
    },
  };
}

/** Loads the sentences only where somebody wants to read them. */
async function explanation(options: TraceOptions): Promise<Sink> {
  const { ExplanationWriter } = await import("../trace.ts");
  return new ExplanationWriter((lines) => say(lines.join("\n")), {
    ...explanationFormat(options),
    // The redactor has masked the secrets before.
    reveal: true,
    colour: colourOn(stderrIsTerminal()),
    columns: columnsOf("stderr"),
  });
}

/** How --explain is to look. */
export const explanationFormat = (options: Pick<TraceOptions, "value">) => ({
  everyByte: options.value("explain") === "every-byte",
  unfold: "--explain=every-byte shows them",
  now: Date.now,
});

/** Records as lines of a file, written once a turn. */
function linesOf(file: RecordFile, toLine: (record: TraceRecord) => string): Sink {
  let lines = "";
  return {
    add(record) {
      lines += `${toLine(record)}\n`;
    },
    flush() {
      file.write(lines);
      lines = "";
    },
  };
}

/** A mistake of ours in a sink stops that sink, with a line that says so. The command itself goes on. */
function guarded<Kind extends Sink>(name: string, sink: Kind): Sink {
  let broken = false;
  const guard = (action: () => void) => {
    if (broken) return;
    try {
      action();
    } catch (error) {
      broken = true;
      const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      say(`${name} stops here, all else goes on: ${JSON.stringify(what)} (a mistake of ours)`);
      if (process.env.WIREPANE_DEBUG && error instanceof Error) say(error.stack ?? "");
    }
  };
  return {
    add: (record) => guard(() => sink.add(record)),
    flush: () => guard(() => sink.flush()),
    end: () => guard(() => sink.end?.()),
  };
}

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT"] as const;

/** Calls `last` before the process ends, unless the end cannot be caught (SIGKILL, a crash of Node). */
function atEveryExit(last: () => void): void {
  process.once("exit", last);
  for (const name of SIGNALS) {
    const onSignal = () => {
      // Another listener decides when the process ends.
      if (process.listenerCount(name) > 1) return;
      process.removeListener(name, onSignal);
      process.removeListener("exit", last);
      last();
      process.kill(process.pid, name);
    };
    process.on(name, onSignal);
  }
}
