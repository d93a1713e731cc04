import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { httpDate, parseHttpDate } from "../../src/http/date.ts";

const NOW = Date.UTC(2026, 10, 23);

// RFC 9110 §5.6.7 gives this date in all three forms.
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

test("all three forms of a date are read", () => {
  for (const date of [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
  ]) {
    assert.equal(parseHttpDate(date, NOW), EXAMPLE, date);
  }
});

test("a date that is written is read as the same date", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (second) => {
      assert.equal(parseHttpDate(httpDate(second * 1000), NOW), second * 1000);
    }),
  );
});

test("a year of two digits is at most 50 years ahead", () => {
  const yearOf = (digits: string): number =>
    new Date(parseHttpDate(`Sunday, 06-Nov-${digits} 08:49:37 GMT`, NOW) ?? Number.NaN).getUTCFullYear();
  assert.deepEqual(["26", "76", "77", "99", "00"].map(yearOf), [2026, 2076, 1977, 1999, 2000]);
});

test("a leap second is accepted", () => {
  assert.equal(parseHttpDate("Sat, 31 Dec 2016 23:59:60 GMT", NOW), Date.UTC(2017, 0, 1));
});

test("text that is not an HTTP-date is refused", () => {
  for (const date of [
    "",
    "0",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 GMT ",
    "sun, 06 nov 1994 08:49:37 gmt",
    "Sun, 31 Feb 1994 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "1994-11-06T08:49:37Z",
  ]) {
    assert.equal(parseHttpDate(date, NOW), undefined, date);
  }
});
