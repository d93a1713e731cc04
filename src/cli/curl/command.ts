import { EXIT } from "../exit-codes.ts";
import { chooseColour, say } from "../output.ts";
import { report } from "../report.ts";
import { CurlError } from "./curl-error.ts";
import { noUrl, parseCommandLine } from "./parse.ts";
import { type Plan, plansOf } from "./plan.ts";
import { Pace } from "./rate.ts";
import { readAhead } from "./read-ahead.ts";
import { Session } from "./session.ts";
import { globalSettings, Settings } from "./settings.ts";
import { Transfer } from "./transfer.ts";

/** `wirepane http` and `wirepane curl`: curl's command line. Returns the exit code. */
export async function curl(words: readonly string[]): Promise<number> {
  const { operations, warnings, instead } = parseCommandLine(words);
  if (instead !== undefined) return (await import("./instead.ts")).instead(instead);
  const all = new Settings(operations.flatMap(({ given }) => given));
  const colour = all.value("color");
  chooseColour(colour === "always" || colour === "never" ? colour : "auto");
  if (all.on("stderr")) (await import("./error-file.ts")).openErrorFile(all.value("stderr") ?? "-");
  await readAhead(operations);
  if (all.on("stderr")) (await import("./error-file.ts")).openErrorFile(all.value("stderr") ?? "-");
  const session = await Session.start(globalSettings(operations), all);
  if (!session.settings.on("silent")) await warn(warnings, operations);
  const exitCode = await allTransfers(operations, session);
  await session.tracing.closed();
  await session.tracing.finish();
  return exitCode;
}

async function warn(warnings: readonly string[], operations: readonly Settings[]): Promise<void> {
  const onlyUrls = operations.every(({ given }) => given.every(({ name }) => name === "url"));
  const mistakes = onlyUrls ? [] : (await import("./mistakes.ts")).mistakesOf(operations);
  for (const warning of [...warnings, ...mistakes]) say(`Warning: ${warning}`);
}

async function allTransfers(operations: readonly Settings[], session: Session): Promise<number> {
  try {
    const plans = plansOfAll(operations);
    if (session.settings.on("parallel") && !operations.every((settings) => settings.on("url"))) throw noUrl();
    if (!session.settings.on("parallel")) return await oneByOne(plans, session);
    return await (await import("./parallel.ts")).inParallel(plans, session);
  } catch (error) {
    if (session.signal.aborted) return report(session.interruption());
    if (!(error instanceof CurlError) || error.exitCode === EXIT.usage) return report(error);
    await session.complain(error, error.exitCode);
    return error.exitCode;
  }
}

function* plansOfAll(operations: readonly Settings[]): Generator<Plan> {
  let urls = 0;
  for (const settings of operations) {
    const before = urls;
    urls += settings.values("url").length;
    if (urls === before) throw noUrl();
    const { isLast } = yield* plansOf(settings, before);
    if (isLast) return;
  }
}

/** As in curl, every URL is tried, and the last one decides the exit code. */
async function oneByOne(plans: Iterator<Plan>, session: Session): Promise<number> {
  const lane = session.openLane();
  let exitCode: number = EXIT.ok;
  let number = 0;
  const pace = paceOf(session);
  for (let next = plans.next(); !next.done; next = plans.next()) {
    await pace?.turn(session.signal);
    exitCode = await new Transfer(next.value, lane, session, number++).run();
    if (session.isOver || (exitCode !== EXIT.ok && session.settings.on("fail-early"))) break;
  }
  await session.closeLane(lane);
  return exitCode;
}

function paceOf({ settings }: Session): Pace | undefined {
  const rate = settings.value("rate");
  return rate === undefined ? undefined : new Pace(rate);
}
