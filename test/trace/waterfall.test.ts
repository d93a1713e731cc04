import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8Bytes } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { NEED_DATA } from "../../src/http1/events.ts";
import { Fields } from "../../src/http1/fields.ts";
import { formatWaterfall } from "../../src/trace/format-waterfall.ts";
import { type Recorder, recordTrace } from "../../src/trace/recorder.ts";
import { Waterfall, waterfallOf } from "../../src/trace/waterfall.ts";

const local = { family: "IPv4", host: "127.0.0.1", port: 50000 } as const;
const remote = { family: "IPv4", host: "127.0.0.1", port: 80 } as const;

/** A client on a clock that the test sets, in milliseconds. */
function clientOn(recorder: Recorder) {
  const observer = recorder.observe("client");
  const http1 = new Http1Connection({ role: "client", observer });
  return {
    observer,
    ask(target: string) {
      const fields = Fields.from([["Host", "a"]]);
      const bytes = http1.send({ type: "request", method: "GET", target, version: "1.1", fields });
      http1.send({ type: "end", trailers: new Fields() });
      observer.connection({ kind: "write", bytes });
    },
    read(text: string) {
      const bytes = utf8Bytes(text);
      observer.connection({ kind: "read", bytes });
      http1.receive(bytes);
      while (http1.nextEvent() !== NEED_DATA);
    },
    next: () => http1.startNextCycle(),
  };
}

/** Steps with an await between them, since everything in one synchronous step has one time. */
async function at(clock: { ms: number }, ms: number, step: () => void): Promise<void> {
  await Promise.resolve();
  clock.ms = ms;
  step();
}

async function twoExchanges() {
  const clock = { ms: 0 };
  const recorder = recordTrace({ now: () => clock.ms * 1e6 });
  const { observer, ask, read, next } = clientOn(recorder);
  await at(clock, 2, () => observer.connection({ kind: "resolve", host: "a", addresses: [], durationMs: 2 }));
  await at(clock, 2, () => observer.connection({ kind: "attempt", remote }));
  await at(clock, 5, () => observer.connection({ kind: "connected", local, remote }));
  await at(clock, 9, () => observer.connection({ kind: "tls", protocol: "", cipher: "", alpn: undefined }));
  await at(clock, 10, () => ask("/one?token=S3CRET"));
  await at(clock, 15, () => read("HTTP/1.1 100 Continue\r\n\r\n"));
  await at(clock, 30, () => read("HTTP/1.1 302 Found\r\nContent-Length: 4\r\n\r\nab"));
  await at(clock, 40, () => read("cd"));
  next();
  await at(clock, 100, () => ask("/two"));
  await at(clock, 170, () => read("HTTP/1.1 204 No Content\r\n\r\n"));
  return recorder.records;
}

test("the time of each exchange is split as its records say", async () => {
  const rows = waterfallOf(await twoExchanges());
  assert.deepEqual(
    rows.map(({ target, status, phases }) => [
      target,
      status,
      phases.map(({ name, start, end }) => `${name} ${start / 1e6}–${end / 1e6}`),
    ]),
    [
      [
        "/one?token=******",
        302,
        ["resolve 0–2", "connect 2–5", "tls 5–9", "send 9–10", "wait 10–30", "receive 30–40"],
      ],
      ["/two", 204, ["send 100–100", "wait 100–170", "receive 170–170"]],
    ],
  );
});

test("a request without an answer has no status, and does not spoil the picture", async () => {
  const clock = { ms: 0 };
  const recorder = recordTrace({ now: () => clock.ms * 1e6 });
  clientOn(recorder).ask("/silence");
  const rows = waterfallOf(recorder.records);
  assert.deepEqual(
    rows.map(({ status, phases }) => [status, phases.length]),
    [[undefined, 1]],
  );
  assert.match(formatWaterfall(rows)[1] ?? "", /^ GET \/silence +– /);
});

test("a recording without a client's HTTP has no waterfall", () => {
  const recorder = recordTrace();
  recorder.observe("client").connection({ kind: "write", bytes: utf8Bytes("hello") });
  recorder.observe("server").connection({ kind: "read", bytes: utf8Bytes("GET / HTTP/1.1\r\n\r\n") });
  assert.deepEqual(formatWaterfall(waterfallOf(recorder.records)), []);
});

test("bars share one scale of time", async () => {
  const [, first, second] = formatWaterfall(waterfallOf(await twoExchanges()), { width: 101 + 85 });
  // 170 ms on 85 columns: 2 ms for each.
  assert.match(first ?? "", /^ GET \/one\?token=\*{6} +302 .* 40\.00 {2}·─══▸░{10}█{5}$/);
  assert.match(second ?? "", /^ GET \/two +204 .* 70\.00 {2} {50}░{35}$/);
});

test("lines fit the terminal, and are ASCII where they must be", async () => {
  const rows = waterfallOf(await twoExchanges());
  for (let width = 60; width <= 200; width++) {
    for (const line of formatWaterfall(rows, { width })) assert.ok([...line].length <= width, line);
    for (const line of formatWaterfall(rows, { width, ascii: true })) assert.match(line, /^[ -~]+$/);
  }
});

test("a waterfall keeps so many exchanges, and counts the others", () => {
  const recorder = recordTrace();
  const client = clientOn(recorder);
  for (let number = 0; number < 5; number++) client.ask(`/${number}`);
  const waterfall = new Waterfall(3);
  for (const record of recorder.records) waterfall.add(record);
  assert.deepEqual([waterfall.rows.length, waterfall.dropped], [3, 2]);
});
