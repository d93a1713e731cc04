import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8Bytes } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { NEED_DATA } from "../../src/http1/events.ts";
import { Fields } from "../../src/http1/fields.ts";
import { memoryConnectionPair } from "../../src/tcp/memory-connection.ts";
import { cutMiddle } from "../../src/trace/line-layout.ts";
import { fromNdjson, toNdjson } from "../../src/trace/ndjson.ts";
import { formatPhases, phasesOf } from "../../src/trace/phases.ts";
import type { TraceRecord } from "../../src/trace/record.ts";
import { type Recorder, recordTrace } from "../../src/trace/recorder.ts";
import { redact } from "../../src/trace/redactor.ts";
import { streamsOf } from "../../src/trace/streams.ts";
import { formatTimeline, TimelineWriter } from "../../src/trace/timeline.ts";

const NO_TRAILERS = new Fields();

/** A clock that moves by a tenth of a millisecond with each reading. */
function ticking(): () => number {
  let ns = 0;
  return () => (ns += 100_000);
}

/** One GET, recorded at both ends by one recorder. The response arrives in two pieces. */
function recordedGet(recorder: Recorder, fields: [string, string][] = []): void {
  const [atClient, atServer] = [recorder.observe("client"), recorder.observe("server")];
  const client = new Http1Connection({ role: "client", observer: atClient });
  const server = new Http1Connection({ role: "server", observer: atServer });
  const local = { family: "IPv4", host: "127.0.0.1", port: 50000 } as const;
  const remote = { family: "IPv4", host: "127.0.0.1", port: 80 } as const;
  atClient.connection({ kind: "attempt", remote });
  atServer.connection({ kind: "accepted", local: remote, remote: local });
  atClient.connection({ kind: "connected", local, remote });
  const read = (http1: Http1Connection, bytes: Uint8Array) => {
    (http1 === client ? atClient : atServer).connection({ kind: "read", bytes });
    http1.receive(bytes);
    while (http1.nextEvent() !== NEED_DATA);
  };
  const request = client.send({
    type: "request",
    method: "GET",
    target: "/hello",
    version: "1.1",
    fields: Fields.from([["Host", "a"], ...fields]),
  });
  client.send({ type: "end", trailers: NO_TRAILERS });
  atClient.connection({ kind: "write", bytes: request });
  read(server, request);
  const head = server.send({
    type: "response",
    status: 200,
    reason: "OK",
    version: "1.1",
    fields: new Fields(["Content-Length", "5"]),
  });
  const content = server.send({ type: "data", bytes: utf8Bytes("hello") });
  server.send({ type: "end", trailers: NO_TRAILERS });
  atServer.connection({ kind: "write", bytes: Buffer.concat([head, content]) });
  read(client, head);
  read(client, content);
}

test("one exchange reads as a story: both ends in the order of time", () => {
  const recorder = recordTrace({ now: ticking() });
  recordedGet(recorder);
  const lines = formatTimeline(recorder.records).map((line) => line.replace(/^ *[\d.]+ ms {2}/, ""));
  assert.match(lines[0] ?? "", /^client +connect +→ 127\.0\.0\.1:80$/);
  assert.match(lines[1] ?? "", /^server +accept/);
  assert.match(
    lines[3] ?? "",
    /^client +write +32 B +GET \/hello HTTP\/1\.1⏎ Host: …⏎⏎ {2}client: idle → done$/,
  );
  assert.match(
    lines[4] ?? "",
    /^server +read +32 B +.*request complete \(empty line, byte 31\) {2}server: idle → send-response$/,
  );
  assert.match(
    lines[5] ?? "",
    /^server +write +43 B +HTTP\/1\.1 200 OK⏎ Content-Length: 5⏎⏎ "hello" {2}server: send-response → done$/,
  );
  assert.match(lines[6] ?? "", /^client +read +38 B +HTTP\/1\.1 200 OK⏎ Content-Length: 5⏎⏎$/);
  assert.match(lines[7] ?? "", /^client +read +5 B +"hello" {2}response complete \(5 bytes of content\)$/);
  assert.equal(lines.length, 8);
});

test("a state that changes what may follow is a line, behind what led to it", () => {
  const recorder = recordTrace({ now: ticking() });
  const observer = recorder.observe("server");
  const server = new Http1Connection({ role: "server", observer });
  const read = (text: string) => {
    const bytes = utf8Bytes(text);
    observer.connection({ kind: "read", bytes });
    server.receive(bytes);
    while (server.nextEvent() !== NEED_DATA);
  };
  read("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const lines = formatTimeline(recorder.records).map((line) => line.replace(/^ *[\d.]+ ms {2}/, ""));
  assert.match(lines[0] ?? "", /^server +read .*request complete/);
  assert.match(lines[1] ?? "", /^server +state +the client sends no further message .*\[RFC 9112 §9\.6\]$/);
  assert.equal(lines.length, 2);
});

test("a rule that is broken is an error line, behind the bytes that break it", () => {
  const recorder = recordTrace({ now: ticking() });
  const observer = recorder.observe("server");
  const server = new Http1Connection({ role: "server", observer });
  const bytes = utf8Bytes("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
  observer.connection({ kind: "read", bytes });
  server.receive(bytes);
  assert.throws(() => server.nextEvent());
  const lines = formatTimeline(recorder.records).map((line) => line.replace(/^ *[\d.]+ ms {2}/, ""));
  assert.match(lines[0] ?? "", /^server +read /);
  assert.match(lines[1] ?? "", /^server +error +the client broke a rule of HTTP/);
});

test("a state that nobody knows, not even one named like a member of every object, is no record of a file", () => {
  const transition = {
    v: 1,
    t: 0,
    connection: 1,
    role: "client",
    type: "transition",
    side: "client",
    from: "idle",
  };
  for (const to of ["constructor", "__proto__", "sleeping"]) {
    const line = JSON.stringify({ ...transition, to, cause: "request" });
    assert.throws(() => fromNdjson(line), /^SyntaxError: line 1 is no trace record/);
  }
});

test("time counts from the first thing that happened and never goes back", () => {
  const recorder = recordTrace({ now: ticking() });
  recordedGet(recorder);
  const times = formatTimeline(recorder.records).map((line) => Number.parseFloat(line));
  assert.equal(times[0], 0);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
});

test("a line that comes in pieces is described when it is complete", () => {
  const recorder = recordTrace({ now: ticking() });
  const observer = recorder.observe("server");
  const server = new Http1Connection({ role: "server", observer });
  for (const piece of ["GET / HTTP/1.1\r\nHo", "st: a\r\n\r\n"]) {
    const bytes = utf8Bytes(piece);
    observer.connection({ kind: "read", bytes });
    server.receive(bytes);
    while (server.nextEvent() !== NEED_DATA);
  }
  const lines = formatTimeline(recorder.records);
  assert.match(lines[0] ?? "", /GET \/ HTTP\/1\.1⏎ \(2 B of a line that is not complete\)$/);
  assert.match(lines[1] ?? "", /\(1 field\)⏎⏎ {2}request complete/);
});

test("bytes behind a line that broke HTTP are shown as they are, and are not kept for it", () => {
  const recorder = recordTrace({ now: ticking() });
  const observer = recorder.observe("client");
  observer.connection({ kind: "read", bytes: utf8Bytes("HTTP/1.1 200 OK\r\n") });
  observer.span?.("in", "HTTP-version", 0, 8);
  observer.span?.("in", "SP", 8, 9);
  observer.span?.("in", "status-code", 9, 12);
  observer.span?.("in", "SP", 12, 13);
  observer.span?.("in", "reason-phrase", 13, 15);
  observer.span?.("in", "CRLF", 15, 17);
  const [first] = recorder.records;
  assert.ok(first?.type === "bytes");
  const lines: string[] = [];
  const writer = new TimelineWriter((line) => lines.push(line));
  for (const record of recorder.records) writer.add(record);
  const piece = new Uint8Array(1024 * 1024).fill(0x2a);
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 48; n++) {
    writer.add({ ...first, offset: 17 + n * piece.length, bytes: piece });
    writer.flush();
  }
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 24 * piece.length, `${grown} bytes more are held`);
  assert.equal(lines.length, 49);
  assert.match(lines.at(-1) as string, /client +read +1048576 B {2}"\*{48}"…$/);
});

test("a conversation without HTTP shows its bytes, escaped", async () => {
  const recorder = recordTrace({ now: ticking() });
  const [client, server] = memoryConnectionPair({
    observer: { client: recorder.observe("client"), server: recorder.observe("server") },
  });
  await client.write(utf8Bytes("hi\u001b[31m\n"));
  await server.read();
  await client.end();
  await server.read();
  await server.end();
  await client.read();
  await client.closed;
  const text = formatTimeline(recorder.records).join("\n");
  assert.match(text, /client +write +8 B +"hi\\x1b\[31m\\n"/);
  assert.match(text, /server +read +8 B +"hi\\x1b\[31m\\n"/);
  assert.match(text, /server +peer end/);
  assert.match(text, /client +closed +0 B in, 8 B out; closed by the client first/);
});

test("the states of both sides are shown at one end, if the other end has no records", () => {
  const recorder = recordTrace({ now: ticking() });
  recordedGet(recorder);
  const lines = formatTimeline(recorder.records.filter(({ role }) => role === "client"));
  const states = lines.map((line) => line.match(/(?: {2}|, )(?:client|server): .*$/)?.[0].trim());
  assert.deepEqual(
    states.filter((each) => each !== undefined),
    [
      "client: idle → done, server: idle → send-response",
      "server: send-response → send-body",
      "server: send-body → done",
    ],
  );
});

for (const [kind, sentence] of [
  ["abort", "reset by the server"],
  ["peer-abort", "reset by the client"],
] as const) {
  test(`the last line says who broke off the connection (${kind})`, () => {
    const recorder = recordTrace({ now: ticking() });
    const observer = recorder.observe("server");
    observer.connection({ kind });
    observer.connection({ kind: "closed", how: kind, bytesIn: 1, bytesOut: 2 });
    assert.ok(formatTimeline(recorder.records)[1]?.endsWith(`1 B in, 2 B out; ${sentence}`));
  });
}

test("on a terminal of any width no line is longer, and in a pipe no line is cut", () => {
  const recorder = recordTrace({ now: ticking() });
  recordedGet(recorder, [["X-Much", "a".repeat(300)]]);
  const content = recorder.observe("client");
  content.connection({ kind: "read", bytes: Uint8Array.from({ length: 100 }, (_, octet) => octet) });
  const whole = formatTimeline(recorder.records);
  assert.ok(whole.some((line) => line.length > 100));
  for (let width = 60; width <= 200; width++) {
    for (const [index, line] of formatTimeline(recorder.records, { width }).entries()) {
      assert.ok([...line].length <= width, `${[...line].length} columns of ${width}: ${line}`);
      if (width >= 80 && !line.includes("…")) assert.ok(whole[index]?.startsWith(line));
    }
  }
});

test("a cut never stands inside an escape", () => {
  const text = `"${"\\x1b\\r\\u{202e}a".repeat(10)}"`;
  for (let width = 2; width < text.length; width++) {
    const cut = cutMiddle(text, width, "…");
    assert.match(cut, /^"?(?:\\x1b|\\r|\\u\{202e\}|a)*…(?:\\x1b|\\r|\\u\{202e\}|a)*"?$/);
    assert.ok(cut.length <= width);
  }
});

test("a terminal without UTF-8 gets ASCII, and one with colours gets whole colours", () => {
  const recorder = recordTrace({ now: ticking() });
  recordedGet(recorder);
  for (const line of formatTimeline(recorder.records, { ascii: true, width: 100 }))
    assert.match(line, /^[ -~]+$/);
  for (const line of formatTimeline(recorder.records, { colour: true, width: 70 })) {
    assert.match(line, /^\u001b\[3\dm[^\u001b]+\u001b\[0m$/);
    assert.ok([...line].length - 9 <= 70);
  }
});

test("bytes that were read are shown when the writer is flushed, if not before", () => {
  const lines: string[] = [];
  const writer = new TimelineWriter((line) => lines.push(line));
  const recorder = recordTrace({ onRecord: (record) => writer.add(record) });
  recorder.observe("server").connection({ kind: "read", bytes: utf8Bytes("hello") });
  assert.equal(lines.length, 0);
  writer.flush();
  assert.match(lines[0] ?? "", /read +5 B +"hello"/);
});

test("records survive NDJSON, every octet of them", () => {
  const recorder = recordTrace({ now: ticking() });
  recordedGet(recorder);
  recorder
    .observe("client")
    .connection({ kind: "read", bytes: Uint8Array.from({ length: 256 }, (_, octet) => octet) });
  const text = recorder.records.map((record) => `${toNdjson(record)}\n`).join("");
  assert.deepEqual(fromNdjson(text), [...recorder.records]);
});

test("a line that is not a record is an error that names the line", () => {
  const record = { v: 1, t: 0, connection: 1, role: "client", type: "connection", event: { kind: "drain" } };
  const line = JSON.stringify(record);
  assert.throws(() => fromNdjson(`${line}\nnonsense`), /line 2/);
  for (const spoiled of [
    { ...record, event: { kind: "connected" } },
    { ...record, type: "span" },
    { ...record, t: undefined },
  ]) {
    assert.throws(() => fromNdjson(`${line}\n${line}\n${JSON.stringify(spoiled)}`), /line 3/);
  }
  assert.throws(() => fromNdjson('{"v":2}'), /version 2/);
});

test("the records that are passed on have no secrets and keep their offsets", () => {
  const recorder = recordTrace({ now: ticking() });
  recordedGet(recorder, [["Authorization", "Bearer S3CRET"]]);
  const clean = redact(recorder.records);
  const text = (records: typeof clean) =>
    streamsOf(records).map(({ bytes }) => Buffer.from(bytes).toString("latin1"));
  assert.match(text([...recorder.records]).join(""), /S3CRET/);
  assert.doesNotMatch(text(clean).join(""), /S3CRET/);
  assert.match(text(clean).join(""), /Authorization: Bearer \*{6}\r\n/);
  assert.doesNotMatch(formatTimeline(recorder.records).join("\n"), /S3CRET/);
});

test("a recorder keeps records up to its limit and counts those it drops", () => {
  const recorder = recordTrace({ maxBytes: 10_000, now: ticking() });
  const observer = recorder.observe("server");
  for (let i = 0; i < 5000; i++) observer.connection({ kind: "read", bytes: new Uint8Array(100) });
  const kept = recorder.records;
  assert.ok(kept.length >= 10 && kept.length <= 100);
  assert.equal(kept.length + recorder.dropped, 5000);
  const [first] = kept;
  assert.equal(first?.type === "bytes" && first.offset, recorder.dropped * 100);
});

test("the phases of an exchange fill the time between connect and the last byte", () => {
  const recorder = recordTrace({ now: ticking() });
  recordedGet(recorder);
  const phases = phasesOf(recorder.records);
  assert.deepEqual(
    phases.map(({ name }) => name),
    ["connect", "send", "server", "receive"],
  );
  const first = recorder.records[0]?.t ?? 0;
  const last = recorder.records.findLast(({ type, role }) => type === "bytes" && role === "client")?.t ?? 0;
  const total = phases.reduce((sum, { ms }) => sum + ms, 0);
  assert.ok(Math.abs(total - (last - first) / 1e6) < 1e-9);
  assert.match(formatPhases(phases), /^ connect .* total \d+\.\d\d ms$/);
});

test("records that are made later are the same as those made at once", () => {
  const atOnce: TraceRecord[] = [];
  const records = [{}, { onRecord: (record: TraceRecord) => atOnce.push(record) }].map((options) => {
    const recorder = recordTrace({ ...options, now: () => 0 });
    recordedGet(recorder, [["X-Blanks", "a b"]]);
    return recorder.records;
  });
  assert.deepEqual(records[0], records[1]);
  assert.deepEqual(records[1], atOnce);
  assert.ok(atOnce.some((record) => record.type === "span" && record.rule === "field-value"));
});
