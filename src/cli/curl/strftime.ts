const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;
const MS_PER_DAY = 86_400_000;

/**
 * strftime(3) in UTC and in the C locale, for `%time{}` of `-w`; `%f` is the microseconds. A conversion that
 * does not exist stays as it is.
 */
export function strftime(format: string, nowMs: number): string {
  return format.replace(/%(.)/gs, (whole, conversion: string) => converted(conversion, nowMs) ?? whole);
}

function converted(conversion: string, nowMs: number): string | undefined {
  const date = new Date(nowMs);
  return calendar(conversion, date) ?? clock(conversion, date, nowMs) ?? shorthand(conversion, nowMs);
}

function calendar(conversion: string, date: Date): string | undefined {
  const [year, month, day, weekday] = [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCDay(),
  ];
  const dayOfYear = Math.floor((date.getTime() - Date.UTC(year, 0, 1)) / MS_PER_DAY);
  switch (conversion) {
    case "a":
      return DAYS[weekday]?.slice(0, 3);
    case "A":
      return DAYS[weekday];
    case "b":
    case "h":
      return MONTHS[month]?.slice(0, 3);
    case "B":
      return MONTHS[month];
    case "C":
      return padded(Math.floor(year / 100));
    case "d":
      return padded(day);
    case "e":
      return padded(day, 2, " ");
    case "g":
      return padded(isoWeek(date).year % 100);
    case "G":
      return String(isoWeek(date).year);
    case "j":
      return padded(dayOfYear + 1, 3);
    case "m":
      return padded(month + 1);
    case "u":
      return String(weekday || 7);
    case "U":
      return padded(Math.floor((dayOfYear + 7 - weekday) / 7));
    case "V":
      return padded(isoWeek(date).week);
    case "w":
      return String(weekday);
    case "W":
      return padded(Math.floor((dayOfYear + 7 - ((weekday + 6) % 7)) / 7));
    case "y":
      return padded(year % 100);
    case "Y":
      return String(year);
    default:
      return undefined;
  }
}

function clock(conversion: string, date: Date, nowMs: number): string | undefined {
  const hours = date.getUTCHours();
  switch (conversion) {
    case "f":
      return padded(Math.round(nowMs * 1000) % 1_000_000, 6);
    case "H":
      return padded(hours);
    case "I":
      return padded(hours % 12 || 12);
    case "k":
      return padded(hours, 2, " ");
    case "l":
      return padded(hours % 12 || 12, 2, " ");
    case "M":
      return padded(date.getUTCMinutes());
    case "p":
      return hours < 12 ? "AM" : "PM";
    case "P":
      return hours < 12 ? "am" : "pm";
    case "s":
      return String(Math.floor(nowMs / 1000));
    case "S":
      return padded(date.getUTCSeconds());
    case "z":
      return "+0000";
    case "Z":
      return "UTC";
    default:
      return undefined;
  }
}

const SHORTHANDS: Readonly<Record<string, string>> = {
  c: "%a %b %e %H:%M:%S %Y",
  D: "%m/%d/%y",
  F: "%Y-%m-%d",
  r: "%I:%M:%S %p",
  R: "%H:%M",
  T: "%H:%M:%S",
  x: "%m/%d/%y",
  X: "%H:%M:%S",
};
const LITERALS: Readonly<Record<string, string>> = { n: "\n", t: "\t", "%": "%" };

function shorthand(conversion: string, nowMs: number): string | undefined {
  const longhand = SHORTHANDS[conversion];
  return longhand === undefined ? LITERALS[conversion] : strftime(longhand, nowMs);
}

/** ISO 8601: the week belongs to the year of its Thursday. */
function isoWeek(date: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * MS_PER_DAY);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / MS_PER_DAY / 7) + 1;
  return { year, week };
}

function padded(value: number, width = 2, fill = "0"): string {
  return String(value).padStart(width, fill);
}
