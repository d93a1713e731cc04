import { described, EXIT } from "../exit-codes.ts";
import { chooseColour, OutputClosed } from "../output.ts";
import { report } from "../report.ts";
import { parseCommandLine } from "./parse.ts";
import { plansOf } from "./plan.ts";
import { Session } from "./session.ts";
import { globalSettings, Settings } from "./settings.ts";
import { transfer } from "./transfer.ts";

/** `wirepane http` and `wirepane curl`: curl's command line. Returns the exit code. */
export async function curl(words: readonly string[]): Promise<number> {
  const { operations, instead } = parseCommandLine(words);
  if (instead !== undefined) return (await import("./instead.ts")).instead(instead);
  const all = new Settings(operations.flatMap(({ given }) => given));
  const colour = all.value("color");
  chooseColour(colour === "always" || colour === "never" ? colour : "auto");
  const session = await Session.start(globalSettings(operations), all);
  const exitCode = await oneByOne(operations, session);
  await session.tracing.finish();
  return exitCode;
}

/** As in curl, every URL is tried, and the last one decides the exit code. */
async function oneByOne(operations: readonly Settings[], session: Session): Promise<number> {
  const lane = session.openLane();
  let exitCode: number = EXIT.ok;
  for (const settings of operations) {
    for (const plan of plansOf(settings)) {
      try {
        await transfer(plan, lane, session);
        exitCode = EXIT.ok;
      } catch (error) {
        if (error instanceof OutputClosed) return error.exitCode;
        if (session.signal.aborted) return report(session.signal.reason);
        exitCode = session.silent ? described(error).exitCode : await report(error);
        if (session.settings.on("fail-early")) return exitCode;
      }
    }
  }
  // A kept connection ends with the command: the timeline shows that end, too.
  if (session.tracing.on) await lane.client.close();
  await session.tracing.closed();
  return exitCode;
}
