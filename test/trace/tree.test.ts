import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { latin1Bytes } from "../../src/bytes/text.ts";
import type { ExplanationNode } from "../../src/trace/node.ts";
import { explainTree } from "../../src/trace/tree.ts";

const tree = (text: string, options = {}) => explainTree(latin1Bytes(text), options);
/** `kind(part part)` of each node, as deep as `depth`. */
const outline = (nodes: readonly ExplanationNode[], depth: number): string =>
  nodes
    .map(({ kind, parts }) =>
      depth > 0 && parts.length > 0 ? `${kind}(${outline(parts, depth - 1)})` : kind,
    )
    .join(" ");

test("a request is a start-line, a header section with a node for each field line, and its body", () => {
  const { nodes, error } = tree("POST /a HTTP/1.1\r\nHost: b\r\nContent-Length: 2\r\n\r\nhi");
  assert.equal(error, undefined);
  assert.equal(
    outline(nodes, 2),
    "request(request-line(method request-target HTTP-version) " +
      "header-section(field-line field-line empty-line) body(content))",
  );
});

test("chunks are nodes of the body, and the trailer section stands behind it", () => {
  const { nodes } = tree(
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nDigest: a\r\n\r\n",
  );
  assert.equal(
    outline(nodes[0]?.parts.slice(2) ?? [], 1),
    "body(chunk chunk) trailer-section(field-line empty-line)",
  );
  const [chunk] = nodes[0]?.parts[2]?.parts ?? [];
  assert.deepEqual([chunk?.start, chunk?.end], [47, 57]);
});

test("each message is a node of its own, an interim response, too", () => {
  const { nodes } = tree(
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello",
  );
  assert.deepEqual(
    nodes.map(({ kind, shown }) => `${kind} ${shown}`),
    ['response "HTTP/1.1 100 Continue"', 'response "HTTP/1.1 204 No Content"', 'response "HTTP/1.1 200 OK"'],
  );
});

test("whitespace is a node only where it is not a single space behind the colon", () => {
  const line = (text: string) => {
    const [message] = tree(`GET / HTTP/1.1\r\n${text}\r\nHost: a\r\n\r\n`).nodes;
    return outline(message?.parts[1]?.parts[0]?.parts ?? [], 0);
  };
  assert.equal(line("X: a"), "field-name field-value");
  assert.equal(line("X:a"), "field-name field-value");
  assert.equal(line("X:  a"), "field-name OWS field-value");
  assert.equal(line("X: a\t"), "field-name field-value OWS");
});

test("any bytes become nodes in order, each within its parent, and the first level has every byte", () => {
  const lines = fc.constantFrom(
    "GET / HTTP/1.1\r\n",
    "\r\n",
    "HTTP/1.1 200 OK\r\n",
    "Host: a\r\n",
    "Host : a\r\n",
    "Cache-Control: max-age=1, private\r\n",
    "5\r\nhello\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 4\r\n",
    "0\r\n",
    "X: a\n",
    " folded\r\n",
  );
  const nearlyHttp = fc.array(lines).map((parts) => latin1Bytes(parts.join("")));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), nearlyHttp), (bytes) => {
      let at = 0;
      for (const { start, end } of explainTree(bytes).nodes) {
        assert.equal(start, at);
        at = end;
      }
      assert.equal(at, bytes.length);
      for (const node of explainTree(bytes).nodes) checkParts(node);
    }),
    { numRuns: 1000 },
  );
});

function checkParts({ start, end, parts }: ExplanationNode): void {
  let at = start;
  for (const part of parts) {
    assert.ok(part.start >= at && part.end >= part.start && part.end <= end);
    at = part.end;
    checkParts(part);
  }
}
