/**
 * How many retries are left. A server that fails gets several times its requests when every client retries, and does
 * not recover. So the retries are a share of the requests, beside a few that are always there.
 */
export class RetryBudget {
  readonly #share: number;
  readonly #most: number;
  #left: number;

  /** @param share retries for each request, from 0 to 1. */
  constructor(share: number, most = 10) {
    this.#share = share;
    this.#most = most;
    this.#left = most;
  }

  countRequest(): void {
    this.#left = Math.min(this.#left + this.#share, this.#most);
  }

  /** `false`: no retry is left. */
  take(): boolean {
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
