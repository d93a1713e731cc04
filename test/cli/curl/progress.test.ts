import assert from "node:assert/strict";
import { test } from "node:test";
import { progressLine } from "../../../src/cli/curl/progress.ts";

type Transfer = Parameters<typeof progressLine>;

/** Bytes from before, bytes now, bytes of the whole, seconds. */
const CASES: readonly [what: string, transfer: Transfer, line: string][] = [
  ["half of the content", [0, 500, 1000, 1], "50 %  500 B of 1.0 kB  500 B/s  0:01 left"],
  ["a content of hours", [0, 1e6, 1e10, 1], "0 %  1.0 MB of 10.0 GB  1.0 MB/s  2:46:39 left"],
  ["a content of minutes", [0, 1e6, 91e6, 1], "1 %  1.0 MB of 91.0 MB  1.0 MB/s  1:30 left"],
  ["a content without a length", [0, 2_500_000, undefined, 2], "2.5 MB  1.3 MB/s"],
  [
    "a content that is continued",
    [600, 200, 1000, 1],
    "80 %  800 B of 1.0 kB (from 600 B on)  200 B/s  0:01 left",
  ],
  [
    "a content that is continued, without a length",
    [600, 200, undefined, 1],
    "800 B (from 600 B on)  200 B/s",
  ],
  ["nothing yet", [0, 0, 1000, 1], "0 %  0 B of 1.0 kB  0 B/s"],
  ["the first moment", [0, 0, undefined, 0], "0 B  0 B/s"],
  ["more than was said", [0, 2000, 1000, 1], "100 %  2.0 kB of 1.0 kB  2.0 kB/s  0:00 left"],
  ["an empty content", [0, 0, 0, 1], "0 B  0 B/s"],
  ["almost all", [0, 999_999, 1_000_000, 1], "99 %  1.0 MB of 1.0 MB  1.0 MB/s  0:01 left"],
  ["999 bytes", [0, 999, undefined, 1], "999 B  999 B/s"],
  ["a number beyond all units", [0, 5e16, undefined, 1], "50000.0 TB  50000.0 TB/s"],
];

for (const [what, transfer, line] of CASES)
  test(`the line of progress for ${what}`, () => assert.equal(progressLine(...transfer), line));
