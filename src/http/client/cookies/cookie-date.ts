const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/**
 * The date of an Expires attribute in seconds since 1970; `undefined` if it is none (RFC 6265bis §5.1.1). The rules
 * find a date in everything that servers send: the order of the parts and what is between them do not matter.
 */
export function cookieDate(text: string): number | undefined {
  let time: readonly number[] | undefined;
  let day: number | undefined;
  let month: number | undefined;
  let year: number | undefined;
  for (const token of text.split(/[\t\x20-/;-@[-`{-~]+/)) {
    const clock: RegExpExecArray | null =
      time === undefined ? /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)/.exec(token) : null;
    if (clock !== null) {
      time = clock.slice(1).map(Number);
    } else if (day === undefined && /^\d{1,2}(?!\d)/.test(token)) {
      day = Number.parseInt(token, 10);
    } else if (month === undefined && MONTHS.includes(token.slice(0, 3).toLowerCase())) {
      month = MONTHS.indexOf(token.slice(0, 3).toLowerCase());
    } else if (year === undefined && /^\d{2,4}(?!\d)/.test(token)) {
      year = fullYear(Number.parseInt(token, 10));
    }
  }
  if (time === undefined || day === undefined || month === undefined || year === undefined) return undefined;
  const [hour = 0, minute = 0, second = 0] = time;
  if (year < 1601 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(Date.UTC(year, month, day, hour, minute, second));
  // 31 February would become a day in March.
  return date.getUTCDate() === day ? date.getTime() / 1000 : undefined;
}

function fullYear(year: number): number {
  if (year > 99) return year;
  return year >= 70 ? 1900 + year : 2000 + year;
}
