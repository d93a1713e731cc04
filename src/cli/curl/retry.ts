import { retryAfterMs } from "../../http.ts";
import { printable } from "../../trace.ts";
import { described } from "../exit-codes.ts";
import { say } from "../output.ts";
import { pause } from "./pause.ts";
import type { Transfer } from "./transfer.ts";

/** curl doubles the time between two tries, up to ten minutes. */
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 600_000;
const TRANSIENT_STATUSES = new Set([408, 429, 500, 502, 503, 504, 522, 524]);
const RESOLVE = 6;
const CONNECT = 7;
const TIMEOUT = 28;

/** How many tries are left, and when the next one begins. */
export class Retries {
  readonly #transfer: Transfer;
  readonly #startedAt = performance.now();
  #left: number;
  #delayMs: number;

  constructor(transfer: Transfer) {
    const { settings } = transfer.plan;
    this.#transfer = transfer;
    this.#left = settings.count("retry") ?? 0;
    this.#delayMs = settings.milliseconds("retry-delay") ?? FIRST_DELAY_MS;
  }

  /** Waits for the time of the next try, and says so. `false`: there is none. Ctrl-C ends the wait. */
  async wait(exitCode: number, failure: unknown): Promise<boolean> {
    const delayMs = this.#delayAfter(exitCode);
    if (delayMs === undefined) return false;
    const { session, response } = this.#transfer;
    const problem = failure === undefined ? `status ${response?.status}` : described(failure).message;
    if (!session.settings.on("silent"))
      say(`Warning: ${printable(problem)}; another try in ${delayMs / 1000} s, ${this.#left} left after it`);
    await pause(delayMs, session.signal);
    this.#transfer.retries++;
    return true;
  }

  /**
   * Milliseconds to wait before the next try. `undefined`: there is none.
   *
   * @param exitCode of the try; 0 and 22 with a status that may pass are tried again, too.
   */
  #delayAfter(exitCode: number): number | undefined {
    if (this.#left === 0 || !this.#mayPass(exitCode)) return undefined;
    const { settings } = this.#transfer.plan;
    const named = this.#named();
    const delayMs = named ?? this.#delayMs;
    const maxMs = settings.milliseconds("retry-max-time");
    const elapsedMs = performance.now() - this.#startedAt;
    if (maxMs !== undefined && elapsedMs + (named ?? 0) > maxMs) return undefined;
    this.#left--;
    if (settings.milliseconds("retry-delay") === undefined && named === undefined)
      this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
    return delayMs;
  }

  #mayPass(exitCode: number): boolean {
    const { plan, response } = this.#transfer;
    const { settings } = plan;
    if (exitCode !== 0 && settings.on("retry-all-errors")) return true;
    if (exitCode === RESOLVE || exitCode === TIMEOUT) return true;
    if (exitCode === CONNECT) return settings.on("retry-connrefused");
    const failed = exitCode === 0 || exitCode === 22;
    return failed && response !== undefined && TRANSIENT_STATUSES.has(response.status);
  }

  /** What Retry-After says (RFC 9110 §10.2.3); a wait of no time counts as none. */
  #named(): number | undefined {
    const value = this.#transfer.response?.fields.getAll("retry-after")[0];
    return (value === undefined ? undefined : retryAfterMs(value, Date.now())) || undefined;
  }
}
