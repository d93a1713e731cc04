import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { ProtocolError } from "../../src/http1/errors.ts";
import { NEED_DATA, PAUSED } from "../../src/http1/events.ts";
import { Fields } from "../../src/http1/fields.ts";
import { readingsOf } from "../../src/trace/ambiguity.ts";
import type { ExplanationNode, Problem } from "../../src/trace/node.ts";
import { recordTrace } from "../../src/trace/recorder.ts";
import type { Span } from "../../src/trace/streams.ts";
import { explainRecordsAsTrees, explainTree, treeOfStream } from "../../src/trace/tree.ts";
import { ROOT } from "../support/root.ts";

/** Every problem of the tree, in the order of the bytes. */
const problemsOf = (nodes: readonly ExplanationNode[]): Problem[] =>
  nodes.flatMap(({ problem, parts }) => [...(problem === undefined ? [] : [problem]), ...problemsOf(parts)]);
const explained = (text: string) => explainTree(latin1Bytes(text));

const C = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const G = "GET / HTTP/1.1\r\nHost: a\r\n";
const P = "POST / HTTP/1.1\r\nHost: a\r\n";

/** A request for each ambiguity, and the row of docs/conformance.md that has its like. */
const REQUESTS: readonly [row: string, request: string][] = [
  ["cl-te-both", `${P}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ["cl-dup-diff", `${P}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`],
  ["lf-only", "GET / HTTP/1.1\nHost: a\n\n"],
  ["obsfold", `${G}X: a\r\n b\r\n\r\n`],
  ["sp-colon", `${G}X : a\r\n\r\n`],
  ["dup-host", `${G}Host: b\r\n\r\n`],
  ["abs-host-mismatch", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["te-http10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["ck-plus", `${C}+5\r\nhello\r\n0\r\n\r\n`],
  ["ck-0x", `${C}0x5\r\nhello\r\n0\r\n\r\n`],
  ["ck-lead-sp", `${C} 5\r\nhello\r\n0\r\n\r\n`],
  ["ck-trail-sp", `${C}5 \r\nhello\r\n0\r\n\r\n`],
  ["ck-underscore", `${C}1_0\r\nhellohellohelloh\r\n0\r\n\r\n`],
  ["ck-17f", `${C}${"f".repeat(17)}\r\nhello`],
];
const PROGRAMS = ["node:http", "nginx", "Apache"];

test("what an explanation says of each program is what the program was seen to do", () => {
  const page = readFileSync(new URL("docs/conformance.md", ROOT), "utf8");
  for (const [row, request] of REQUESTS) {
    const cells = new RegExp(`^\\| ${row} \\|(.*)$`, "m").exec(page)?.[1]?.split(/(?<!\\)\|/) ?? [];
    assert.ok(cells.length >= 6, `docs/conformance.md has no row ${row}`);
    const readings = problemsOf(explained(request).nodes)[0]?.readings ?? [];
    for (const [index, program] of PROGRAMS.entries()) {
      const verdict = cells[index + 3] ?? "";
      const said = readings.find(({ who }) => who.split(", ").includes(program));
      assert.ok(said, `${row}: nothing is said of ${program}`);
      assert.equal(
        said.what.startsWith("refuse"),
        !verdict.includes("**!**"),
        `${row}, ${program}: ${verdict}`,
      );
    }
  }
});

test("two readers of a length and a coding see two different ends, which are told", () => {
  const smuggled = "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
  const head = `${P}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const chunked = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
  const [problem] = problemsOf(explained(head + chunked).nodes);
  const whats = new Map(problem?.readings.map(({ who, what }) => [who, what]));
  const bodyStart = head.length;
  assert.match(
    whats.get("a reader of Transfer-Encoding") ?? "",
    new RegExp(`ends at byte ${bodyStart + chunked.length}; nothing is left`),
  );
  assert.match(whats.get("a reader of Content-Length") ?? "", new RegExp(`ends at byte ${bodyStart + 4}; `));
});

test("after a fault, the explanation reads on where a generous program would, and marks the guess", () => {
  for (const [row, request] of REQUESTS) {
    // Nobody we know reads on here.
    if (row === "ck-17f" || row === "ck-underscore") continue;
    const { nodes, error } = explained(`${request}GET /next HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.notEqual(error, undefined);
    const last = nodes.at(-1);
    assert.match(last?.shown ?? "", /^"GET \/next/, row);
    assert.equal(last?.guessed, true, row);
  }
});

test("the problem stands at the line that is at fault", () => {
  const lines = (text: string) => {
    const found: string[] = [];
    const visit = (nodes: readonly ExplanationNode[]): void => {
      for (const { problem, shown, parts } of nodes) {
        if (problem !== undefined) found.push(`${problem.code} ${shown}`);
        visit(parts);
      }
    };
    visit(explained(text).nodes);
    return found;
  };
  assert.deepEqual(lines(`${G}Host: b\r\n\r\n`), ['DUPLICATE_HOST "Host: b"']);
  assert.deepEqual(lines(`${G}X : a\r\n\r\n`), ['WHITESPACE_BEFORE_COLON "X : a"']);
  assert.deepEqual(lines(`${C}5 \r\nhello\r\n0x0\r\n\r\n`), [
    'INVALID_CHUNK_SIZE "5 "',
    'INVALID_CHUNK_SIZE "0x0"',
  ]);
});

test("in a recording, which has no errors, a fault is found again, in its place", () => {
  const first = `${P}Content-Length: 2\r\n\r\nhi`;
  const second = `${P}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
  for (const pieces of [[first + second], [...(first + second)]]) {
    const recorder = recordTrace();
    const observer = recorder.observe("server");
    const http1 = new Http1Connection({ role: "server", observer });
    const fields = new Fields(["Content-Length", "0"]);
    let code = "";
    for (const piece of pieces) {
      observer.connection({ kind: "read", bytes: latin1Bytes(piece) });
      try {
        http1.receive(latin1Bytes(piece));
        for (
          let event = http1.nextEvent();
          event !== NEED_DATA && event !== PAUSED;
          event = http1.nextEvent()
        ) {
          if (event.type !== "end") continue;
          http1.send({ type: "response", status: 200, reason: "OK", version: "1.1", fields });
          http1.send({ type: "end", trailers: new Fields() });
          http1.startNextCycle();
        }
      } catch (error) {
        if (error instanceof ProtocolError) code ||= error.code;
      }
    }
    assert.equal(code, "LENGTH_AND_CODING");
    const [tree] = explainRecordsAsTrees(recorder.records);
    const [problem] = problemsOf(tree?.nodes ?? []);
    const bodyStart = first.length + second.indexOf("0\r\n\r\n");
    assert.equal(problem?.code, code);
    assert.equal(problem?.start, first.length + second.indexOf("Transfer-Encoding"));
    assert.match(problem?.message ?? "", new RegExp(`\\(byte ${bodyStart}\\)`));
    assert.match(JSON.stringify(problem?.readings), new RegExp(`ends at byte ${bodyStart + 5}; nothing`));
    assert.equal(tree?.nodes.at(-1)?.end, first.length + second.length);
  }
});

test("a message of a recording that is not complete has no fault", () => {
  const bytes = latin1Bytes(`${P}Content-Length: 5\r\n\r\nhel`);
  const spans: Span[] = [];
  const http1 = new Http1Connection({
    role: "server",
    observer: { span: (_, rule, start, end) => spans.push({ rule, start, end }) },
  });
  http1.receive(bytes);
  while (http1.nextEvent() !== NEED_DATA);
  assert.deepEqual(problemsOf(treeOfStream({ base: 0, bytes, spans })), []);
});

test("a secret behind a fault stays masked", () => {
  for (const fault of ["X : a", "X: a\r\n b", "X", ": x", "X: \x01"]) {
    const { nodes } = explained(`${G}${fault}\r\nAuthorization: Basic S3CRET\r\nCookie : a=S3CRET\r\n\r\n`);
    assert.doesNotMatch(JSON.stringify(nodes), /S3CR/);
  }
});

test("a rule that all programs hold alike has no second reading", () => {
  assert.deepEqual(readingsOf("INVALID_METHOD", "request", "GE T"), []);
});
