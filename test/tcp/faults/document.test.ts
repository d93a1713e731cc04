import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FaultError } from "../../../src/tcp/faults/fault-error.ts";
import { parseFaults } from "../../../src/tcp/faults/fault-file.ts";
import { FAULT_KINDS } from "../../../src/tcp/faults/kinds.ts";
import { formatFault, parseFault } from "../../../src/tcp/faults/text.ts";
import { ROOT } from "../../support/root.ts";

const page = readFileSync(new URL("docs/faults.md", ROOT), "utf8");
const [, table = ""] = /## The faults\n([\s\S]*?)\n## /.exec(page) ?? [];
const rows = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, example = ""]) => example);

test("docs/faults.md has a row for each fault, in the order of the table", () => {
  assert.deepEqual(
    rows.map((example) => parseFault(example).type),
    FAULT_KINDS.map(({ type }) => type),
  );
});

test("every fault on the page can be read", () => {
  const types = FAULT_KINDS.map(({ type }) => type).join("|");
  const quoted = [
    ...page.matchAll(new RegExp(`[\`'"]((?:(?:up|down):)?(?:${types})(?: [^\`'"]+)?)[\`'"]`, "g")),
  ];
  assert.ok(quoted.length > rows.length);
  for (const [, text = ""] of quoted) parseFault(text);
});

test("the summary of each fault names an example that can be read", () => {
  for (const { type, summary } of FAULT_KINDS) {
    const example = summary.split(": ").find((part) => part.startsWith(type)) ?? type;
    assert.equal(parseFault(example.split(/[;,]/)[0] ?? "").type, type, summary);
  }
});

test("a file has a fault on each line, and comments", () => {
  const faults = parseFaults("# slow\ndown:latency 100ms  # and more\r\n\n  cut on=conn#1\n");
  assert.deepEqual(faults.map(formatFault), ["down:latency 100ms", "down:cut on=conn#1"]);
});

test("a file may be toxics in JSON", () => {
  const faults = parseFaults('[{"type": "cut", "attributes": {"on": "conn#1 chunk#3", "after": 2}}]');
  assert.deepEqual(faults.map(formatFault), ["down:cut on=conn#1 on=chunk#3 after=2B"]);
});

test("an error in a file names its line, or the number of its toxic", () => {
  const fails = (text: string, message: RegExp): void => {
    assert.throws(
      () => parseFaults(text),
      (error) => error instanceof FaultError && message.test(error.message),
    );
  };
  fails("cut\n\nlatancy 1ms\n", /^line 3: there is no fault "latancy"/);
  fails('[{"type": "cut"}, {}]', /^toxic 2: a fault has a type/);
  fails("[{]", /is no JSON/);
});
