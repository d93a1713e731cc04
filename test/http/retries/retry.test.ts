import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient } from "../../../src/http/client/client.ts";
import type { ClientResponse, RequestInput } from "../../../src/http/client/messages.ts";
import { type Retry, type RetryPolicy, retries } from "../../../src/http/client/retries/retry.ts";
import { withSteps } from "../../../src/http/client/step.ts";
import { Fields } from "../../../src/http1/fields.ts";
import { TransportError, type TransportErrorCode } from "../../../src/tcp/errors.ts";
import { rawServer } from "../raw-server.ts";

type Outcome = number | [status: number, retryAfter: string] | TransportErrorCode | TransportError;

const EPOCH_MS = Date.parse("2026-11-28T12:00:00Z");

/** Sends to nobody: each attempt has the next outcome, the last one for all that follow. The clock only counts. */
function attempts(outcomes: readonly Outcome[], policy: RetryPolicy = {}) {
  let now = 1000;
  let discarded = 0;
  const waits: number[] = [];
  const sent: RequestInput[] = [];
  const send = withSteps(
    async (input) => {
      const outcome = outcomes[Math.min(sent.length, outcomes.length - 1)] as Outcome;
      sent.push(input);
      if (outcome instanceof Error) throw outcome;
      if (typeof outcome === "string") throw new TransportError(outcome, "head", outcome);
      const [status, retryAfter] = typeof outcome === "number" ? [outcome, undefined] : outcome;
      const fields = new Fields(retryAfter === undefined ? [] : ["Retry-After", retryAfter]);
      return { status, fields, discard: () => discarded++ } as unknown as ClientResponse;
    },
    retries({
      random: () => 1,
      epochMs: () => EPOCH_MS,
      clock: {
        now: () => now,
        after: (ms, expired) => {
          waits.push(ms);
          now += ms;
          setImmediate(expired);
          return () => {};
        },
      },
      ...policy,
    }),
  );
  return { send, sent, waits, discarded: () => discarded };
}

const GET: RequestInput = { url: "http://a/" };

for (const status of [408, 429, 500, 502, 503, 504]) {
  test(`a request that gets ${status} is sent again, and the content of that response is dropped`, async () => {
    const { send, sent, discarded } = attempts([status, 200]);
    assert.equal((await send(GET)).status, 200);
    assert.deepEqual([sent.length, discarded()], [2, 1]);
  });
}

for (const status of [200, 301, 400, 401, 404, 409, 425, 501, 505]) {
  test(`${status} is an answer, and not retried`, async () => {
    const { send, sent } = attempts([status, 200]);
    assert.equal((await send(GET)).status, status);
    assert.equal(sent.length, 1);
  });
}

for (const code of [
  "CONNECT_REFUSED",
  "TIMEOUT_CONNECT",
  "PEER_RESET",
  "PEER_CLOSED_BEFORE_RESPONSE",
] as const) {
  test(`a request that ends with ${code} is sent again`, async () => {
    const { send, sent } = attempts([code, 200]);
    assert.equal((await send(GET)).status, 200);
    assert.equal(sent.length, 2);
  });
}

for (const code of ["TLS_VERIFY", "URL_INVALID", "ABORTED", "TIMEOUT_TOTAL", "POOL_CLOSED", "DNS"] as const) {
  test(`a request that ends with ${code} is not sent again`, async () => {
    const { send, sent } = attempts([code, 200]);
    await assert.rejects(send(GET), { code });
    assert.equal(sent.length, 1);
  });
}

test("a name server that did not answer is asked again", async () => {
  const cause = Object.assign(new Error("try again"), { code: "EAI_AGAIN" });
  const { send, sent } = attempts([new TransportError("DNS", "resolve", "no answer", { cause }), 200]);
  await send(GET);
  assert.equal(sent.length, 2);
});

test("after the last retry, the caller gets the last response, or the last error", async () => {
  const answered = attempts([503], { maxRetries: 2 });
  assert.equal((await answered.send(GET)).status, 503);
  assert.deepEqual([answered.sent.length, answered.discarded()], [3, 2]);
  const failed = attempts(["CONNECT_REFUSED"], { maxRetries: 2 });
  await assert.rejects(failed.send(GET), { code: "CONNECT_REFUSED" });
  assert.equal(failed.sent.length, 3);
});

const METHODS: [input: Partial<RequestInput>, outcome: Outcome, policy: RetryPolicy, sent: number][] = [
  [{ method: "POST", body: "a" }, 503, {}, 1],
  [{ method: "POST", body: "a" }, "PEER_RESET", {}, 1],
  [{ method: "POST", body: "a" }, "CONNECT_REFUSED", {}, 2],
  [{ method: "POST", body: "a", idempotent: true }, 503, {}, 2],
  [{ method: "POST", body: "a" }, 503, { allMethods: true }, 2],
  [{ method: "PUT", body: "a" }, 503, {}, 2],
  [{ method: "PUT", body: new Uint8Array(2) }, "PEER_RESET", {}, 2],
  [{ method: "GET", idempotent: false }, 503, {}, 1],
  [{ method: "PUT", body: (async function* () {})() }, 503, { allMethods: true }, 1],
  [{ method: "PUT", body: (async function* () {})() }, "CONNECT_REFUSED", { allMethods: true }, 1],
];

for (const [input, outcome, policy, count] of METHODS) {
  const what = typeof input.body === "object" && !(input.body instanceof Uint8Array) ? " with a stream" : "";
  const asked = `${input.idempotent === undefined ? "" : ` idempotent: ${input.idempotent},`} ${JSON.stringify(policy)}`;
  test(`${input.method}${what},${asked}, after ${outcome}: sent ${count} times`, async () => {
    const { send, sent } = attempts([outcome, 200], policy);
    await send({ ...GET, ...input }).catch(() => {});
    assert.equal(sent.length, count);
  });
}

test("each wait is twice as long as the one before, up to a maximum", async () => {
  const { send, waits } = attempts([503], { maxRetries: 6, minDelayMs: 100, maxDelayMs: 1000 });
  await send(GET);
  assert.deepEqual(waits, [100, 200, 400, 800, 1000, 1000]);
});

test("chance takes away up to a half of a wait", async () => {
  const chances = [0, 0.5, 1];
  const { send, waits } = attempts([503], { minDelayMs: 100, random: () => chances.shift() as number });
  await send(GET);
  assert.deepEqual(waits, [50, 150, 400]);
});

const RETRY_AFTER: [value: string, waits: number[]][] = [
  ["0", [500]],
  ["7", [7000]],
  ["30", [30_000]],
  ["31", []],
  ["99999999999999999999", []],
  ["Sat, 28 Nov 2026 12:00:09 GMT", [9000]],
  ["Saturday, 28-Nov-26 12:00:09 GMT", [9000]],
  ["Sat, 28 Nov 2026 11:00:00 GMT", [500]],
  ["Sat, 28 Nov 2026 13:00:00 GMT", []],
  ["-1", [500]],
  ["1.5", [500]],
  ["soon", [500]],
];

for (const [value, expected] of RETRY_AFTER) {
  test(`Retry-After: ${value} is ${expected.length === 0 ? "too long a wait" : `a wait of ${expected} ms`}`, async () => {
    const { send, waits } = attempts([[503, value], 200]);
    assert.equal((await send(GET)).status, expected.length === 0 ? 503 : 200);
    assert.deepEqual(waits, expected);
  });
}

test("no retry begins after maxTotalMs", async () => {
  const { send, waits } = attempts([503], { maxRetries: 9, minDelayMs: 1000, maxTotalMs: 3500 });
  await send(GET);
  assert.deepEqual(waits, [1000, 2000]);
});

test("the total timeout of a request is for all its attempts", async () => {
  const { send, sent, waits } = attempts([503], { maxRetries: 9, minDelayMs: 1000 });
  await send({ ...GET, timeoutMs: 4000 });
  assert.deepEqual(waits, [1000, 2000]);
  assert.deepEqual(
    sent.map(({ timeoutMs }) => timeoutMs),
    [4000, 3000, 1000],
  );
});

test("onRetry is told of each retry, and may give up", async () => {
  const seen: [retry: number, delayMs: number, outcome: unknown][] = [];
  const stop = new Error("enough");
  const onRetry = ({ retry, delayMs, response, error }: Retry) => {
    seen.push([retry, delayMs, response?.status ?? (error as TransportError).code]);
    if (retry === 2) throw stop;
  };
  const { send, discarded } = attempts(["CONNECT_REFUSED", 503], { onRetry });
  await assert.rejects(send(GET), stop);
  assert.deepEqual(seen, [
    [1, 500, "CONNECT_REFUSED"],
    [2, 1000, 503],
  ]);
  assert.equal(discarded(), 1);
});

test("retries are a share of the requests: a server that fails does not get four times its requests", async () => {
  const { send, sent } = attempts([503]);
  for (let i = 0; i < 1000; i++) await send(GET);
  assert.ok(sent.length >= 1100 && sent.length <= 1111, String(sent.length));
});

test("an abort ends the wait for a retry", async () => {
  const controller = new AbortController();
  let stopped = 0;
  const reason = new Error("changed my mind");
  const { send } = attempts([503], {
    clock: {
      now: () => 0,
      after: () => {
        setImmediate(() => controller.abort(reason));
        return () => stopped++;
      },
    },
  });
  await assert.rejects(send({ ...GET, signal: controller.signal }), { code: "ABORTED", cause: reason });
  assert.equal(stopped, 1);
});

test("a server that answers at the third attempt is heard over real connections", async () => {
  await using server = await rawServer(async (peer, index) => {
    await peer.head();
    if (index === 0) peer.reset();
    else if (index === 1)
      peer.send("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy").end();
    else peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  await using client = new HttpClient();
  const send = withSteps((input) => client.request(input), retries({ minDelayMs: 1 }));
  assert.equal(await (await send({ url: server.url })).text(), "ok");
  assert.equal(server.peers.length, 3);
});
