import { latin1 } from "../../../src/bytes/text.ts";
import { httpDate, parseHttpDate } from "../../../src/http/date.ts";
import { byteRange } from "../../../src/http/server/files/byte-range.ts";
import { evaluatePreconditions, ifRangeHolds } from "../../../src/http/server/files/preconditions.ts";
import { Fields } from "../../../src/http1/fields.ts";
import { hold, type Target } from "../target.ts";

const NOW = Date.UTC(2026, 0, 1);
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59);
const NAMES = [
  "If-Match",
  "If-None-Match",
  "If-Modified-Since",
  "If-Unmodified-Since",
  "If-Range",
  "If-None-Match",
];
const ETAG = '"a-b"';

/** The first octet chooses the condition; then follow the value of Range, the value of the condition, and a date. */
export const conditions: Target = {
  name: "conditions",
  weight: 2,
  maxBytes: 128,
  seeds: [
    "\0bytes=0-5",
    "\0bytes=-1",
    "\0bytes=5-",
    '\0W/"a-b", "c"',
    '\x01"a-b"',
    "\x02Sun, 06 Nov 1994 08:49:37 GMT",
    "\x03Sunday, 06-Nov-94 08:49:37 GMT",
    "\x04Sun Nov  6 08:49:37 1994",
  ],
  fuzz(data) {
    const [kind = 0, size = 0] = data;
    const value = latin1(data, Math.min(1, data.length));
    checkRange(value, size);
    checkDate(value);
    const name = NAMES[kind % NAMES.length] as string;
    const validators = { etag: ETAG, lastModifiedMs: Date.UTC(1994, 10, 6, 8, 49, 37), nowMs: NOW };
    const fields = new Fields([name, value]);
    const verdict = evaluatePreconditions(fields, validators);
    hold([200, 304, 412].includes(verdict), () => `the verdict is ${verdict}`);
    hold(typeof ifRangeHolds(fields, validators) === "boolean", () => "a range is sent or it is not");
    if (name === "If-Match" && !value.includes(ETAG) && value.trim() !== "*") {
      hold(verdict === 412, () => `a tag that is not listed does not match: ${verdict}`);
    }
  },
};

function checkRange(value: string, size: number): void {
  const range = byteRange(value, size);
  if (range === undefined || range === "unsatisfiable") return;
  const { start, end } = range;
  hold(
    Number.isInteger(start) && 0 <= start && start < end && end <= size,
    () => `[${start}, ${end}) of ${size}`,
  );
}

function checkDate(value: string): void {
  const epochMs = parseHttpDate(value, NOW);
  if (epochMs === undefined) return;
  hold(Number.isSafeInteger(epochMs) && epochMs <= LATEST + 1000, () => `${value} is ${epochMs}`);
  if (epochMs <= LATEST)
    hold(parseHttpDate(httpDate(epochMs), NOW) === epochMs, () => `${value} is not ${epochMs}`);
}
