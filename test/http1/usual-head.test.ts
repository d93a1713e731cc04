import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ReceiveBuffer } from "../../src/bytes/receive-buffer.ts";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { type HttpEvent, NEED_DATA } from "../../src/http1/events.ts";
import { UsualHeads } from "../../src/http1/fast/usual-head.ts";
import { STRICT } from "../../src/http1/leniency.ts";
import { CLIENT_LIMITS, SERVER_LIMITS } from "../../src/http1/limits.ts";
import { MessageReader } from "../../src/http1/message-reader.ts";
import { observerOf } from "../../src/http1/observer.ts";

/*
 * Usual heads are read by a reader of their own, for speed (src/http1/fast/README.md). Its events and its spans are those
 * of the grammar.
 */

type Reads = "request" | "response";
const LIMITS = { request: SERVER_LIMITS, response: CLIENT_LIMITS };

/** Everything that is read from the bytes: events, spans, and the error at the end. */
function read(reads: Reads, chunks: readonly Uint8Array[]): unknown {
  const seen: unknown[] = [];
  const reader = new MessageReader({
    reads,
    limits: LIMITS[reads],
    leniency: STRICT,
    observer: observerOf("in", { span: (_, ...span) => void seen.push(span.join(" ")) }),
  });
  try {
    for (const chunk of chunks) {
      reader.receive(chunk);
      for (let event = reader.next(); event !== NEED_DATA; event = reader.next()) seen.push(plain(event));
    }
  } catch (error) {
    seen.push(String(error));
  }
  return [seen, reader.offset];
}

const plain = (event: HttpEvent): unknown =>
  event.type === "data" ? Buffer.from(event.bytes).toString("latin1") : JSON.stringify(event);

/** With the first octet alone, the reader of usual heads gives up, and the grammar reads the message. */
const asGrammar = (bytes: Uint8Array): Uint8Array[] => [bytes.subarray(0, 1), bytes.subarray(1)];

const isUsual = (reads: Reads, text: string): boolean => {
  const buffer = new ReceiveBuffer();
  buffer.append(latin1Bytes(text));
  const usual = new UsualHeads();
  const head =
    reads === "request"
      ? usual.takeRequest(buffer, LIMITS.request, undefined)
      : usual.takeResponse(buffer, LIMITS.response, undefined);
  assert.equal(buffer.start > 0, head !== undefined, "a head that is not taken leaves all as it was");
  return head !== undefined;
};

const START = { request: "GET /a?b HTTP/1.1\r\n", response: "HTTP/1.1 200 OK\r\n" };

const name = fc.constantFrom(
  "Host",
  "host",
  "Date",
  "A",
  "Server",
  "Content-Type",
  "X-Some-Rather-Long-Name",
  "a-b",
);
const value = fc.oneof(
  fc.constantFrom("", "a", "text/html; charset=utf-8", "a\tb", "caf\xe9", "\x80\xff", "x".repeat(40)),
  fc.string({
    unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)),
    maxLength: 30,
  }),
);
const whitespace = fc.constantFrom("", " ", " ", " ", "\t", "  ", " \t ");
const line = fc
  .tuple(name, whitespace, value, whitespace)
  .map(([n, before, v, after]) => `${n}:${before}${v}${after}\r\n`);
/** Text that makes a head invalid or unusual, inserted somewhere. */
const spoil = fc.option(
  fc.record({
    at: fc.nat(400),
    text: fc.constantFrom(
      "\r",
      "\n",
      "\r\n",
      "\0",
      " ",
      "\t",
      ":",
      "\x7f",
      "\x01",
      "\r\n\r\n",
      "\xff",
      "\r\n ",
    ),
    replaces: fc.nat(2),
  }),
);

for (const reads of ["request", "response"] as const) {
  test(`the reader for usual heads and the grammar read a ${reads} head alike, usual or not`, () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), spoil, fc.boolean(), (lines, spoiled, whole) => {
        const host = reads === "request" ? "Host: a\r\n" : "Content-Length: 3\r\n";
        let text = `${START[reads]}${host}${lines.join("")}\r\nabc`;
        if (spoiled !== null) {
          const at = spoiled.at % text.length;
          text = text.slice(0, at) + spoiled.text + text.slice(at + spoiled.replaces);
        }
        const bytes = latin1Bytes(whole ? text : text.slice(0, -4));
        assert.deepEqual(read(reads, [bytes]), read(reads, asGrammar(bytes)));
      }),
      { numRuns: 20_000 },
    );
  });
}

test("a head like the ones that servers and clients send is usual", () => {
  assert.ok(
    isUsual("request", "GET / HTTP/1.1\r\nHost: localhost:8080\r\nAccept: */*\r\nUser-Agent: curl/8\r\n\r\n"),
  );
  assert.ok(isUsual("request", "POST /a?b=c HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc"));
  assert.ok(isUsual("response", "HTTP/1.1 200 OK\r\nDate: x\r\nServer: y\r\nContent-Length: 0\r\n\r\n"));
  assert.ok(isUsual("response", "HTTP/1.1 404 \r\n\r\n"));
});

test("a head that is cut, too long or too rich, or of an unusual version is left to the grammar", () => {
  const head = "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n";
  for (let end = 0; end < head.length; end++) assert.equal(isUsual("request", head.slice(0, end)), false);
  assert.equal(isUsual("request", head.replace("1.1", "1.0")), false);
  assert.equal(isUsual("request", `GET /${"x".repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`), false);
  assert.equal(isUsual("request", `GET / HTTP/1.1\r\nHost: a\r\n${"A: b\r\n".repeat(100)}\r\n`), false);
  assert.equal(isUsual("request", `GET / HTTP/1.1\r\n${"A".repeat(70)}: b\r\n\r\n`), false);
  assert.equal(isUsual("response", "HTTP/1.1 103 Early Hints\r\n\r\n"), false);
  assert.equal(isUsual("response", "HTTP/1.1 99 OK\r\n\r\n"), false);
});

test("the length of one head does not change how the next is read", () => {
  // The reader first looks at as many bytes as the last head had, up to the longest head that it reads.
  const lengths = [40, 500, 513, 1000, 8000, 13_107, 13_108, 16_383, 16_384, 16_385, 20_480, 40_000, 70_000];
  const headOf = (length: number) => latin1Bytes(`HTTP/1.1 200 OK\r\nA: ${"b".repeat(length - 24)}\r\n\r\n`);
  const alone = lengths.map((length) => read("response", asGrammar(headOf(length))));
  for (const before of lengths) {
    for (const [i, length] of lengths.entries()) {
      read("response", [headOf(before)]);
      assert.deepEqual(read("response", [headOf(length)]), alone[i], `${length} bytes after ${before}`);
    }
  }
});

test("heads with ever new names are read correctly, and the names do not pile up", () => {
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 20_000; i++) {
    const bytes = latin1Bytes(`GET / HTTP/1.1\r\nHost: a\r\nX-${i}: 1\r\nY-${i}: ${i}\r\n\r\n`);
    if (i % 1000 === 0) assert.deepEqual(read("request", [bytes]), read("request", asGrammar(bytes)));
    else read("request", [bytes]);
  }
  assert.ok(process.memoryUsage().heapUsed - before < 64 * 1024 * 1024);
});
