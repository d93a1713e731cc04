import type { TraceRecord } from "../index.ts";
import { interrupted, interruptSignal } from "./interrupt.ts";
import { openPage } from "./open-page.ts";
import { say, stderrIsTerminal } from "./output.ts";
import type { Sink } from "./recording.ts";

/** The page of --open: it shows what the command records. */
export interface LivePage extends Sink {
  /** The command has done its work: waits until its user has looked, that is until Ctrl-C. */
  looked(): Promise<void>;
}

/** Serves the page, says where, and opens it on a desktop. */
export async function openLivePage(): Promise<LivePage> {
  const { startLab } = await import("../lab.ts");
  const lab = await startLab();
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
