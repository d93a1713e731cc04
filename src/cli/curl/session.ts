import { interruptSignal } from "../interrupt.ts";
import { startTracing, type Tracing } from "../tracing.ts";
import { Lane } from "./lane.ts";
import type { Settings } from "./settings.ts";
import { Verbose } from "./verbose.ts";

/** What all transfers of a command line share. */
export class Session {
  /** The options that hold for the whole command line. */
  readonly settings: Settings;
  /** Aborted by Ctrl-C. */
  readonly signal = interruptSignal();
  readonly tracing: Tracing;
  readonly verbose: Verbose | undefined;

  private constructor(settings: Settings, tracing: Tracing, reveal: boolean) {
    this.settings = settings;
    this.tracing = tracing;
    this.verbose = settings.on("verbose") ? new Verbose(reveal) : undefined;
  }

  /** `all`: every option of the command line, for what is ours and holds wherever it stands. */
  static async start(settings: Settings, all: Settings): Promise<Session> {
    const tracing = await startTracing({ has: (name) => all.on(name), value: (name) => all.value(name) });
    return new Session(settings, tracing, all.on("reveal"));
  }

  /** Connections for transfers that come one after the other. */
  openLane(): Lane {
    return new Lane(() => [this.tracing.observe("client"), this.verbose]);
  }

  /** Whether no error line is to be printed. */
  get silent(): boolean {
    return this.settings.on("silent") && !this.settings.on("show-error");
  }
}
