import assert from "node:assert/strict";
import fs, { readFileSync } from "node:fs";
import { test } from "node:test";
import * as http from "wirepane/http";
import * as trace from "wirepane/trace";
import { rawServer } from "../http/raw-server.ts";
import { ROOT } from "../support/root.ts";

const page = readFileSync(new URL("docs/fetch.md", ROOT), "utf8");

test("docs/fetch.md names every test of fetch-standard.test.ts, each once, and no other", () => {
  const source = readFileSync(new URL("test/http/fetch-standard.test.ts", ROOT), "utf8");
  const tests = [...source.matchAll(/^ {2}"([^"]+)": /gm)].map(([, name]) => name);
  const named = [...page.matchAll(/\[([^\]]+)\]\(\.\.\/test\/http\/fetch-standard\.test\.ts\)/g)]
    .map(([, name]) => name?.replaceAll("\\", ""))
    .filter((name) => name !== "fetch-standard.test.ts");
  assert.ok(tests.length > 90);
  assert.deepEqual(named.sort(), tests.sort());
});

test("docs/fetch.md names every option of createFetch", () => {
  const source = readFileSync(new URL("src/http/client/create-fetch.ts", ROOT), "utf8");
  const settings = /interface FetchSettings \{\n(.*?)\n\}/s.exec(source)?.[1] ?? "";
  const options = [...settings.matchAll(/^ {2}readonly (\w+)\?/gm)].map(([, name]) => name ?? "");
  assert.ok(options.length > 8);
  const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(rows.sort(), [...options, "record"].sort());
});

const MODULES = { "wirepane/http": http, "wirepane/trace": trace, "node:fs": fs } as const;
const AsyncFunction = (async () => {}).constructor as new (
  ...parts: string[]
) => (...given: unknown[]) => Promise<void>;

const examples = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code ?? "");

test("docs/fetch.md has examples", () => assert.ok(examples.length >= 7));

for (const [i, code] of examples.entries())
  test(`example ${i + 1} of docs/fetch.md runs, and prints something`, async () => {
    await using server = await rawServer((peer) =>
      peer.answerAll("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    );
    const printed: unknown[][] = [];
    const body = code.replace(/^import (\{.*\}) from ("[\w:/]+");$/gm, "const $1 = modules[$2];");
    const run = new AsyncFunction("modules", "url", "console", body);
    await run(MODULES, server.url, { log: (...values: unknown[]) => printed.push(values) });
    assert.ok(printed.length > 0 && printed.flat().every((value) => value !== undefined));
  });
