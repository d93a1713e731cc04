import type { ValueContext, ValuePart, ValueReader } from "./part.ts";
import { durationOf, part, type Range, textOf } from "./scan.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const LONG_DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const MONTH = MONTHS.join("|");
const TIME = "(\\d\\d):(\\d\\d):(\\d\\d)";
/** `Sun, 06 Nov 1994 08:49:37 GMT` */
const IMF_FIXDATE = new RegExp(`^(${DAYS.join("|")}), (\\d\\d) (${MONTH}) (\\d{4}) ${TIME} GMT$`);
/** `Sunday, 06-Nov-94 08:49:37 GMT` */
const RFC_850 = new RegExp(`^(${LONG_DAYS.join("|")}), (\\d\\d)-(${MONTH})-(\\d\\d) ${TIME} GMT$`);
/** `Sun Nov  6 08:49:37 1994` */
const ASCTIME = new RegExp(`^(${DAYS.join("|")}) (${MONTH}) (\\d\\d| \\d) ${TIME} (\\d{4})$`);
/** `Sun, 06-Nov-1994 08:49:37 GMT`: cookies only, which are read generously. */
const COOKIE_DATE = new RegExp(`^(${DAYS.join("|")}), (\\d\\d)-(${MONTH})-(\\d{4}) ${TIME} GMT$`);

interface ReadDate {
  readonly form: string;
  readonly ms: number;
  readonly day: string;
  /** The date exists: no 31 February, no hour 25. */
  readonly real: boolean;
}

/** Reads a date in one of the three forms of RFC 9110 §5.6.7. `undefined`: in none of them. */
function dateOf(text: string, nowMs: number | undefined, ofCookie: boolean): ReadDate | undefined {
  const fixed = IMF_FIXDATE.exec(text);
  if (fixed !== null) return dated("IMF-fixdate", fixed, [4, 3, 2, 5]);
  const cookie = ofCookie ? COOKIE_DATE.exec(text) : null;
  if (cookie !== null) return dated("the form of old cookies", cookie, [4, 3, 2, 5]);
  const old = RFC_850.exec(text);
  if (old !== null) {
    // RFC 9110 §5.6.7: two digits that seem more than 50 years ahead are a year of the past.
    const thisYear = new Date(nowMs ?? Date.UTC(2000, 0)).getUTCFullYear();
    const year = Math.floor(thisYear / 100) * 100 + Number(old[4]);
    return dated("rfc850-date, obsolete", old, [4, 3, 2, 5], year > thisYear + 50 ? year - 100 : year);
  }
  const asctime = ASCTIME.exec(text);
  return asctime === null ? undefined : dated("asctime-date, obsolete", asctime, [7, 2, 3, 4]);
}

function dated(
  form: string,
  found: RegExpExecArray,
  [yearAt, monthAt, dayAt, timeAt]: readonly [number, number, number, number],
  year = Number(found[yearAt]),
): ReadDate {
  const number = (at: number) => Number(found[at]);
  const month = MONTHS.indexOf(found[monthAt] as string);
  const [day, hour, minute, second] = [number(dayAt), number(timeAt), number(timeAt + 1), number(timeAt + 2)];
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  // A leap second is written as 60.
  const real = date.getUTCMonth() === month && day > 0 && hour < 24 && minute < 60 && second <= 60;
  date.setUTCHours(hour, minute, second);
  const midnight = new Date(Date.UTC(2000, month, day));
  midnight.setUTCFullYear(year, month, day);
  const named = DAYS[midnight.getUTCDay()] as string;
  return {
    form,
    ms: date.getTime(),
    day: real && !(found[1] as string).startsWith(named) ? named : "",
    real,
  };
}

/** A date: which form it has, whether it exists, and how far from now it is, if the time is known. */
export function datePart(
  value: string,
  range: Range,
  meaning: string,
  section: string,
  { nowMs }: Pick<ValueContext, "nowMs">,
  ofCookie = false,
): ValuePart {
  const read = dateOf(textOf(value, range), nowMs, ofCookie);
  if (read === undefined)
    return part(
      "date",
      range,
      meaning,
      section,
      "a date is expected, such as Sun, 06 Nov 1994 08:49:37 GMT (RFC 9110 §5.6.7)",
    );
  const said = `${meaning}: ${read.form}${distance(read.ms, nowMs)}`;
  const problem = !read.real
    ? "there is no such day or time"
    : read.day === ""
      ? undefined
      : `the weekday is wrong: ${read.day} is expected`;
  return part("date", range, said, section, problem);
}

function distance(ms: number, nowMs: number | undefined): string {
  if (nowMs === undefined) return "";
  const seconds = Math.round((ms - nowMs) / 1000);
  if (seconds === 0) return ", now";
  const length = durationOf(String(Math.abs(seconds)));
  return seconds > 0 ? `, ${length} from now` : `, ${length} ago`;
}

/** A field whose whole value is a date. */
export const dateReader =
  (meaning: string, section: string): ValueReader =>
  (value, context) => [datePart(value, { start: 0, end: value.length }, meaning, section, context)];

/** Expires: a date; anything else, above all 0, counts as the past (RFC 9111 §5.3). */
export const expires: ValueReader = (value, context) => {
  const [date] = dateReader("stale from then on", "RFC 9111 §5.3")(value, context);
  if (date === undefined || date.problem === undefined) return date === undefined ? [] : [date];
  return [{ ...date, meaning: "no date: the response is stale already" }];
};

/** Age: seconds in caches (RFC 9111 §5.1). */
export const age: ValueReader = (value) => {
  const range = { start: 0, end: value.length };
  const seconds = durationOf(value);
  return seconds === undefined
    ? [part("seconds", range, "how old the response is", AGE, "a whole number of seconds is expected")]
    : [part("seconds", range, `in caches for ${seconds}`, AGE)];
};

const AGE = "RFC 9111 §5.1";

/** Retry-After: a date, or seconds (RFC 9110 §10.2.3). */
export const retryAfter: ValueReader = (value, context) => {
  const range = { start: 0, end: value.length };
  const seconds = durationOf(value);
  if (seconds !== undefined) return [part("seconds", range, `wait for ${seconds}`, "RFC 9110 §10.2.3")];
  return [datePart(value, range, "not before then", "RFC 9110 §10.2.3", context)];
};
