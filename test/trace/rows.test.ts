import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { explainTree, formatTree } from "../../src/trace/tree.ts";

const REQUEST =
  "GET /hello HTTP/1.1\r\nHost: example.com\r\nCache-Control: max-age=0, no-store=1\r\nX : y\r\n\r\n";
const lines = (columns?: number, text = REQUEST): string[] =>
  formatTree(explainTree(latin1Bytes(text)), columns === undefined ? {} : { columns });

test("no line is wider than the terminal, and no section is broken", () => {
  for (let columns = 60; columns <= 200; columns += 7) {
    for (const line of lines(columns)) {
      assert.ok(line.length <= columns, `${columns}: ${line}`);
      assert.doesNotMatch(line, /\[[^\]]*$/);
    }
  }
});

test("every sentence is whole, however narrow the terminal is", () => {
  const text = "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n";
  const words = (shown: readonly string[]) => shown.join(" ").split(/\s+/).sort();
  assert.deepEqual(words(lines(60, text)), words(lines(undefined, text)));
});

test("from 120 columns on there is a column of hexadecimal", () => {
  assert.match(lines(120).join("\n"), / 47 45 54 20 2f 68 65 6c… {2}"GET \/hello HTTP\/1.1"/);
  assert.match(lines(120).join("\n"), / 0d 0a +"\\r\\n"/);
  assert.doesNotMatch(lines(119).join("\n"), /47 45 54/);
  assert.doesNotMatch(lines().join("\n"), /47 45 54/);
});

test("a message begins with a line of its own, and a field line has the parts of its value below", () => {
  const shown = lines(undefined, `${REQUEST.replace("X : y\r\n", "")}GET / HTTP/1.1\r\nHost: a\r\n\r\n`);
  assert.equal(shown.filter((line) => line.trim() === "── request ──").length, 2);
  const at = shown.findIndex((line) => /field-line +"Cache-Control/.test(line));
  assert.match(shown[at + 1] ?? "", /^ +\d+–\d+ {4}directive +"max-age=0"/);
  assert.match(shown[at + 3] ?? "", /problem +no-store takes no value$/);
});

test("a fault has its code, its readers and what to do below its line; what follows is marked as a guess", () => {
  const shown = lines().join("\n");
  assert.match(
    shown,
    /"X : y"[^\n]*\n +\d+ +error +WHITESPACE_BEFORE_COLON [^\n]*\[RFC 9112 §5.1\]\n( +read by +[^\n]+\n)+ +to do +remove/,
  );
  assert.match(shown, / guess +a rule was broken[\s\S]*\n\d+–\d+\? +empty-line /);
});

test("red is for what is wrong alone", () => {
  const shown = formatTree(explainTree(latin1Bytes(REQUEST)), { colour: true });
  for (const line of shown)
    assert.equal(line.startsWith("\u001b[31m"), /problem | error /.test(line), JSON.stringify(line));
});
