import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { strftime } from "../../../src/cli/curl/strftime.ts";
import { type WriteOutField, type WriteOutSource, writeOut } from "../../../src/cli/curl/write-out.ts";
import type { WriteOutVariables } from "../../../src/cli/curl/write-out-variables.ts";
import { ROOT } from "../../support/root.ts";

/** Recorded from curl 8.23.0. Texts are octets. `json` is the `%{json}` of the same transfer. */
interface RecordedWriteOut {
  readonly format: string;
  readonly json: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly files: Readonly<Record<string, string>>;
  readonly redirected?: boolean;
  readonly noResponse?: boolean;
}

const recorded = JSON.parse(
  readFileSync(new URL("test/cli/curl/recorded/write-out.json", ROOT), "utf8"),
) as RecordedWriteOut[];

/** The response of the server that curl asked. */
const FIELDS: readonly WriteOutField[] = [
  ["A", "1"],
  ["b-C", 'x"y \\ \xe4\xc3\xa4 \x01\x7f/'],
  ["A", "2"],
  ["Set-Cookie", "q"],
  ["Empty", ""],
  ["Content-Type", "text/html"],
  ["Content-Length", "2"],
];
const REDIRECT: readonly WriteOutField[] = [
  ["A", "r"],
  ["Location", "/y"],
  ["Content-Length", "0"],
];

for (const [index, expected] of recorded.entries()) {
  test(`-w ${JSON.stringify(expected.format).slice(0, 70)} writes what curl writes (${index})`, () => {
    const { stdout, stderr, files } = played(expected.format, sourceOf(expected));
    assert.equal(stdout, expected.stdout);
    assert.equal(stderr, expected.stderr);
    assert.deepEqual(files, expected.files);
    const json = played("%{json}", sourceOf(expected)).stdout;
    assert.equal(json, expected.json);
  });
}

function sourceOf({ json, redirected, noResponse }: RecordedWriteOut): WriteOutSource {
  const values = JSON.parse(json) as Record<string, string | number | null>;
  const entries = Object.entries(values).map(([name, value]): [string, unknown] => {
    if (name.startsWith("time_")) return [name, Math.round(Number(value) * 1e6)];
    return [name, value ?? undefined];
  });
  const responses = redirected ? [REDIRECT, FIELDS] : [FIELDS];
  return {
    variables: Object.fromEntries(entries) as unknown as WriteOutVariables,
    responses: noResponse ? [] : responses,
    nowMs: 0,
  };
}

/** Does the steps in memory. A file under /nope cannot be opened. */
function played(format: string, source: WriteOutSource) {
  const places = new Map([
    ["stdout", ""],
    ["stderr", ""],
  ]);
  const put = (place: string, text: string) => places.set(place, (places.get(place) ?? "") + text);
  let place = "stdout";
  for (const step of writeOut(format, source)) {
    if (step.type === "text") put(place, step.text);
    if (step.type === "complaint") put("stderr", `curl: ${step.text}\n`);
    if (step.type === "stdout" || step.type === "stderr") place = step.type;
    if (step.type !== "file" || step.path.startsWith("/nope")) continue;
    place = `./${step.path}`;
    if (!step.append) places.set(place, "");
  }
  const files = [...places].filter(([name]) => name.startsWith("./"));
  return {
    stdout: places.get("stdout") ?? "",
    stderr: places.get("stderr") ?? "",
    files: Object.fromEntries(files.map(([name, text]) => [name.slice(2), text])),
  };
}

test("%time{} is strftime in UTC, with microseconds", () => {
  const nowMs = Date.UTC(2026, 0, 4, 13, 5, 9) + 874.578;
  const source = { variables: {} as WriteOutVariables, responses: [], nowMs };
  assert.equal(
    played("%time{%Y-%m-%dT%H:%M:%S.%fZ}|%time{}|%time{x", source).stdout,
    "2026-01-04T13:05:09.874578Z||%time{x",
  );
});

test("strftime agrees with the C library", () => {
  const at = Date.UTC(2026, 0, 4, 13, 5, 9);
  // LC_ALL=C date -u -d 2026-01-04T13:05:09Z "+…"
  assert.equal(
    strftime("%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %k %l %m %M %p %P %r %R %s", at),
    "Sun Sunday Jan January Sun Jan  4 13:05:09 2026 20 04 01/04/26  4 2026-01-04 26 2026 Jan 13 01 004 13  1 01 05 PM pm 01:05:09 PM 13:05 1767531909",
  );
  assert.equal(
    strftime("%S %T %u %U %V %w %W %x %X %y %Y %z %Z %%", at),
    "09 13:05:09 7 01 01 0 00 01/04/26 13:05:09 26 2026 +0000 UTC %",
  );
  assert.equal(strftime("%G-%V %U %W", Date.UTC(2027, 0, 1)), "2026-53 00 00");
});
