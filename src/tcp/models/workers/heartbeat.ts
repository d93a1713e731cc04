import type { Clock } from "../../clock.ts";

/** How often a worker is asked within the time that it may be silent. By default every 2 s of 10. */
const QUESTIONS = 5;

/**
 * Asks a worker whether its event loop still turns. A worker that answers nothing for `maxSilenceMs` is reported.
 *
 * Unanswered questions are counted, and not milliseconds: when this process itself has paused (a suspended machine,
 * Ctrl-Z), the worker still gets its full time.
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

  /** The worker sent a message. Any message shows that its loop turns. */
  heard(): void {
    this.#unanswered = 0;
  }
}
