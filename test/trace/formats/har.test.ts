import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import type { Entry, Har } from "har-format";
import { decode } from "../../../src/cli/decode.ts";
import { streamsOf } from "../../../src/trace/streams.ts";
import { HAR_TAIL, HarWriter, recordingReader, redact, type TraceRecord, toHar } from "../../../src/trace.ts";
import { RECORDINGS } from "../../support/recordings.ts";

const require = createRequire(import.meta.url);
const ajv = new Ajv({ strict: false });
addFormats.default(ajv);
ajv.addMetaSchema(require("ajv/dist/refs/json-schema-draft-06.json"));
// The schema is of 2017. Its times are RFC 3339 by a pattern that knows UTC, too.
for (const schema of Object.values(require("har-schema") as Record<string, object>)) ajv.addSchema(schema);
const isHar = ajv.getSchema("har.json#");

const recordings = new Map<string, TraceRecord[]>();
for (const [name, record] of Object.entries(RECORDINGS)) recordings.set(name, await record());
const recordsOf = (name: keyof typeof RECORDINGS) => recordings.get(name) as TraceRecord[];
const harOf = (records: readonly TraceRecord[], options = {}): Har => JSON.parse(toHar(records, options));
const entriesOf = (name: keyof typeof RECORDINGS): Entry[] => harOf(recordsOf(name)).log.entries;

for (const [name, records] of recordings) {
  test(`the HAR schema accepts ${name}, whole, masked, and from each end alone`, () => {
    for (const some of [
      records,
      redact(records),
      records.filter(({ role }) => role === "client"),
      records.filter(({ role }) => role === "server"),
      records.slice(0, records.length >> 1),
    ]) {
      const har = harOf(some, { beganMs: Date.now() });
      assert.ok(isHar?.(har), JSON.stringify(isHar?.errors));
    }
  });

  test(`the timings of ${name} add up exactly to the time of each entry`, () => {
    for (const { time, timings } of harOf(records).log.entries) {
      const { blocked = Number.NaN, dns = Number.NaN, connect = Number.NaN, ssl = Number.NaN } = timings;
      const { send = Number.NaN, wait = Number.NaN, receive = Number.NaN } = timings;
      const parts = [blocked, dns, connect, send, wait, receive].filter((part) => part !== -1);
      assert.ok(parts.every((part) => part >= 0));
      assert.equal(
        parts.reduce((sum, part) => sum + part, 0),
        time,
      );
      assert.equal(
        parts.toReversed().reduce((sum, part) => sum + part, 0),
        time,
      );
      assert.ok(ssl <= connect);
    }
  });
}

test("each exchange is an entry, seen by the client, with what the server saw", () => {
  const entries = entriesOf("exchanges over one connection");
  assert.deepEqual(
    entries.map(({ request, response }) => [request.method, new URL(request.url).pathname, response.status]),
    [
      ["GET", "/hello", 200],
      ["GET", "/chunked/3", 200],
      ["GET", "/redirect/1", 302],
      ["GET", "/status/503", 503],
      ["GET", "/get", 200],
      ["HEAD", "/hello", 200],
      ["POST", "/post", 200],
      ["POST", "/post", 200],
    ],
  );
  const ids = entries.map((entry) => (entry as Entry & { _connectionId?: string })._connectionId);
  assert.deepEqual([new Set(ids).size, typeof ids[0]], [1, "string"]);
  // DevTools shows serverIPAddress:connection as the remote address.
  for (const { request, serverIPAddress, connection } of entries)
    assert.equal(`${serverIPAddress}:${connection}`, new URL(request.url).host);
  const [first, second] = entries as [Entry, Entry];
  assert.ok((first.timings.connect ?? -1) >= 0);
  assert.deepEqual([second.timings.connect, second.timings.blocked, second.timings.ssl], [-1, -1, -1]);
  for (const entry of entries) {
    const { _server: server } = entry as Entry & { _server?: { handlerMs: number } };
    assert.ok(server !== undefined && server.handlerMs >= 0 && server.handlerMs <= entry.time);
  }
});

test("heads keep their order and case, and sizes are those of the bytes on the wire", () => {
  for (const name of [
    "exchanges over one connection",
    "every kind of response, from a server of others",
  ] as const) {
    const ofClient = recordsOf(name).filter(({ role }) => role === "client");
    const streams = streamsOf(ofClient).map(({ direction, bytes }) => [
      direction,
      Buffer.from(bytes).toString("latin1"),
    ]);
    const wire = { in: "", out: "" };
    for (const [direction, text] of streams as ["in" | "out", string][]) wire[direction] += text;
    const entries = harOf(ofClient).log.entries;
    let at = 0;
    for (const { request } of entries) {
      const head = wire.out.slice(at, at + request.headersSize);
      const lines = request.headers.map(({ name: field, value }) => `${field}: ${value}\r\n`);
      const { _target: target } = request as typeof request & { _target: string };
      assert.equal(head, `${request.method} ${target} ${request.httpVersion}\r\n${lines.join("")}\r\n`);
      at += request.headersSize;
      const body = wire.out.slice(at).split(/(?=(?:GET|POST|HEAD) \/)/, 1)[0] as string;
      assert.equal(request.bodySize, request.method === "POST" ? body.length : 0);
      at += request.bodySize;
    }
    assert.equal(at, wire.out.length);
    const received = entries.reduce((sum, { response }) => sum + (response._transferSize ?? Number.NaN), 0);
    // The 103 is a message of its own.
    const informational = /^HTTP\/1\.1 103[\s\S]*?\r\n\r\n/.exec(wire.in)?.[0].length ?? 0;
    assert.equal(received + informational, wire.in.length);
  }
});

test("every kind of response is told: trailers, 1xx, cookies, binary content, redirects, HTTP/1.0", () => {
  const [chunked, unmodified, image, found, old] = entriesOf(
    "every kind of response, from a server of others",
  ) as [Entry, Entry, Entry, Entry, Entry];
  assert.deepEqual((chunked as unknown as Record<string, unknown>)._informational, [
    { status: 103, statusText: "Early Hints", headers: [{ name: "Link", value: "</a.css>; rel=preload" }] },
  ]);
  assert.deepEqual(chunked.response.content, { size: 9, mimeType: "text/plain", text: "Wikipedia" });
  assert.deepEqual((chunked.response as unknown as Record<string, unknown>)._trailers, [
    { name: "X-Sum", value: "9" },
  ]);
  assert.equal(unmodified.response.status, 304);
  assert.deepEqual(image.response.content, {
    size: 6,
    mimeType: "application/octet-stream",
    text: Buffer.from("\x89PNG\x00\xff", "latin1").toString("base64"),
    encoding: "base64",
  });
  assert.deepEqual(image.response.cookies, [
    { name: "s", value: "1", path: "/", httpOnly: true },
    { name: "t", value: "2", secure: true, sameSite: "Lax", expires: "2026-10-21T07:28:00.000Z" },
  ]);
  assert.deepEqual(
    image.response.headers.map(({ name }) => name),
    ["Set-Cookie", "set-cookie", "Content-Length", "Content-Type"],
  );
  assert.equal(found.response.redirectURL, "/else%20where");
  assert.equal(old.response.httpVersion, "HTTP/1.0");
  assert.match(old.response.content.text ?? "", /^<p>to the end/);
});

test("a query and a form are told by name and value, and binary content of a request as base64", () => {
  const entries = entriesOf("exchanges over one connection");
  assert.deepEqual(entries[4]?.request.queryString, [
    { name: "a", value: "1" },
    { name: "b", value: " x" },
    { name: "empty", value: "" },
  ]);
  assert.deepEqual(entries[2]?.request.cookies, [
    { name: "a", value: "1" },
    { name: "b", value: "two words" },
  ]);
  assert.equal(entries[6]?.request.postData?.text, "name=Ada&place=L%C3%B6wen");
  const posted = entries[7]?.request.postData as object as { _base64?: string };
  assert.ok(Buffer.from(posted._base64 ?? "", "base64").equals(Buffer.alloc(300_000, 0xfe)));
});

test("the first exchange has the time of resolving", () => {
  const [first, second] = entriesOf("every kind of response, from a server of others");
  assert.ok((first?.timings.dns ?? -1) >= 0);
  assert.equal(second?.timings.dns, -1);
});

test("over TLS the URL is https, and the time of TLS is a part of connecting", () => {
  const [first] = entriesOf("exchanges over TLS");
  assert.match(first?.request.url ?? "", /^https:/);
  assert.ok((first?.timings.ssl ?? 0) > 0);
});

test("what was broken off is an entry with the reason", () => {
  const [entry] = entriesOf("a server that resets") as [Entry & { _incomplete?: string }];
  assert.match(entry._incomplete ?? "", /broke off/);
  assert.equal(entry.response.status, 200);
  const half = recordsOf("exchanges over one connection").filter(({ role }) => role === "client");
  const untilRequest = half.slice(0, half.findIndex(({ type }) => type === "bytes") + 1);
  const [unanswered] = harOf(untilRequest).log.entries as [Entry & { _incomplete?: string }];
  assert.deepEqual([unanswered.response.status, unanswered._incomplete], [0, "the recording ends here"]);
});

test("coded content is decoded where a decoder is given, and stays as it is otherwise", () => {
  const coded = gzipSync("Grüße ".repeat(100));
  const answer = Buffer.concat([
    Buffer.from(
      `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/plain\r\nContent-Length: ${coded.length}\r\n\r\n`,
    ),
    coded,
  ]);
  const records = answered(answer);
  const [plain] = harOf(records, { decode }).log.entries as [Entry];
  assert.equal(plain.response.content.text, "Grüße ".repeat(100));
  assert.equal(plain.response.content.compression, 800 - coded.length);
  const [left] = harOf(records).log.entries as [Entry];
  assert.equal(left.response.content.encoding, "base64");
  assert.match(left.response.content.comment ?? "", /gzip/);
  const [broken] = harOf(
    answered(Buffer.from(answer.map((octet, at) => (at === answer.length - 9 ? octet ^ 1 : octet)))),
    { decode },
  ).log.entries as [Entry];
  assert.equal(broken.response.content.encoding, "base64");
});

/** The first exchange of a real recording, with another response. */
function answered(response: Uint8Array): TraceRecord[] {
  const t = 1e6;
  const common = { v: 1, t, connection: 1, role: "client" } as const;
  const request = new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n");
  const headEnd = Buffer.from(response).indexOf("\r\n\r\n") + 4;
  const head = Buffer.from(response.subarray(0, headEnd)).toString("latin1");
  const records: TraceRecord[] = [
    { ...common, type: "span", direction: "out", rule: "method", start: 0, end: 3 },
    { ...common, type: "span", direction: "out", rule: "empty-line", start: 16, end: 18 },
    { ...common, type: "transition", side: "client", from: "send-body", to: "done", cause: "end" },
    { ...common, type: "bytes", direction: "out", offset: 0, bytes: request },
    { ...common, type: "bytes", direction: "in", offset: 0, bytes: response },
    { ...common, type: "span", direction: "in", rule: "HTTP-version", start: 0, end: 8 },
    { ...common, type: "span", direction: "in", rule: "status-code", start: 9, end: 12 },
  ];
  for (const { 0: line, 1: name = "", 2: value = "", index } of head.matchAll(/^([\w-]+): (.*)\r\n/gm)) {
    const start = index + name.length + 2;
    records.push(
      {
        ...common,
        type: "span",
        direction: "in",
        rule: "field-name",
        start: index,
        end: index + name.length,
      },
      { ...common, type: "span", direction: "in", rule: "field-value", start, end: start + value.length },
    );
    assert.ok(line.length > 0);
  }
  records.push(
    { ...common, type: "span", direction: "in", rule: "empty-line", start: headEnd - 2, end: headEnd },
    { ...common, type: "span", direction: "in", rule: "content", start: headEnd, end: response.length },
    { ...common, type: "transition", side: "server", from: "send-body", to: "done", cause: "end" },
  );
  return records;
}

test("the file is a whole HAR after every piece, once its tail follows", () => {
  let file = "";
  let pieces = 0;
  const writer = new HarWriter((piece) => {
    file += piece;
    if (piece === HAR_TAIL) return;
    pieces++;
    assert.ok(isHar?.(JSON.parse(file + HAR_TAIL)), JSON.stringify(isHar?.errors));
  });
  for (const record of recordsOf("exchanges over one connection")) writer.add(record);
  writer.end();
  assert.equal(pieces, 9);
});

test("content beyond the limit is counted and left out", () => {
  const entries = harOf(recordsOf("exchanges over one connection"), { maxContentBytes: 1000 }).log.entries;
  const postData = entries[7]?.request.postData;
  assert.equal(entries[7]?.request.bodySize, 300_000);
  assert.deepEqual(
    [postData?.text, postData?.comment],
    ["", "left out: the content is longer than the limit"],
  );
});

test("of a browser's HAR, which has the server's port as connection, the connections are told apart", () => {
  const entries = (members: readonly object[]) =>
    members.map((more, index) => ({
      startedDateTime: new Date(index * 1000).toISOString(),
      time: 1,
      request: { method: "GET", url: "https://a.example/", httpVersion: "HTTP/1.1", headers: [] },
      response: { status: 204, statusText: "", httpVersion: "HTTP/1.1", headers: [], content: {} },
      timings: { send: 0, wait: 1, receive: 0 },
      ...more,
    }));
  const connectionsOf = (members: readonly object[]): number => {
    const records: TraceRecord[] = [];
    const text = Buffer.from(JSON.stringify({ log: { entries: entries(members) } }));
    const reader = recordingReader(text, (record) => records.push(record));
    reader.push(text);
    reader.end();
    return new Set(records.map(({ connection }) => connection)).size;
  };
  const other = { method: "GET", url: "https://b.example/", httpVersion: "HTTP/1.1", headers: [] };
  assert.equal(connectionsOf([{ connection: "443" }, { connection: "443" }]), 1);
  assert.equal(connectionsOf([{ connection: "443" }, { connection: "443", request: other }]), 2);
  assert.equal(connectionsOf([1, 2].map((id) => ({ connection: "443", _connectionId: String(id) }))), 2);
  assert.equal(connectionsOf([{}, {}]), 2);
});
