import { EXIT } from "../exit-codes.ts";
import { chooseColour } from "../output.ts";
import { report } from "../report.ts";
import { parseCommandLine } from "./parse.ts";
import { plansOf } from "./plan.ts";
import { Session } from "./session.ts";
import { globalSettings, Settings } from "./settings.ts";
import { Transfer } from "./transfer.ts";

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
  let number = 0;
  try {
    for (const settings of operations) {
      for (const plan of plansOf(settings)) {
        exitCode = await new Transfer(plan, lane, session, number++).run();
        if (exitCode !== EXIT.ok && session.settings.on("fail-early")) return exitCode;
      }
    }
  } catch (error) {
    return report(session.signal.aborted ? session.signal.reason : error);
  }
  // A kept connection ends with the command: the timeline shows that end, too.
  if (session.tracing.on) await lane.client.close();
  await session.tracing.closed();
  return exitCode;
}
