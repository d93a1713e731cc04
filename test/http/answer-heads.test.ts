import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DateField, httpDate } from "../../src/http/date.ts";
import { AnswerHeads } from "../../src/http/server/answer-heads.ts";
import type { ServerResponse } from "../../src/http/server/handler.ts";
import { type OutgoingContext, outgoingResponse } from "../../src/http/server/outgoing-response.ts";
import { encodeHead } from "../../src/http1/encode.ts";

const START = Date.UTC(2026, 0, 1);

/** A server's memory of its answers, with `serverName`, on a clock that shows `now`. */
const memory = (now: { ms: number }) => new AnswerHeads(new DateField(() => START + now.ms), "me");

const context = (heads: AnswerHeads, clockMs: number, close: boolean): OutgoingContext => ({
  request: { method: "GET", version: "1.1" },
  heads,
  clockMs,
  close,
  idleTimeoutMs: 1000,
});

const answer = fc.record({
  status: fc.constantFrom(200, 201, 204, 205, 304, 404),
  reason: fc.constantFrom("OK", "Fine"),
  fields: fc.constantFrom<[string, string][]>(
    [],
    [["A", "1"]],
    [["A", "2"]],
    [
      ["A", "1"],
      ["B", "1"],
    ],
    [["Date", "then"]],
    [["Server", "you"]],
    [["Connection", "close"]],
    [["X", "long".repeat(100)]],
    ...Array.from({ length: 10 }, (_, i): [string, string][] => [["N", String(i)]]),
  ),
  body: fc.constantFrom("", "a", "b", "ab", "x".repeat(2000), "\u00e9"),
}) satisfies fc.Arbitrary<ServerResponse>;

test("an answer's head is the same whatever was answered before it", () => {
  const step = fc.record({ answer, close: fc.boolean(), waitMs: fc.constantFrom(0, 0, 0, 400, 5000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const now = { ms: 0 };
      const heads = memory(now);
      for (const { answer, close, waitMs } of steps) {
        now.ms += waitMs;
        const { head } = outgoingResponse(answer, context(heads, now.ms, close));
        const alone = outgoingResponse(answer, context(memory(now), now.ms, close)).head;
        assert.equal(encodeHead({ ...head }), encodeHead(alone));
        assert.equal(
          head.fields.get("date"),
          answer.fields[0]?.[0] === "Date" ? "then" : httpDate(START + now.ms),
        );
      }
    }),
    { numRuns: 2000 },
  );
});

test("the same answer within a second has the same head, which need not be checked again", () => {
  const now = { ms: 300 };
  const heads = memory(now);
  const head = () =>
    outgoingResponse({ fields: [["A", "1"]], body: "abc" }, context(heads, now.ms, false)).head;
  const first = head();
  now.ms = 999;
  assert.equal(head(), first);
  now.ms = 1000;
  assert.notEqual(head(), first);
});
