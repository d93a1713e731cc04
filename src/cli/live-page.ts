import type { TraceRecord } from "../index.ts";
import type { Actions } from "../lab.ts";
import { interrupted, interruptSignal } from "./interrupt.ts";
import { openPage } from "./open-page.ts";
import { say, stderrIsTerminal } from "./output.ts";
import type { Sink } from "./recording.ts";

/** The page of --open: it shows what the command records. */
export interface LivePage extends Sink {
  /** The command has done its work: waits until its user has looked, that is until Ctrl-C. */
  looked(): Promise<void>;
}

/** What the page may ask of the command, and how the command tells the page something besides records. */
export interface PageDesk {
  readonly actions: Actions;
  opened(tell: (name: string, value: unknown) => void): void;
}

/** Serves the page, says where, and opens it on a desktop. */
export async function openLivePage(desk?: PageDesk): Promise<LivePage> {
  const { startLab } = await import("../lab.ts");
  const lab = await startLab(desk === undefined ? {} : { actions: desk.actions });
  desk?.opened((name, value) => lab.tell(name, value));
  say(`the page: ${lab.url}`);
  if (stderrIsTerminal()) openPage(lab.url);
  return {
    add: (record: TraceRecord) => lab.add(record),
    flush: () => {},
    async looked() {
      lab.end();
      const signal = interruptSignal();
      if (!signal.aborted) {
        say("all is recorded; the page stays open until Ctrl-C");
        await Promise.race([interrupted(signal), lab.stopped]);
      }
      await lab.close();
    },
  };
}
