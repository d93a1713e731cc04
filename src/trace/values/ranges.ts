import type { ValuePart, ValueReader } from "./part.ts";
import { isToken, part, type Range, split, textOf } from "./scan.ts";

const WANTED = "RFC 9110 §14.1.2";
const SENT = "RFC 9110 §14.4";

/** Range: a unit, and the parts that are wanted (RFC 9110 §14.2). */
export const range: ValueReader = (value) => {
  const equals = value.indexOf("=");
  const whole = { start: 0, end: value.length };
  if (equals < 1)
    return [
      part(
        "range",
        whole,
        "the wanted part",
        "RFC 9110 §14.2",
        "unit=first-last is expected, such as bytes=0-499",
      ),
    ];
  const unit = value.slice(0, equals);
  const unitPart = part(
    "unit",
    { start: 0, end: equals },
    unit.toLowerCase() === "bytes" ? "positions count bytes from 0" : "a unit that servers may ignore",
    "RFC 9110 §14.1",
    isToken(unit) ? undefined : "a token is expected as the unit",
  );
  const list = split(value, ",", { start: equals + 1, end: value.length }).filter(
    ({ start, end }) => end > start,
  );
  if (list.length === 0) return [{ ...unitPart, problem: "a range is expected behind =" }];
  return [unitPart, ...list.map((each) => wantedPart(value, each, unit.toLowerCase() === "bytes"))];
};

function wantedPart(value: string, each: Range, inBytes: boolean): ValuePart {
  if (!inBytes) return part("range", each, "a part, as this unit counts", WANTED);
  const text = textOf(value, each);
  const [, first = "", last = ""] = /^(\d*)-(\d*)$/.exec(text) ?? [];
  if (!/^\d*-\d*$/.test(text) || text === "-")
    return part("range", each, "a part", WANTED, "first-last, first- or -length is expected");
  if (first === "") return part("range", each, `the last ${count(last)} bytes`, WANTED);
  if (last === "") return part("range", each, `from byte ${count(first)} to the end`, WANTED);
  const meaning = `bytes ${count(first)} to ${count(last)}, both included`;
  // Longer numbers are compared as text: a number of JavaScript is exact up to 2^53 only.
  return part(
    "range",
    each,
    meaning,
    WANTED,
    isAbove(first, last) ? "the last byte is before the first: a server ignores the field" : undefined,
  );
}

const count = (digits: string): string =>
  digits.length > 20 ? "very many" : digits.replace(/^0+(?=\d)/, "");

function isAbove(left: string, right: string): boolean {
  const [a, b] = [left.replace(/^0+/, ""), right.replace(/^0+/, "")];
  return a.length === b.length ? a > b : a.length > b.length;
}

/** Content-Range: which part this is, and how long the whole is (RFC 9110 §14.4). */
export const contentRange: ValueReader = (value) => {
  const whole = { start: 0, end: value.length };
  const space = value.indexOf(" ");
  const unit = value.slice(0, Math.max(space, 0));
  const form = "unit first-last/length is expected, such as bytes 0-499/1234";
  if (!isToken(unit)) return [part("range", whole, "which part this is", SENT, form)];
  const unitPart = part("unit", { start: 0, end: space }, "positions count in this unit", "RFC 9110 §14.1");
  const rest = { start: space + 1, end: value.length };
  const found = /^(?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(textOf(value, rest));
  if (found === null) return [unitPart, part("range", rest, "which part this is", SENT, form)];
  const [, first, last, length = ""] = found;
  const slash = value.indexOf("/", rest.start);
  const rangePart = { start: rest.start, end: slash };
  const known =
    length === "*" ? "the length of the whole is not known" : `the whole has ${count(length)} bytes`;
  const lengthPart = part("length", { start: slash + 1, end: value.length }, known, SENT);
  if (first === undefined || last === undefined) {
    const problem = length === "*" ? "a length is expected behind */" : undefined;
    return [
      unitPart,
      part("range", rangePart, "the part that was asked for does not exist", SENT, problem),
      lengthPart,
    ];
  }
  const problem = isAbove(first, last)
    ? "the last byte is before the first"
    : length !== "*" && !isAbove(length, last)
      ? "the last byte is behind the end of the whole"
      : undefined;
  return [
    unitPart,
    part("range", rangePart, `bytes ${count(first)} to ${count(last)}, both included`, SENT, problem),
    lengthPart,
  ];
};
