import { createInterface } from "node:readline";
import type { ReplayStep } from "../../testing.ts";
import { counted, printable, redactLine } from "../../trace.ts";
import { CommandError, EXIT } from "../exit-codes.ts";
import { say } from "../output.ts";

/** Sends a step for each Enter. The end of stdin ends the replay. */
export class Stepwise {
  readonly #lines: AsyncIterator<string>;
  readonly #over = new AbortController();
  /** One question at a time. */
  #turn: Promise<void> = Promise.resolve();
  readonly #mask: (text: string) => string;

  constructor(reveal: boolean) {
    this.#mask = reveal ? (text) => text : redactLine;
    this.#lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  }

  /** Aborts when stdin has ended. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Resolves at Enter. */
  ask(step: ReplayStep): Promise<void> {
    const asked = this.#turn.then(() => this.#askNow(step));
    this.#turn = asked;
    return asked;
  }

  async #askNow({ conversation, request, bytes }: ReplayStep): Promise<void> {
    if (this.signal.aborted) return;
    const what = request === undefined ? "more" : this.#mask(request);
    say(printable(`#${conversation}  ${what}  ${counted(bytes, "byte")}: Enter sends`));
    const { done } = await this.#lines.next();
    if (done) this.#over.abort(new CommandError(EXIT.replayDiffers, "stdin ended: the rest was not sent"));
  }
}
