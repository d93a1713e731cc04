import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ROOT } from "../support/root.ts";

const FAST = new URL("src/http1/fast/", ROOT);
const names = readdirSync(FAST).filter((name) => name.endsWith(".ts"));
const page = readFileSync(new URL("README.md", FAST), "utf8");

test("every fast path stands on the page of fast paths, with a test that exists", () => {
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const missing = names.filter((name) => !rows.some((row) => row.startsWith(`| \`${name}\``)));
  assert.deepEqual(missing, []);
  const tests = [...page.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path as string);
  assert.ok(tests.length > 0);
  assert.deepEqual(
    tests.filter((path) => !existsSync(new URL(path, ROOT))),
    [],
  );
});

test("no fast path has memory of its own in its module: all of it is in FastMemory, or in a connection", () => {
  const mutable = /^(?:export )?(?:let |const \w+(?:: [^=]+)? = (?:new |\[|\{))/m;
  const found = names.filter((name) => mutable.test(readFileSync(new URL(name, FAST), "utf8")));
  assert.deepEqual(found, ["memory.ts"]);
});
