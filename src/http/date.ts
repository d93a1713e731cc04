/**
 * Dates as HTTP writes them (RFC 9110 §5.6.7).
 */

/** `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate). */
export function httpDate(epochMs: number): string {
  return new Date(epochMs).toUTCString();
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const TIME = String.raw`(?<time>\d\d:\d\d:\d\d)`;
/** The usual form, and the two obsolete ones that a recipient has to accept as well. */
const FORMS = [
  new RegExp(String.raw`^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) ${TIME} GMT$`),
  new RegExp(String.raw`^[A-Z][a-z]{5,8}, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) ${TIME} GMT$`),
  new RegExp(String.raw`^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`),
];

/**
 * Milliseconds since 1970; `undefined` if the text is no HTTP-date. The weekday is not compared with the date.
 *
 * @param nowMs the present, in milliseconds since 1970: it decides the century of a year with two digits.
 */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  const groups = FORMS.map((form) => form.exec(text)?.groups).find((found) => found !== undefined);
  if (groups === undefined) return undefined;
  const { day = "", month = "", year = "", time = "" } = groups;
  const [hours, minutes, seconds] = time.split(":").map(Number) as [number, number, number];
  const monthIndex = MONTHS.indexOf(month);
  const wholeYear = year.length === 4 ? Number(year) : centuryOf(Number(year), nowMs);
  const midnight = new Date(Date.UTC(wholeYear, monthIndex, Number(day)));
  // 31 February would become a day in March. A leap second is second 60.
  if (midnight.getUTCMonth() !== monthIndex || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  return midnight.getTime() + ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** RFC 9110 §5.6.7: a year that seems to be more than 50 years in the future is in the past. */
function centuryOf(year: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const inThisCentury = thisYear - (thisYear % 100) + year;
  return inThisCentury > thisYear + 50 ? inThisCentury - 100 : inThisCentury;
}

/** The value of the Date field. The text is made once a second. */
export class DateField {
  readonly #now: () => number;
  #validUntilMs = Number.NEGATIVE_INFINITY;
  #value = "";

  /** @param now milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param clockMs milliseconds that never go back: they tell when the second is over. */
  at(clockMs: number): string {
    if (clockMs >= this.#validUntilMs) {
      const now = this.#now();
      this.#value = httpDate(now);
      this.#validUntilMs = clockMs + 1000 - (now % 1000);
    }
    return this.#value;
  }
}
