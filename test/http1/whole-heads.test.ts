import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { NEED_DATA } from "../../src/http1/events.ts";
import { spansOfHead } from "../../src/http1/fast/spans-of-head.ts";
import { EMPTY_FIELDS, Fields } from "../../src/http1/fields.ts";
import type { Http1Observer } from "../../src/http1/observer.ts";

const HEAD = "GET /a HTTP/1.1\r\nHost:  b \r\nEmpty:\r\n\r\n";
const CHUNKS = "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

/** What a server reports that reads these pieces and answers each request with chunks. `whole`: heads as one call. */
function told(whole: boolean, pieces: readonly string[]): string[] {
  const seen: string[] = [];
  const observer: Http1Observer = {
    span: (...span) => void seen.push(span.join(" ")),
    ...(whole && { head: (...head) => void seen.push(head.join(" ")) }),
  };
  const server = new Http1Connection({ role: "server", observer });
  for (const piece of pieces) {
    server.receive(latin1Bytes(piece));
    for (let event = server.nextEvent(); typeof event === "object"; event = server.nextEvent()) {
      if (event.type !== "end") continue;
      const fields = new Fields(["Transfer-Encoding", "chunked"]);
      server.send({ type: "response", status: 200, reason: "OK", version: "1.1", fields });
      server.send({ type: "data", bytes: latin1Bytes("abc") });
      server.send({ type: "end", trailers: EMPTY_FIELDS });
      server.startNextCycle();
    }
  }
  return seen;
}

test("a whole head is reported in one call, received or sent, and its bytes give the same spans later", () => {
  const pieces = [HEAD, HEAD + HEAD, `POST${HEAD.slice(3, -2)}${CHUNKS}`];
  const received = pieces.join("");
  const answer = `HTTP/1.1 200 OK\r\n${CHUNKS}`.repeat(4);
  const seen = told(true, pieces);
  assert.equal(seen.filter((line) => line.split(" ").length === 3).length, 8, "four requests, four answers");
  const expanded = seen.flatMap((line) => {
    const [direction, start, end, more] = line.split(" ");
    if (more !== undefined) return [line];
    const [message, text] =
      direction === "in" ? (["request", received] as const) : (["response", answer] as const);
    const spans: string[] = [];
    const head = latin1Bytes(text.slice(Number(start), Number(end)));
    spansOfHead(message, head, Number(start), (...span) => void spans.push([direction, ...span].join(" ")));
    return spans;
  });
  assert.deepEqual(expanded, told(false, pieces));
});

test("a head that comes in pieces, or is unusual, is reported span by span", () => {
  for (const pieces of [
    [HEAD.slice(0, 9), HEAD.slice(9)],
    [`\r\n${HEAD}`],
    [HEAD.replace("Empty", "x".repeat(70))],
  ]) {
    const received = (seen: string[]) => seen.filter((line) => line.startsWith("in"));
    assert.deepEqual(received(told(true, pieces)), received(told(false, pieces)));
  }
});

test("the spans of a head that breaks a rule as a whole still cover the head", () => {
  const head = "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n";
  let at = 5;
  spansOfHead("request", latin1Bytes(head), 5, (_rule, start, end) => {
    assert.equal(start, at);
    at = end;
  });
  assert.equal(at, 5 + head.length);
});

test("an observer that throws at a whole head changes nothing", async () => {
  const head = () => {
    throw new Error("at a head");
  };
  const thrown = new Promise((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
  const server = new Http1Connection({ role: "server", observer: { span: () => {}, head } });
  server.receive(latin1Bytes(HEAD));
  const event = server.nextEvent();
  assert.equal(event !== NEED_DATA && typeof event === "object" && event.type, "request");
  assert.match(String(await thrown), /at a head/);
  process.setUncaughtExceptionCaptureCallback(null);
});
