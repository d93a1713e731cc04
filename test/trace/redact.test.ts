import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, latin1Bytes } from "../../src/bytes/text.ts";
import { Http1Connection, NEED_DATA } from "../../src/http1.ts";
import {
  explainBytes,
  formatExplanation,
  formatTimeline,
  recordTrace,
  redact,
  redactLine,
} from "../../src/trace.ts";

const SECRET = "S3CRET";

const MASKED = [
  "Authorization",
  "Proxy-Authorization",
  "Authentication-Info",
  "Proxy-Authentication-Info",
  "Cookie",
  "Set-Cookie",
  "X-Api-Key",
  "Api-Key",
  "X-Auth-Token",
  "X-Access-Token",
  "X-Csrf-Token",
  "X-Amz-Security-Token",
];

/** The masked recording of a server that reads these pieces, and its timeline. */
function recorded(pieces: readonly string[]): string {
  const recorder = recordTrace();
  const observer = recorder.observe("server");
  const server = new Http1Connection({ role: "server", observer });
  for (const piece of pieces) {
    const bytes = latin1Bytes(piece);
    observer.connection({ kind: "read", bytes });
    server.receive(bytes);
    while (server.nextEvent() !== NEED_DATA);
  }
  const saved = redact(recorder.records).map((record) =>
    record.type === "bytes" ? latin1(record.bytes) : "",
  );
  return [...saved, ...formatTimeline(recorder.records)].join("\n");
}

for (const name of MASKED) {
  for (const spelling of [name, name.toLowerCase(), name.toUpperCase()]) {
    const head = `GET / HTTP/1.1\r\nHost: a\r\n${spelling}: ${SECRET}\r\nX-Other: open\r\n\r\n`;

    test(`the value of ${spelling} is masked in a recording, a timeline and an explanation`, () => {
      const shown = [recorded([head]), ...formatExplanation(explainBytes(latin1Bytes(head)))].join("\n");
      assert.ok(!shown.includes(SECRET), shown);
      assert.ok(shown.includes(`${spelling}: ${"*".repeat(SECRET.length)}`), shown);
      assert.ok(shown.includes("open"), shown);
    });
  }

  test(`the value of ${name} is masked in a head that never becomes complete`, () => {
    const shown = recorded([`GET / HTTP/1.1\r\nHost: a\r\n${name}: ${SECRET.slice(0, 3)}`]);
    assert.ok(!shown.includes(SECRET.slice(0, 3)), shown);
  });
}

test("a whole line hides its secrets alone: the end of an authority is known", () => {
  assert.equal(redactLine("Host: a.example"), "Host: a.example");
  assert.equal(redactLine("Host: me:pw@a.example"), "Host: *****@a.example");
  assert.equal(redactLine("Location: http://a.example"), "Location: http://a.example");
  assert.equal(redactLine("GET http://a.example"), "GET http://a.example");
  assert.equal(redactLine("Cookie: a=1"), "Cookie: ***");
});
