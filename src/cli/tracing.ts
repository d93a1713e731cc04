import type { TimelineOptions, TraceRecord } from "../trace.ts";
import { EXIT, UsageError } from "./exit-codes.ts";
import { openLivePage, type PageDesk } from "./live-page.ts";
import type { Observer } from "./observers.ts";
import { colourOn, OutputClosed, say, stderrIsTerminal } from "./output.ts";
import { limitOf, openRecording, type Sink } from "./recording.ts";
import { terminalShape } from "./terminal-shape.ts";

/** The part of a command line that is about watching. */
interface TraceOptions {
  has(name: "timeline" | "explain" | "reveal" | "open"): boolean;
  value(name: "record" | "record-limit" | "explain"): string | undefined;
}

/** What --timeline, --explain and --record of a command ask for. */
export interface Tracing {
  readonly on: boolean;
  /** The observer of one end of one connection. `undefined`: nobody watches. */
  observe(role: "client" | "server"): Observer | undefined;
  /** Resolves when every connection that is observed has closed, or after half a second. */
  closed(): Promise<void>;
  /** Shows and writes everything that still waits. */
  finish(): Promise<void>;
}

const OFF: Tracing = {
  on: false,
  observe: () => undefined,
  closed: async () => {},
  finish: async () => {},
};

/** Records are passed on at the end of each turn, so the recorder itself keeps little. */
const KEPT_BYTES = 64 * 1024;

/** How long the last line of a connection is awaited: a peer may keep its direction open. */
const CLOSING_MS = 500;
/** How late a record of a worker may be, and still stand in the order of time. */
const LATE_MS = 50;

const nowNs = (): number => Number(process.hrtime.bigint());

/** What a command adds to what its options ask for. */
interface TracingExtras {
  /** Gets each record as it is made, and shows the records instead of this function. */
  readonly watch?: (record: TraceRecord) => void;
  /** Records of workers come late: they are shown in the order of time, a moment later. `false` by default. */
  readonly late?: boolean;
  /** Gets the records when their secrets are masked. */
  readonly page?: Sink;
  /** The programs are not ours: the grammar of HTTP reads their bytes. `false` by default. */
  readonly foreign?: boolean;
  /** What the page of --open may do. It only looks by default. */
  readonly desk?: PageDesk | undefined;
  /** Show the timeline if the command line asks for nothing. `false` by default. */
  readonly timeline?: boolean;
}

export async function startTracing(
  options: TraceOptions,
  { watch, late = false, page, foreign = false, timeline = false, desk }: TracingExtras = {},
): Promise<Tracing> {
  const path = options.value("record");
  const limit = limitOf(options.value("record-limit"));
  if (limit !== undefined && path === undefined)
    throw new UsageError("--record-limit is a limit for --record FILE");
  const opens = page === undefined && options.has("open");
  const asked = options.has("timeline") || options.has("explain") || opens || path !== undefined;
  const showsTimeline = options.has("timeline") || (timeline && !asked);
  const shown = showsTimeline || options.has("explain");
  if (!shown && !opens && path === undefined && watch === undefined && page === undefined) return OFF;

  const recording = path === undefined ? undefined : await openRecording(path, limit);
  const { formatWaterfall, GrammarReader, recordTrace, Redactor, TimelineWriter, TimeOrder, Waterfall } =
    await import("../trace.ts");
  // The redactor has masked the secrets before.
  const format = { reveal: true, colour: colourOn(stderrIsTerminal()), ...terminalShape("stderr") };
  const sinks: Sink[] = [];
  if (watch === undefined) {
    if (showsTimeline)
      sinks.push(guarded("--timeline", timelineOn({ formatWaterfall, TimelineWriter, Waterfall }, format)));
    if (options.has("explain")) sinks.push(guarded("--explain", await explanation(options)));
  }
  if (recording !== undefined) sinks.push(guarded("--record", await recording.sink(Date.now())));
  const file = recording?.file;
  const live = opens ? await openLivePage(desk) : undefined;
  if (live !== undefined) sinks.push(guarded("--open", live));
  if (page !== undefined) sinks.push(guarded("the page", page));

  const pass = (record: TraceRecord) => {
    for (const sink of sinks) sink.add(record);
  };
  const redactor = options.has("reveal") ? undefined : new Redactor(pass);
  const redacting = redactor && guarded("masking secrets", redactor);
  const mask = (record: TraceRecord) => (redacting === undefined ? pass(record) : redacting.add(record));
  const grammar = foreign ? new GrammarReader(mask) : undefined;
  const take = (record: TraceRecord) => (grammar === undefined ? mask(record) : grammar.add(record));
  const order = late ? new TimeOrder(take) : undefined;
  const beganNs = nowNs();
  let waits: "no" | "for workers" | "for the end of this turn" = "no";
  function flush(upTo?: number): void {
    waits = "no";
    order?.flush(upTo);
    redacting?.flush();
    for (const sink of sinks) sink.flush();
    if (order?.isEmpty === false) flushSoon();
  }
  function flushSoon(): void {
    if (order === undefined || order.isFull) {
      if (waits !== "for the end of this turn") setImmediate(() => flush());
      waits = "for the end of this turn";
    } else if (waits === "no") {
      // The immediate comes behind the messages of workers that are here by then.
      const flushOld = () => flush(nowNs() - beganNs - LATE_MS * 1e6);
      setTimeout(() => setImmediate(flushOld), LATE_MS).unref();
      waits = "for workers";
    }
  }
  function end(): void {
    flush();
    for (const sink of sinks.splice(0)) sink.end?.();
  }

  const open = new Set<number>();
  let allClosed = (): void => {};
  function noteOpen(record: TraceRecord): void {
    if (record.type !== "connection") return;
    const { connection, event } = record;
    const { kind } = event;
    if (kind === "connected" || kind === "accepted") open.add(connection);
    if (kind === "closed" && open.delete(connection) && open.size === 0) allClosed();
  }

  const recorder = recordTrace({
    maxBytes: KEPT_BYTES,
    onRecord: (record) => {
      noteOpen(record);
      watch?.(record);
      if (order === undefined) take(record);
      else order.add(record);
      flushSoon();
    },
  });
  atEveryExit(() => {
    end();
    file?.writtenNow();
  });

  return {
    on: true,
    observe: (role) => recorder.observe(role),
    closed: () =>
      new Promise((resolve) => {
        if (open.size === 0) return resolve();
        const timer = setTimeout(resolve, CLOSING_MS);
        allClosed = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    async finish() {
      // The records of this turn may not be passed on yet.
      await new Promise((resolve) => setImmediate(resolve));
      end();
      await file?.written();
      await live?.looked();
      // A line said so when it happened: end without another one.
      if (file?.failed) throw new OutputClosed(EXIT.write, "the recording is not complete");
    },
  };
}

type TimelineParts = Pick<typeof import("../trace.ts"), "formatWaterfall" | "TimelineWriter" | "Waterfall">;

/** The timeline, and at its end a waterfall of what the clients in it asked for. */
function timelineOn(
  { formatWaterfall, TimelineWriter, Waterfall }: TimelineParts,
  format: TimelineOptions,
): Sink {
  const timeline = new TimelineWriter(say, format);
  const waterfall = new Waterfall();
  return {
    add(record) {
      timeline.add(record);
      waterfall.add(record);
    },
    flush: () => timeline.flush(),
    end() {
      const lines = formatWaterfall(waterfall.rows, format);
      if (lines.length > 0) say(`\n${lines.join("\n")}`);
      if (waterfall.dropped > 0) say(`and ${waterfall.dropped} more exchanges`);
    },
  };
}

/** Loads the sentences only where somebody wants to read them. */
async function explanation(options: TraceOptions): Promise<Sink> {
  const { ExplanationWriter } = await import("../trace.ts");
  const { width, ascii } = terminalShape("stderr");
  return new ExplanationWriter((lines) => say(lines.join("\n")), {
    ...explanationFormat(options),
    // The redactor has masked the secrets before.
    reveal: true,
    colour: colourOn(stderrIsTerminal()),
    columns: width,
    ascii,
  });
}

/** How --explain is to look. */
export const explanationFormat = (options: { value(name: "explain"): string | undefined }) => ({
  everyByte: options.value("explain") === "every-byte",
  unfold: "--explain=every-byte shows them",
  now: Date.now,
});

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
