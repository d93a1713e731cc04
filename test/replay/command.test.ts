import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { practice, serve } from "../../src/http.ts";
import { fromNdjson, redact, type TraceRecord, toHar, toNdjson, toPcapng } from "../../src/trace.ts";
import { rawServer } from "../http/raw-server.ts";
import { runCli, startCli } from "../support/cli.ts";
import { RECORDINGS } from "../support/recordings.ts";
import { get, ok, recordedBy } from "./recorded.ts";

const folder = mkdtempSync(join(tmpdir(), "wirepane-replay-"));
after(() => rmSync(folder, { recursive: true }));

const lines = (records: readonly TraceRecord[]) => records.map((record) => `${toNdjson(record)}\n`).join("");
let files = 0;
function fileWith(content: string | Uint8Array, ending = "ndjson"): string {
  const file = join(folder, `${files++}.${ending}`);
  writeFileSync(file, content);
  return file;
}
const run = async (...args: string[]) => {
  const { code, stdout, stderr } = await runCli(["replay", ...args]);
  return { code, stdout: String(stdout), stderr };
};

const records = await RECORDINGS["exchanges over one connection"]();
const FORMATS = {
  ndjson: lines(redact(records)),
  har: toHar(records),
  pcapng: toPcapng(records),
} as const;

for (const [format, content] of Object.entries(FORMATS)) {
  test(`a .${format} is a test of a server: a line for each exchange, and exit 0`, async () => {
    await using server = await serve({ handler: practice() });
    // /redirect/1 is asked with a cookie, which the endpoint sends back nowhere.
    const { code, stdout, stderr } = await run(fileWith(content, format), server.url);
    assert.equal(stdout.match(/^#1 {2}(GET|HEAD|POST) \/\S+ {2}\d{3} {2}same$/gm)?.length, 8, stdout);
    assert.match(stderr, /^Host stays as it was recorded \(127\.0\.0\.1:\d+\); --host NAME changes it$/m);
    assert.match(stderr, /^8 the same, 0 differ$/m);
    assert.equal(code, 0);
  });
}

test("what differs is named on stdout, escaped, and the exit code is 99", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nX: \x9b2J\r\nContent-Length: 1\r\n\r\nb");
  });
  const file = fileWith(lines(recordedBy(server.port, { saw: [get("/a"), ok("a", "X: 1\r\n")] })));
  const { code, stdout, stderr } = await run(file);
  assert.equal(code, 99);
  assert.equal(
    stdout,
    '#1  GET /a  200  differs\n    response field: "X: 1" → "X: \\x9b2J"\n' +
      '    response content: 1 byte, different from byte 0: "a" → "b"\n',
  );
  assert.match(stderr, /^0 the same, 1 differs$/m);
  assert.equal((await run(file, "--ignore", "X,content")).code, 0);
});

test("a masked secret is named with the option that gives it, and the option replaces it", async () => {
  const heads: string[] = [];
  await using server = await rawServer(async (peer) => {
    heads.push(await peer.head());
    peer.send(ok("").slice(2));
  });
  const saw = [get("/?token=abc", "Authorization: Bearer xyz\r\n"), ok("")];
  const file = fileWith(lines(redact(recordedBy(server.port, { saw }))));
  const { stderr } = await run(file);
  assert.match(stderr, /^Authorization is masked in the recording, .* give it with -H 'Authorization: …'$/m);
  assert.match(stderr, /^a secret in the target is masked in the recording, .*--reveal records it$/m);
  assert.match(heads[0] ?? "", /^Authorization: Bearer \*\*\*\r$/m);
  const given = await run(file, "-H", "Authorization: Bearer new");
  assert.doesNotMatch(given.stderr, /Authorization is masked/);
  assert.match(heads[1] ?? "", /^Authorization: Bearer new\r$/m);
});

test("errors of the network have their exit codes: refused 7, silent 28", async () => {
  const server = await rawServer();
  const file = fileWith(lines(recordedBy(server.port, { saw: [get("/"), ok("")] })));
  const silent = await run(file, "--idle", "0.1");
  assert.equal(silent.code, 28);
  assert.match(silent.stderr, /^wirepane: \(28\) no response for 0\.1 s$/m);
  await server[Symbol.asyncDispose]();
  const { code, stdout, stderr } = await run(file);
  assert.equal(code, 7);
  assert.match(stdout, /^#1 {2}GET \/ {2}differs\n {4}response: none: connect .* refused/);
  assert.match(stderr, /^wirepane: \(7\) connect/m);
});

test("wrong command lines and files are one line each: 2, 3 and 26", async () => {
  const good = fileWith(lines(recordedBy(1, { saw: [get("/"), ok("")] })));
  const refused = fileWith(lines(await RECORDINGS["a refused connection"]()));
  for (const [code, ...args] of [
    [2],
    [2, good, "--timing", "slowly"],
    [2, good, "-H", "no colon"],
    [2, good, "-H", "A: b\r\nC: d"],
    [3, good, "nowhere"],
    [26, join(folder, "missing")],
    [26, fileWith("hello\n")],
    [26, refused],
  ] as const) {
    const result = await run(...args);
    assert.equal(result.code, code, args.join(" "));
    assert.match(
      result.stderr.split("\n").at(-2) ?? "",
      new RegExp(`^wirepane: \\(${code}\\) `),
      args.join(" "),
    );
    assert.doesNotMatch(result.stderr, /\n\s+at /);
  }
});

test("--timing step sends each request at Enter; the end of stdin ends the replay", async () => {
  const asked: string[] = [];
  await using server = await rawServer(async (peer) => {
    for (let head = await peer.head(); head !== ""; head = await peer.head().catch(() => "")) {
      asked.push(head);
      peer.send(ok("").slice(2));
    }
  });
  const file = fileWith(lines(recordedBy(server.port, { saw: [get("/1"), ok(""), get("/2"), ok("")] })));
  await using cli = startCli(["replay", "--timing", "step", file]);
  await cli.waitFor(/#1 {2}GET \/1 {2}\d+ bytes: Enter sends/);
  assert.equal(asked.length, 0);
  cli.child.stdin?.write("\n");
  await cli.waitFor(/#1 {2}GET \/2 {2}\d+ bytes: Enter sends/);
  assert.equal(asked.length, 1);
  cli.child.stdin?.end();
  const { code, stderr } = await cli.ended;
  assert.equal(code, 99);
  assert.match(stderr, /^wirepane: \(99\) stdin ended: the rest was not sent$/m);
  assert.equal(asked.length, 1);
});

test("Ctrl-C ends a replay that waits for Enter or for the server, and shows what was compared before", async () => {
  let second = (): void => {};
  const asked = new Promise<void>((resolve) => {
    second = resolve;
  });
  await using server = await rawServer(async (peer) => {
    const head = await peer.head().catch(() => "");
    if (head.startsWith("GET /1 ")) peer.send(ok("").slice(2)).end();
    if (head.startsWith("GET /2 ")) second();
  });
  const one = { saw: [get("/1"), ok("")] };
  const file = fileWith(lines(recordedBy(server.port, one, { at: 1000, saw: [get("/2"), ok("")] })));
  await using stepwise = startCli(["replay", "--timing", "step", file]);
  await stepwise.waitFor(/#1 {2}GET \/1 {2}\d+ bytes: Enter sends/);
  assert.equal((await stepwise.stop("SIGINT")).code, 130);
  await using fast = startCli(["replay", file]);
  await asked;
  const { code, stdout } = await fast.stop("SIGINT");
  assert.deepEqual([code, String(stdout)], [130, "#1  GET /1  200  same\n"]);
});

test("a replay is recorded and shown as any other command", async () => {
  await using server = await serve({ handler: practice() });
  const again = join(folder, "again.ndjson");
  const { code, stderr } = await run(fileWith(FORMATS.ndjson), server.url, "--timeline", "--record", again);
  assert.equal(code, 0);
  assert.match(stderr, /client +read .*response complete/);
  const second = await run(again, server.url);
  assert.match(second.stderr, /^8 the same, 0 differ$/m);
  assert.ok(fromNdjson(readFileSync(again, "utf8")).some(({ type }) => type === "span"));
});
