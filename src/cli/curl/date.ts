/**
 * Dates as curl_getdate reads them, for `-z`: the words and numbers may stand in nearly any order. Seconds since
 * 1970; `undefined`: no date. Without a time it is midnight, without a zone it is UTC.
 */
export function parseCurlDate(text: string): number | undefined {
  const date: Parts = {};
  let next: "day" | "year" = "day";
  let parts = 0;
  for (const match of text.matchAll(/[a-z]+|\d+(?::\d+)*/gi)) {
    if (parts++ === MAX_PARTS) break;
    const [token] = match;
    if (/^[a-z]/i.test(token)) {
      if (!takeWord(token.toLowerCase(), date)) return undefined;
    } else if (date.time === undefined && takeTime(token, date)) {
    } else {
      const sign = text[match.index - 1] ?? "";
      const after = takeNumber(token, sign, date, next);
      if (after === undefined) return undefined;
      next = after;
    }
  }
  return secondsOf(date);
}

/** The date as HTTP writes it (RFC 9110 §5.6.7). */
export function httpDate(seconds: number): string {
  return new Date(seconds * 1000).toUTCString();
}

interface Parts {
  weekday?: boolean;
  year?: number;
  /** From 0. */
  month?: number;
  day?: number;
  /** Seconds since midnight. */
  time?: number;
  /** Seconds to add for UTC. */
  zone?: number;
}

/** curl looks at six words and numbers. */
const MAX_PARTS = 6;
const FIRST_GREGORIAN_YEAR = 1583;
const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Minutes to add for UTC. */
const ZONES: Readonly<Record<string, number>> = {
  gmt: 0,
  ut: 0,
  utc: 0,
  wet: 0,
  bst: -60,
  wat: 60,
  ast: 240,
  adt: 180,
  est: 300,
  edt: 240,
  cst: 360,
  cdt: 300,
  mst: 420,
  mdt: 360,
  pst: 480,
  pdt: 420,
  yst: 540,
  ydt: 480,
  hst: 600,
  hdt: 540,
  cat: 600,
  ahst: 600,
  nt: 660,
  idlw: 720,
  cet: -60,
  met: -60,
  mewt: -60,
  mest: -120,
  cest: -120,
  mesz: -120,
  fwt: -60,
  fst: -120,
  eet: -120,
  wast: -420,
  wadt: -480,
  cct: -480,
  jst: -540,
  east: -600,
  eadt: -660,
  gst: -600,
  nzt: -720,
  nzst: -720,
  nzdt: -780,
  idle: -720,
};

function takeWord(word: string, date: Parts): boolean {
  if (date.weekday === undefined && WEEKDAYS.some((day) => word === day || word === day.slice(0, 3))) {
    date.weekday = true;
    return true;
  }
  const month = MONTHS.indexOf(word);
  if (date.month === undefined && month !== -1) {
    date.month = month;
    return true;
  }
  const minutes = Object.hasOwn(ZONES, word) ? ZONES[word] : militaryZone(word);
  if (date.zone !== undefined || minutes === undefined) return false;
  date.zone = minutes * 60;
  return true;
}

/** RFC 1123 §5.2.14: the letters count the hours; J is none of them. */
function militaryZone(word: string): number | undefined {
  if (word.length !== 1) return undefined;
  const east = "abcdefghiklm".indexOf(word);
  if (east !== -1) return -(east + 1) * 60;
  const west = "nopqrstuvwxy".indexOf(word);
  if (west !== -1) return (west + 1) * 60;
  return word === "z" ? 0 : undefined;
}

function takeTime(token: string, date: Parts): boolean {
  const [, hours, minutes, seconds = "0"] = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?/.exec(token) ?? [];
  if (hours === undefined) return false;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60) return false;
  date.time = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return true;
}

/** What the next number may be. `undefined`: this number has no place. */
function takeNumber(
  token: string,
  sign: string,
  date: Parts,
  next: "day" | "year",
): "day" | "year" | undefined {
  const digits = /^\d+/.exec(token)?.[0] ?? "";
  const value = Number(digits);
  if (digits !== token) return undefined;
  if (date.zone === undefined && digits.length === 4 && value <= 1400 && (sign === "+" || sign === "-")) {
    const seconds = (Math.floor(value / 100) * 60 + (value % 100)) * 60;
    date.zone = sign === "+" ? -seconds : seconds;
    return next;
  }
  if (digits.length === 8 && date.year === undefined && date.month === undefined && date.day === undefined) {
    date.year = Math.floor(value / 10_000);
    date.month = Math.floor((value % 10_000) / 100) - 1;
    date.day = value % 100;
    return next;
  }
  if (next === "day" && date.day === undefined && value > 0 && value < 32) {
    date.day = value;
    return "year";
  }
  if (date.year !== undefined) return undefined;
  date.year = value >= 100 ? value : value + (value > 70 ? 1900 : 2000);
  return date.day === undefined ? "day" : "year";
}

function secondsOf({ year, month, day, time = 0, zone = 0 }: Parts): number | undefined {
  if (year === undefined || month === undefined || day === undefined) return undefined;
  if (year < FIRST_GREGORIAN_YEAR || month < 0 || month > 11 || day > 31) return undefined;
  return Date.UTC(year, month, day) / 1000 + time + zone;
}
