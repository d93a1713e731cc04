import assert, { AssertionError } from "node:assert/strict";
import { test } from "node:test";
import { createProxy, expectTrace, type Recording } from "../../src/testing.ts";
import type { TraceRecord } from "../../src/trace.ts";
import { rawServer } from "../http/raw-server.ts";
import { get, ok, recordedBy } from "../replay/recorded.ts";

const notFound = "< HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" as const;
const TWO = recordedBy(
  80,
  { saw: [get("/a"), ok("one")] },
  { at: 10, saw: [get("/b", "Authorization: Bearer hunter2\r\n"), notFound] },
);

/** What a failure says. */
function failureOf(check: () => unknown): AssertionError {
  try {
    check();
  } catch (error) {
    assert.ok(error instanceof AssertionError, String(error));
    return error;
  }
  assert.fail("it did not fail");
}

test("what the trace shows passes: at least once, so many times, and not at all", () => {
  expectTrace(TWO)
    .toShow("status:200 path:/a")
    .toShow("method:GET", { times: 2 })
    .toShow("status:5xx", { times: 0 })
    .not.toShow("status:500")
    .toShow("status:404", { after: "status:200" })
    .not.toShow("status:200", { after: "status:404" });
});

test("each of these is false, and fails", () => {
  const trace = expectTrace(TWO);
  for (const check of [
    () => trace.toShow("status:200 path:/b"),
    () => trace.toShow("method:GET", { times: 1 }),
    () => trace.toShow("method:GET", { times: 3 }),
    () => trace.not.toShow("status:404"),
    () => trace.toShow("status:200", { after: "status:404" }),
    () => trace.toShow("status:200", { after: "status:503" }),
    () => expectTrace([]).toShow("method:GET"),
  ])
    failureOf(check);
});

test("a failure names the nearest exchange, what it lacks, and draws the timeline around it", () => {
  const { message, actual, expected, operator } = failureOf(() =>
    expectTrace(TWO).toShow("path:/b status:200"),
  );
  assert.match(
    message,
    /^the trace does not show path:\/b status:200: none of 2 exchanges and conversations matches\n/,
  );
  assert.match(message, /^nearest: #2 {2}GET \/b {2}404 .*\nwhich lacks status:200$/m);
  assert.match(message, /^> .* client#2 write .*GET \/b HTTP/m);
  assert.match(message, /^ {2} .* client +write .*GET \/a HTTP/m);
  assert.equal(expected, "path:/b status:200");
  assert.match(String(actual), /^#1 {2}GET \/a {2}200 .*\n#2 {2}GET \/b {2}404 /);
  assert.equal(operator, "toShow");
});

test("a failure says which value a field has, masked if it is a secret", () => {
  const words = (field: string) => failureOf(() => expectTrace(TWO).toShow(`path:/b field:${field}`)).message;
  assert.match(words("host=b.example"), /^which lacks field:host=b\.example; it has "Host: a\.example"$/m);
  assert.match(words("authorization=x"), /it has "Authorization: \*+"$/m);
});

test("a failure that counts says how many there are", () => {
  const words = (times: number) => failureOf(() => expectTrace(TWO).toShow("method:GET", { times })).message;
  assert.match(
    words(1),
    /^the trace does not show method:GET, once: 2 of 2 exchanges and conversations match\n/,
  );
  assert.match(words(3), /^the trace does not show method:GET, 3 times: 2 of 2 /);
});

test("a failure masks secrets unless reveal, and escapes what came from elsewhere", () => {
  const records = recordedBy(80, {
    saw: [
      get("/?token=hunter2", "Cookie: a=hunter2\r\n"),
      "< HTTP/1.1 200 \x9b31m\r\nContent-Length: 0\r\n\r\n",
    ],
  });
  const check = (reveal: boolean) => failureOf(() => expectTrace(records, { reveal }).toShow("status:500"));
  const { message, actual } = check(false);
  assert.doesNotMatch(`${message}${String(actual)}`, /hunter2|\x9b/);
  assert.match(check(true).message, /hunter2/);
});

test("of a long place the beginning and the end are drawn", () => {
  const pieces = Array.from({ length: 100 }, (_, index) => `< ${index}\n` as const);
  const head = "< HTTP/1.1 200 OK\r\nContent-Length: 290\r\n\r\n" as const;
  const { message } = failureOf(() =>
    expectTrace(recordedBy(80, { saw: [get("/"), head, ...pieces] })).toShow("status:500"),
  );
  assert.ok(message.split("\n").length < 45, message);
  assert.match(message, /GET \/ HTTP/);
  assert.match(message, /… \d+ more lines/);
  assert.match(message, /"98\\n"/);
});

test("a filter that cannot be understood is a SyntaxError that names the place", () => {
  assert.throws(() => expectTrace(TWO).toShow("status:200 methd:GET"), {
    name: "SyntaxError",
    message: /^"methd:GET" at character 12 of the filter: "methd" is no key/,
  });
});

test("records of bytes alone are read as HTTP; the bytes of other protocols are searched", () => {
  const withoutSpans = TWO.filter(({ type }) => type !== "span" && type !== "transition");
  expectTrace(withoutSpans).toShow("type:http status:404", { times: 1 });
  const talk = recordedBy(80, { saw: ["> HELO\n", "< 250 ok\n"], http: false });
  expectTrace(talk).toShow('type:tcp "250 ok"');
});

test("a proxy of a test listens on loopback, records both hops, and an exchange through it counts once", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send(ok("hello").slice(2));
  });
  await using proxy = await createProxy({ upstream: String(server.port) });
  assert.equal(proxy.url, `http://127.0.0.1:${proxy.port}`);
  const response = await fetch(`${proxy.url}/x`);
  assert.equal(await response.text(), "hello");
  const recording: Recording = proxy.recording;
  expectTrace(recording)
    .toShow("path:/x status:200 via:proxy", { times: 1 })
    .toShow("method:GET", { times: 1 });
  const roles = new Set(recording.records.map(({ role }: TraceRecord) => role));
  assert.deepEqual([...roles].sort(), ["client", "server"]);
});

test("a recording that lost records says so, and shows nothing wrong", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send(ok("x".repeat(100_000)).slice(2));
  });
  await using proxy = await createProxy({ upstream: String(server.port), maxBytes: 50_000 });
  await (await fetch(proxy.url)).text();
  assert.throws(() => expectTrace(proxy.recording), /RangeError: the recording lost its first \d+ records/);
});
