import { isDeepStrictEqual } from "node:util";
import { quote } from "../src/bytes/text.ts";
import { CommandError } from "../src/cli/exit-codes.ts";
import { ProtocolError } from "../src/http1/errors.ts";
import { TransportError } from "../src/tcp/errors.ts";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { COMMANDS } from "./injection/commands.ts";
import { messagesByNode } from "./injection/node-reader.ts";
import { Incomplete, type Message, readMessages } from "./injection/reader.ts";
import { REQUESTS } from "./injection/requests.ts";
import { failure, RESPONSES } from "./injection/responses.ts";
import type { Outcome, Source } from "./injection/source.ts";
import { INNOCENT, TEXTS } from "./injection/texts.ts";

const SOURCES: readonly Source[] = [...REQUESTS, ...COMMANDS, ...RESPONSES];
/** This many examples are enough to see what is wrong. */
const MAX_SHOWN = 20;

export const check: Check = {
  promise: "whatever a string contains, exactly the planned message is sent, or none",
  runs: { quick: SOURCES.length * TEXTS.length, long: SOURCES.length * TEXTS.length },
  run,
};

/** Runs all cells, whatever number is asked for: with fewer cells some source would be left out. */
async function run({ replay, print }: CheckOptions): Promise<CheckResult> {
  const failed = readMessages((await failure()).wire, "response")[0];
  const counts = { cells: 0, sent: 0, refused: 0, leaks: 0 };
  for (const source of SOURCES) {
    const innocent = readMessages((await source.send(INNOCENT)).wire, source.kind)[0];
    if (innocent === undefined) throw new Error(`${source.name}: an innocent text is not sent`);
    for (const text of TEXTS) {
      const cell = counts.cells++;
      if (replay !== undefined && replay !== cell) continue;
      const outcome = await source.send(text);
      const leak = leakOf(source, outcome, { innocent, failed, text });
      if (outcome.error === undefined) counts.sent++;
      else counts.refused++;
      if (leak === undefined && replay === undefined) continue;
      if (leak !== undefined && counts.leaks++ >= MAX_SHOWN) continue;
      print(`cell ${cell}, ${source.name}, ${quote(text)}: ${leak ?? "as planned"}`);
      print(`  ${quote(outcome.wire, 400)} ${outcome.error ?? ""}`);
    }
  }
  const number = (value: number) => value.toLocaleString("en");
  const figures = [
    `${number(counts.cells)} cells of ${SOURCES.length} sources`,
    `${number(counts.sent)} sent as planned`,
    `${number(counts.refused)} refused`,
    `${number(counts.leaks)} leaks`,
  ];
  return { passed: counts.leaks === 0, figures: figures.join(", ") };
}

interface Expectation {
  readonly innocent: Message;
  /** The message that a server sends instead of an answer that cannot be sent. */
  readonly failed: Message | undefined;
  readonly text: string;
}

function leakOf(
  source: Source,
  { wire, error }: Outcome,
  { innocent, failed, text }: Expectation,
): string | undefined {
  const read = messagesIn(wire, source.kind);
  if (error !== undefined) {
    if (!isTyped(error)) return "an error without a type";
    // Trailers come last. If they are refused, the message before them stays incomplete.
    if (wire === "" || read === "incomplete") return undefined;
    return isDeepStrictEqual(read, [failed]) ? undefined : "something was sent, and an error as well";
  }
  if (typeof read === "string") return read;
  if (read.length !== 1) return `${read.length} messages`;
  if (!isDeepStrictEqual(read, [plannedOf(source, innocent, text)])) return "not the planned message";
  const byNode = messagesByNode(wire, source.kind);
  return byNode === undefined || isDeepStrictEqual(byNode, read) ? undefined : "Node reads something else";
}

function messagesIn(wire: string, kind: Source["kind"]): Message[] | "incomplete" | string {
  try {
    return readMessages(wire, kind);
  } catch (error) {
    return error instanceof Incomplete ? "incomplete" : String(error);
  }
}

/** `undefined`: the text has no meaning in this place, for example because it makes no valid URL. */
function plannedOf(source: Source, innocent: Message, text: string): Message | undefined {
  try {
    return source.planned(innocent, text);
  } catch {
    return undefined;
  }
}

function isTyped(error: unknown): boolean {
  if (error instanceof TransportError || error instanceof CommandError) return true;
  if (error instanceof ProtocolError) return error.blame === "local";
  // Errors of the platform's own classes, and of our fetch, which imitates the platform's.
  return (
    error instanceof TypeError &&
    (error.cause === undefined || isTyped(error.cause) || error.cause instanceof TypeError)
  );
}
