import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { explainBytes, formatExplanation } from "../../src/trace/explain.ts";

const explained = (text: string, options = {}) => explainBytes(latin1Bytes(text), options);
const rules = (text: string, options = {}) => explained(text, options).spans.map(({ rule }) => rule);
const UNSAFE = /[^\u0020-\u007e\u00a0-\u{10ffff}]/u;

test("a request is explained rule by rule, and its bytes are all there", () => {
  const { spans, error } = explained("GET /a HTTP/1.1\r\nHost: b\r\n\r\n");
  assert.equal(error, undefined);
  assert.deepEqual(
    spans.map(({ rule, shown }) => `${rule} ${shown}`),
    [
      'method "GET"',
      'SP " "',
      'request-target "/a"',
      'SP " "',
      'HTTP-version "HTTP/1.1"',
      'CRLF "\\r\\n"',
      'field-name "Host"',
      'colon ":"',
      'OWS " "',
      'field-value "b"',
      'CRLF "\\r\\n"',
      'empty-line "\\r\\n"',
    ],
  );
});

test("bytes that begin with HTTP/ are a response, and its status is explained", () => {
  const { spans } = explained("HTTP/1.1 304 Not Modified\r\n\r\n");
  const status = spans.find(({ rule }) => rule === "status-code");
  assert.match(status?.meaning ?? "", /still good/);
  assert.equal(status?.section, "RFC 9110 §15.4.5");
});

test("several messages in a row are explained one after the other", () => {
  const requests = rules(
    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
  );
  assert.equal(requests.filter((rule) => rule === "method").length, 2);
  assert.equal(requests.at(-1), "content");
  const responses = rules(
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello",
  );
  assert.equal(responses.filter((rule) => rule === "status-code").length, 3);
  assert.equal(responses.at(-1), "close-delimited");
});

test("a broken rule is shown in its place, with its code and why it matters", () => {
  const { spans, error } = explained("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
  assert.equal(error?.code, "WHITESPACE_BEFORE_COLON");
  const faults = spans.filter(({ rule }) => rule === "error");
  assert.deepEqual(
    faults.map(({ start }) => start),
    [16, 16],
  );
  assert.match(faults[1]?.meaning ?? "", /smuggled/);
});

test("bytes after a fault are not read, even if the fault is in the first line", () => {
  const { spans } = explained("GET / HTTP/1.1\nHost: a\n\n");
  assert.deepEqual(
    spans.map(({ rule }) => rule),
    ["unread", "error", "error"],
  );
});

test("a message that is cut off says what is missing", () => {
  const { error } = explained("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour");
  assert.equal(error?.code, "INCOMPLETE_BODY");
  assert.match(error?.message ?? "", /4 of 9 bytes/);
});

test("the method of the request decides whether a response has content", () => {
  const response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  assert.equal(explained(response, { method: "HEAD" }).error, undefined);
  assert.equal(explained(response).error?.code, "INCOMPLETE_BODY");
});

test("bytes after a 101 are not HTTP any more", () => {
  const switched =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: any\r\n\r\nbytes of it";
  assert.equal(rules(switched).at(-1), "tunnel");
});

test("secrets are masked, even where the grammar found no fields, unless the caller wants to see them", () => {
  const messages = [
    "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic S3CRET\r\nCookie: s=S3CRET\r\n\r\n",
    "GET / HTTP/1.1\r\nHost : a\r\nAuthorization: Basic S3CRET\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic S3CR",
    "GET / HTTP/1.1\r\nHost: a\r\nAuthorization : S3CRET\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nCookie: \u0001S3CRET\r\n\r\n",
    "HTTP/1.1 200 OK\r\nSet-Cookie: s=S3CRET\r\nContent-Length: 0\r\n\r\n",
  ];
  for (const message of messages) {
    const shown = (reveal: boolean) => formatExplanation(explained(message, { reveal })).join("\n");
    assert.doesNotMatch(shown(false), /S3CR/);
    assert.match(shown(true), /S3CR/);
  }
});

test("any bytes are explained without a gap, and without a byte that controls a terminal", () => {
  const anything = fc.uint8Array({ maxLength: 200 });
  const nearlyHttp = fc
    .array(
      fc.constantFrom(
        "GET / HTTP/1.1\r\n",
        "HTTP/1.1 200 OK\r\n",
        "Host: a\r\n",
        "\r\n",
        "\u001b[31m",
        "5\r\nhello\r\n",
        "Transfer-Encoding: chunked\r\n",
        "\u009b",
        "0\r\n",
      ),
    )
    .map((parts) => latin1Bytes(parts.join("")));
  fc.assert(
    fc.property(fc.oneof(anything, nearlyHttp), (bytes) => {
      const explanation = explainBytes(bytes);
      let at = 0;
      for (const { start, end, rule } of explanation.spans) {
        if (rule === "error") continue;
        assert.equal(start, at);
        at = end;
      }
      assert.equal(at, bytes.length);
      for (const line of formatExplanation(explanation)) assert.doesNotMatch(line, UNSAFE);
    }),
    { numRuns: 2000 },
  );
});
