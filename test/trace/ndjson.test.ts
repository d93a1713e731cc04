import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { fromNdjson, NdjsonReader, type TraceRecord, toNdjson } from "../../src/trace.ts";
import { RECORDINGS } from "../support/recordings.ts";
import { ROOT } from "../support/root.ts";

const schema = JSON.parse(readFileSync(new URL("docs/trace.schema.json", ROOT), "utf8"));
const isValid = new Ajv2020({ strict: true }).compile(schema);

const recordings = new Map<string, TraceRecord[]>();
for (const [name, record] of Object.entries(RECORDINGS)) recordings.set(name, await record());
const all = [...recordings.values()].flat();
const lines = (records: readonly TraceRecord[]): string =>
  records.map((record) => `${toNdjson(record)}\n`).join("");

for (const [name, records] of recordings) {
  test(`every record is valid by docs/trace.schema.json: ${name}`, () => {
    assert.ok(records.length > 1);
    for (const record of records) {
      assert.ok(isValid(JSON.parse(toNdjson(record))), JSON.stringify(isValid.errors));
    }
  });
}

/** Every place in a value: the path to each member. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]))].filter(
    ({ length }) => length > 0,
  );
}

function changed(value: unknown, [key = "", ...rest]: readonly string[], change: unknown): unknown {
  const members = value as Record<string, unknown>;
  if (rest.length > 0) return { ...members, [key]: changed(members[key], rest, change) };
  const { [key]: _, ...others } = members;
  return change === undefined ? others : { ...others, [key]: change };
}

test("the reader and docs/trace.schema.json agree on what a record is", () => {
  // One record of each kind: otherwise almost all would be spans.
  const kindOf = (record: TraceRecord) => (record.type === "connection" ? record.event.kind : record.type);
  const texts = [...new Map(all.map((record) => [kindOf(record), toNdjson(record)])).values()];
  assert.ok(texts.length >= 14);
  const changes = fc.constantFrom(
    undefined,
    null,
    -1,
    0,
    1.5,
    2 ** 52,
    2 ** 53,
    "",
    "x",
    "in",
    "server",
    "unix",
    "closed",
    true,
    [],
    ["a"],
    [1],
    {},
    { family: "unix", path: "/s" },
  );
  const verdicts = { valid: 0, invalid: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.nat(), changes, (text, place, change) => {
      const record: unknown = JSON.parse(text);
      const paths = pathsOf(record);
      const broken = changed(record, paths[place % paths.length] as readonly string[], change);
      let read = true;
      try {
        fromNdjson(JSON.stringify(broken));
      } catch (error) {
        // The schema does not look into base64.
        read = /bytes are not base64$/.test(String(error));
      }
      verdicts[read ? "valid" : "invalid"]++;
      assert.equal(isValid(broken), read, JSON.stringify(broken));
    }),
    { numRuns: 3000 },
  );
  assert.ok(verdicts.valid > 100 && verdicts.invalid > 100, JSON.stringify(verdicts));
});

test("a recording can be read in pieces of any size, cut anywhere, as text or as bytes", () => {
  const records = (recordings.get("three requests in one write") as TraceRecord[]).slice(0, 12);
  const error = { kind: "error", code: "DNS", message: "kein Löwe 🦁 da\n" } as const;
  const text = lines([
    ...records,
    { ...(records[0] as TraceRecord), type: "connection", event: error } as TraceRecord,
  ]);
  const whole = fromNdjson(text);
  assert.equal(whole.length, records.length + 1);
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size <= bytes.length; size = size < 20 ? size + 1 : size * 2) {
    const reader = new NdjsonReader();
    const read: TraceRecord[] = [];
    for (let at = 0; at < bytes.length; at += size) read.push(...reader.push(bytes.subarray(at, at + size)));
    assert.deepEqual([...read, reader.end()], [...whole, {}]);
  }
  const reader = new NdjsonReader();
  assert.deepEqual(
    [...text].flatMap((piece) => reader.push(piece)),
    whole,
  );
});

test("the end tells of a last line that was cut, and does not lose one without its line end", () => {
  const [first, second] = all as [TraceRecord, TraceRecord];
  const reader = new NdjsonReader();
  assert.equal(reader.push(lines([first]) + toNdjson(second)).length, 1);
  assert.deepEqual(reader.end(), { record: second });
  const cut = new NdjsonReader();
  const rest = toNdjson(second).slice(0, 30);
  assert.equal(cut.push(lines([first]) + rest).length, 1);
  assert.deepEqual(cut.end(), { cut: { line: 2, text: rest } });
});

test("a line that is no JSON is told in our words, and is not quoted", () => {
  const line = "root:S3CRET\n";
  assert.throws(
    () => new NdjsonReader().push(line),
    /^SyntaxError: line 1 is no trace record: it is not JSON$/,
  );
});

test("a line that is no record is an error with its number", () => {
  const reader = new NdjsonReader();
  reader.push(lines(all.slice(0, 3)));
  for (const line of ["{}", "null", "", "[1", '{"v":2}'])
    assert.throws(
      () => new NdjsonReader().push(`${lines(all.slice(0, 2))}${line}\n`),
      /^SyntaxError: line 3 is no trace record: /,
    );
});
