/**
 * Dates as HTTP writes them (RFC 9110 §5.6.7).
 */

/** `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate). */
export function httpDate(epochMs: number): string {
  return new Date(epochMs).toUTCString();
}

const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/**
 * Milliseconds since 1970, or `undefined` when it is not an IMF-fixdate.
 *
 * Left out: the two obsolete forms. Nothing that caches sends them, and an unreadable date in a condition only
 * means that the condition does not hold.
 */
export function parseHttpDate(text: string): number | undefined {
  const epochMs = IMF_FIXDATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

/** The value of the Date field, made once a second. */
export class DateField {
  readonly #now: () => number;
  #second = -1;
  #value = "";

  constructor(now: () => number) {
    this.#now = now;
  }

  get value(): string {
    const second = Math.floor(this.#now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#value = httpDate(second * 1000);
    }
    return this.#value;
  }
}
