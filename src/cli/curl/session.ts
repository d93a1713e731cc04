import type { Http1Leniency } from "../../http1.ts";
import { counted } from "../../trace.ts";
import type { CommandError } from "../exit-codes.ts";
import { interruptSignal } from "../interrupt.ts";
import { report } from "../report.ts";
import { startTracing, type Tracing } from "../tracing.ts";
import { CurlError, ToldAnyway } from "./curl-error.ts";
import { Lane } from "./lane.ts";
import { leniencyOf } from "./leniency.ts";
import type { Settings } from "./settings.ts";
import { shownBy } from "./shown.ts";
import type { OptionName } from "./table.ts";
import type { Verbose } from "./verbose.ts";

/** Options that show what is on the wire. */
const WATCHING: readonly OptionName[] = [
  "write-out",
  "show-headers",
  "head",
  "dump-header",
  "verbose",
  "trace",
  "trace-ascii",
  "raw",
  "etag-save",
  "remote-header-name",
];

/** What all transfers of a command line share. */
export class Session {
  /** The options that hold for the whole command line. */
  readonly settings: Settings;
  /** Aborted by Ctrl-C. */
  readonly signal = interruptSignal();
  readonly tracing: Tracing;
  /** Bytes of content that the transfers have written. */
  delivered = 0;
  /** Of the transfer that ended last. */
  lastExitCode = 0;
  /** A transfer has failed so that no other one is to begin. */
  isOver = false;
  readonly verbose: Verbose | undefined;
  readonly #watched: boolean;
  readonly #leniency: Http1Leniency;
  readonly #isRaw: boolean;

  private constructor(settings: Settings, tracing: Tracing, all: Settings, verbose: Verbose | undefined) {
    this.settings = settings;
    this.tracing = tracing;
    this.verbose = verbose;
    this.#watched = WATCHING.some((name) => all.on(name));
    this.#leniency = leniencyOf(all);
    this.#isRaw = all.on("raw");
  }

  /** `all`: every option of the command line, for what is ours and holds wherever it stands. */
  static async start(settings: Settings, all: Settings): Promise<Session> {
    const tracing = await startTracing({ has: (name) => all.on(name), value: (name) => all.value(name) });
    return new Session(settings, tracing, all, await verboseOf(settings, all));
  }

  /** Connections for transfers that come one after the other. */
  openLane(): Lane {
    const observe = () => [this.tracing.observe("client"), this.verbose?.observe()];
    return new Lane(observe, this.#watched, this.#leniency, this.#isRaw);
  }

  /** The error of Ctrl-C, with how much content had come. */
  interruption(): CurlError {
    const { exitCode, message } = this.signal.reason as CommandError;
    return new CurlError(exitCode, `${message} after ${counted(this.delivered, "byte")} of content`);
  }

  /** A kept connection ends with the command: the timeline shows that end, too. */
  async closeLane(lane: Lane): Promise<void> {
    if (this.tracing.on) await lane.client.close();
  }

  /** Prints the line of an error, unless -s silences it. */
  async complain(error: unknown, exitCode: number): Promise<void> {
    const isSilent = this.settings.on("silent") && !this.settings.on("show-error");
    if (isSilent && !(error instanceof ToldAnyway)) return;
    await report(error, exitCode);
  }
}

async function verboseOf(settings: Settings, all: Settings): Promise<Verbose | undefined> {
  const shown = shownBy(settings);
  if (shown === undefined) return undefined;
  const { Verbose } = await import("./verbose.ts");
  const follows = all.last("location", "location-trusted", "follow")?.on === true;
  const fail = all.last("fail", "fail-with-body");
  const fails = fail?.on === true && fail.name === "fail";
  const ignores = (head: string): boolean =>
    (follows && /^HTTP\/\S+ 3/i.test(head) && /^location:/im.test(head)) ||
    (fails && /^HTTP\/\S+ [4-9]/i.test(head));
  return new Verbose(shown, all.on("reveal"), ignores);
}
