import {
  type ReplayedExchange,
  type ReplayOptions,
  replayScript,
  type Script,
  ScriptReader,
} from "../../testing.ts";
import { printable, Redactor, redactLine, type TraceRecord } from "../../trace.ts";
import type { Arguments } from "../arguments.ts";
import { authorities } from "../certificates.ts";
import { CommandError, EXIT, UsageError } from "../exit-codes.ts";
import { interruptSignal } from "../interrupt.ts";
import { say, writeOut } from "../output.ts";
import { CODE_FORMS, printAsCode } from "../replay/as-code.ts";
import { fieldsOf } from "../replay/fields.ts";
import { sayBefore } from "../replay/notes.ts";
import { Stepwise } from "../replay/stepwise.ts";
import { recordsIn } from "../trace/input.ts";
import { startTracing } from "../tracing.ts";

/** Sends the client's side of a recording again, and compares what comes back. 99: something differs. */
export async function replay(args: Arguments<"replay">): Promise<number> {
  const [path, server] = args.positionals;
  if (path === undefined) throw new UsageError("replay wants a FILE, the recording");
  const options = optionsOf(args, server);
  const form = args.choice("as", CODE_FORMS);
  const script = await scriptOf(path, form !== undefined && !args.has("reveal"));
  sayBefore(script, options, path);
  if (form !== undefined) {
    await printAsCode(form, script, options);
    return EXIT.ok;
  }
  const stepwise = args.value("timing") === "step" ? new Stepwise(args.has("reveal")) : undefined;
  const signal =
    stepwise === undefined ? interruptSignal() : AbortSignal.any([interruptSignal(), stepwise.signal]);
  const tracing = await startTracing(args, { foreign: true });
  const lines: string[] = [];
  const printLines = async () => {
    if (lines.length > 0) await writeOut(`${lines.splice(0).join("\n")}\n`);
  };
  try {
    const { same, failures, exchanges } = await replayScript(script, {
      ...options,
      signal,
      observe: () => tracing.observe("client"),
      onExchange(exchange) {
        for (const line of linesOf(exchange, args.has("reveal"))) lines.push(line);
      },
      ...(stepwise && { beforeSending: (step) => stepwise.ask(step) }),
    });
    await tracing.closed();
    await printLines();
    say(summary(exchanges));
    if (failures[0] !== undefined) throw failures[0];
    return same ? EXIT.ok : EXIT.replayDiffers;
  } catch (error) {
    // What was compared before Ctrl-C.
    await printLines();
    throw error;
  } finally {
    await tracing.finish();
  }
}

/** @param masked the secrets of the recording are masked first. */
async function scriptOf(path: string, masked: boolean): Promise<Script> {
  const reader = new ScriptReader();
  const take = (record: TraceRecord) => reader.add(record);
  const redactor = masked ? new Redactor(take) : undefined;
  try {
    for await (const records of recordsIn(path)) {
      for (const record of records)
        if (redactor === undefined) take(record);
        else redactor.add(record);
      redactor?.flush();
    }
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(EXIT.read, `${path}: ${error.message}`);
    throw error;
  }
  return reader.end();
}

function optionsOf(args: Arguments<"replay">, server: string | undefined): ReplayOptions {
  const ca = args.value("cacert");
  const tls = { insecure: args.has("insecure"), ...(ca !== undefined && { ca: authorities(ca) }) };
  const timing = args.choice("timing", ["fast", "recorded", "step"]);
  const host = args.value("host");
  const silenceMs = args.milliseconds("idle");
  return {
    tls,
    ...(server !== undefined && { target: server }),
    ...(timing === "recorded" && { timing }),
    ...(host !== undefined && { host }),
    ...(silenceMs !== undefined && { silenceMs }),
    fields: fieldsOf(args.values("header")),
    ignore: args.values("ignore").flatMap((names) => names.split(",").map((name) => name.trim())),
    strict: args.has("strict"),
    reveal: args.has("reveal"),
  };
}

/** `#1  GET /hello  200  same`, and a line for each difference. Text from elsewhere is escaped. */
function linesOf(
  { conversation, name, status, differences, notCompared }: ReplayedExchange,
  reveal: boolean,
): string[] {
  const result =
    notCompared !== undefined
      ? `not compared: ${notCompared}`
      : differences.length === 0
        ? "same"
        : "differs";
  const shown = reveal ? name : redactLine(name);
  const parts = [`#${conversation}`, shown, ...(status === undefined ? [] : [String(status)]), result];
  return [parts.join("  "), ...differences.map((line) => `    ${line}`)].map(printable);
}

function summary(exchanges: readonly ReplayedExchange[]): string {
  const skipped = exchanges.filter(({ notCompared }) => notCompared !== undefined).length;
  const differ = exchanges.filter(({ differences }) => differences.length > 0).length;
  const same = exchanges.length - skipped - differ;
  const parts = [`${same} the same`, `${differ} ${differ === 1 ? "differs" : "differ"}`];
  if (skipped > 0) parts.push(`${skipped} not compared`);
  return parts.join(", ");
}
