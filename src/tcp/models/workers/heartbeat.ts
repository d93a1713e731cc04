import type { Clock } from "../../clock.ts";

/** How often a worker is asked within the time that it may be silent: every 2 s of 10. */
const QUESTIONS = 5;

/**
 * Asks a worker whether its event loop still turns. One that answers nothing for `maxSilenceMs` is reported.
 *
 * Questions are counted, not milliseconds: after a pause of our own (a suspended machine, Ctrl-Z) the worker gets its
 * time all the same.
 */
export class Heartbeat {
  readonly stop: () => void;
  #unanswered = 0;

  constructor(clock: Clock, maxSilenceMs: number, ask: () => void, onSilent: () => void) {
    if (!Number.isFinite(maxSilenceMs)) {
      this.stop = () => {};
      return;
    }
    this.stop = clock.every(maxSilenceMs / QUESTIONS, () => {
      if (this.#unanswered === QUESTIONS) {
        this.stop();
        onSilent();
        return;
      }
      this.#unanswered++;
      ask();
    });
  }

  /** The worker said something, whatever it was. */
  heard(): void {
    this.#unanswered = 0;
  }
}
