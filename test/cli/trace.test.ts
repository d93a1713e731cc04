import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fromNdjson, type TraceRecord, toHar, toNdjson, toPcapng } from "../../src/trace.ts";
import { runCli } from "../support/cli.ts";
import { RECORDINGS } from "../support/recordings.ts";

const folder = mkdtempSync(join(tmpdir(), "wirepane-trace-"));
after(() => rmSync(folder, { recursive: true }));

const lines = (records: readonly TraceRecord[]): string =>
  records.map((record) => `${toNdjson(record)}\n`).join("");
let files = 0;
function fileWith(content: string | Uint8Array, ending: string): string {
  const file = join(folder, `${files++}.${ending}`);
  writeFileSync(file, content);
  return file;
}

const records = await RECORDINGS["exchanges over one connection"]();
const echo = await RECORDINGS["an echo of a megabyte"]();
const recording = fileWith(lines(records), "ndjson");
const sameIn = {
  ndjson: recording,
  har: fileWith(toHar(records), "har"),
  pcapng: fileWith(toPcapng(records), "pcapng"),
};
const run = async (...args: string[]) => {
  const { code, stdout, stderr } = await runCli(["trace", ...args]);
  return { code, stdout: String(stdout), stderr };
};
const bytesOf = (some: readonly TraceRecord[], role: string, direction: string): Buffer =>
  Buffer.concat(
    some.flatMap((record) =>
      record.type === "bytes" && record.role === role && record.direction === direction ? [record.bytes] : [],
    ),
  );

for (const [format, file] of Object.entries(sameIn)) {
  test(`show prints the timeline of a .${format}, with each exchange of the client`, async () => {
    const { code, stdout, stderr } = await run("show", file);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^ +\d+\.\d\d ms {2}client {3}write +\d+ B {2}GET \/hello HTTP\/1\.1/m);
    assert.equal(stdout.match(/client +read .*response complete/g)?.length, 8);
  });
}

for (const option of ["", "--explain", "--waterfall"])
  test(`show ${option} is ASCII where the locale is not UTF-8, and fits the columns of a terminal`, async () => {
    const args = ["trace", "show", "--color", "never", ...(option === "" ? [] : [option]), recording];
    const { stdout } = await runCli(args, { env: { LC_ALL: "C", FORCE_COLOR: "1", COLUMNS: "72" } });
    assert.match(String(stdout), /\/chunked\/3/);
    for (const line of String(stdout).split("\n")) assert.match(line, /^[ -~]{0,72}$/);
  });

test("show --explain names every rule, and --waterfall has a bar for each exchange", async () => {
  const explained = await run("show", "--explain", recording);
  assert.match(explained.stdout, /method +"GET" .*\[RFC 9110 §9\.3\.1\]/);
  const { stdout } = await run("show", "--waterfall", recording);
  const rows = stdout.split("\n").filter((line) => / (?:GET|HEAD|POST) \//.test(line));
  assert.equal(rows.length, 8);
  assert.match(rows[0] ?? "", /^ GET \/hello +200 .*[─▸░█]/);
  const ofServer = fileWith(lines(records.filter(({ role }) => role === "server")), "ndjson");
  assert.match((await run("show", "--waterfall", ofServer)).stdout, /^ GET \/status\/503 +503 /m);
});

test("save converts by name: the bytes of both ends survive pcapng, and NDJSON is whole", async () => {
  for (const ending of ["ndjson", "pcapng"]) {
    const between = join(folder, `between.${ending}`);
    const again = join(folder, `again-${ending}.ndjson`);
    assert.deepEqual(await run("save", "--reveal", recording, between), { code: 0, stdout: "", stderr: "" });
    assert.deepEqual(await run("save", "--reveal", between, again), { code: 0, stdout: "", stderr: "" });
    const read = fromNdjson(readFileSync(again, "utf8"));
    for (const role of ["client", "server"])
      for (const direction of ["in", "out"])
        assert.ok(
          bytesOf(read, role, direction).equals(bytesOf(records, role, direction)),
          `${ending} ${role} ${direction}`,
        );
    if (ending === "ndjson") assert.deepEqual(read, records);
  }
});

test("save to HAR and back keeps the client's heads and contents", async () => {
  const [har, again] = [join(folder, "between.har"), join(folder, "again-har.ndjson")];
  assert.equal((await run("save", "--reveal", recording, har)).code, 0);
  assert.equal((await run("save", "--reveal", har, again)).code, 0);
  const read = fromNdjson(readFileSync(again, "utf8"));
  assert.ok(bytesOf(read, "client", "out").equals(bytesOf(records, "client", "out")));
  // The sizes of chunks are not in a HAR.
  const [got, sent] = [read, records].map((some) => bytesOf(some, "client", "in").toString("latin1"));
  const plain = (text = "") =>
    text.replace(/chunked\r\n([\s\S]*?\r\n\r\n)[\s\S]*?0\r\n\r\n/, "chunked\r\n$1");
  assert.equal(plain(got), plain(sent));
});

test("save masks secrets, unless --reveal", async () => {
  const out = join(folder, "masked.har");
  await run("save", recording, out);
  assert.doesNotMatch(readFileSync(out, "utf8"), /two words/);
  await run("save", "--reveal", recording, out);
  assert.match(readFileSync(out, "utf8"), /two words/);
});

for (const [format, file] of Object.entries(sameIn)) {
  test(`grep finds exchanges of a .${format} by the filter language`, async () => {
    const { code, stdout } = await run("grep", "status:5xx", file);
    assert.equal(code, 0);
    assert.match(stdout, /^#1 {2}GET \/status\/503 {2}503 {2}\d+ B {2}\d+\.\d\d ms {2}127\.0\.0\.1:\d+\n$/);
    assert.equal(
      (await run("grep", "method:POST field:content-type=form", file)).stdout.split("\n").length,
      2,
    );
    assert.deepEqual(await run("grep", "status:404", file), { code: 1, stdout: "", stderr: "" });
  });
}

test("grep finds a TCP conversation once, by its bytes", async () => {
  const file = fileWith(lines(echo), "ndjson");
  const { stdout } = await run("grep", "type:tcp bytes>1M", file);
  assert.match(stdout, /^#1 {2}TCP {2}closed {2}2097152 B {2}\d+\.\d\d ms {2}127\.0\.0\.1:\d+\n$/);
});

test("a mistake in a filter is a usage error with its place", async () => {
  const { code, stderr } = await run("grep", "hello state:opne", recording);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^wirepane: \(2\) "state:opne" at character 7: "opne" is none of connecting, open[^\n]*\n$/,
  );
});

test("diff of a recording with itself in another format finds the same bytes", async () => {
  const { code, stdout } = await run("diff", sameIn.ndjson, sameIn.pcapng);
  assert.equal(code, 0);
  assert.equal(stdout.match(/ {2}the same bytes$/gm)?.length, 8);
  assert.equal(stdout.match(/^ {2}time \d+\.\d\d → \d+\.\d\d ms/gm)?.length, 8);
});

test("diff says which field and which octet differ, and what only one recording has", async () => {
  const other = fileWith(
    toHar(records)
      .replace('"text":"Hello, world!"', '"text":"Hello, World!"')
      .replace('"value":"13"', '"value":"14"')
      .replaceAll("/status/503", "/status/504"),
    "har",
  );
  const { code, stdout } = await run("diff", recording, other);
  assert.equal(code, 1);
  assert.match(stdout, /^ {2}response field: "Content-Length: 13" → "Content-Length: 14"$/m);
  assert.match(stdout, /^ {2}response content: 13 bytes, different from byte 7: "world!" → "World!"$/m);
  assert.match(stdout, /^GET \/status\/503 {2}only in A$/m);
  assert.match(stdout, /^GET \/status\/504 {2}only in B$/m);
});

test("a recording that was cut is read up to the cut, and a line says so", async () => {
  const whole = {
    ndjson: Buffer.from(lines(records)),
    har: Buffer.from(toHar(records)),
    pcapng: Buffer.from(toPcapng(records)),
  };
  for (const [format, bytes] of Object.entries(whole)) {
    const file = fileWith(bytes.subarray(0, bytes.length - (format === "pcapng" ? 10 : 50)), format);
    const { code, stdout, stderr } = await run("show", file);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /GET \/hello/);
    assert.match(stderr, /^\S+ is cut: [^\n]* is not complete[^\n]*; all before it is here\n$/);
  }
});

test("what is no recording, no file or no action is one line", async () => {
  for (const [args, code, line] of [
    [["show", join(folder, "nothing")], 26, /no such file or directory/],
    [["show", fileWith("", "ndjson")], 26, /the file is empty/],
    [["show", fileWith("GET / HTTP/1.1\r\n\r\n", "ndjson")], 26, /line 1 is no trace record/],
    [["show", fileWith('{"log":{"entries":[1]}}', "har")], 26, /entry 1 of the HAR cannot be read/],
    [["show", fileWith('{"log":{}}', "har")], 26, /it has no log\.entries/],
    [["show", fileWith(Buffer.from("0a0d0d0a".padEnd(80, "0"), "hex"), "pcapng")], 26, /no pcapng of ours/],
    [["show"], 2, /trace show takes FILE: 0 given/],
    [["shwo", "x"], 2, /did you mean show/],
    [[], 2, /show, save, grep, diff/],
    [["save", recording, recording], 2, /the same file/],
    [["save", join(folder, "nothing"), join(folder, "out.har")], 26, /no such file/],
  ] as const) {
    const { code: got, stderr } = await run(...args);
    assert.equal(got, code, stderr);
    assert.match(stderr, line);
    assert.match(stderr, /^[^\n]*\n$/);
  }
});

test("escapes and secrets in a recording do not reach the terminal", async () => {
  const hostile = records.map(
    (record): TraceRecord =>
      record.type === "connection" && record.event.kind === "attempt"
        ? { ...record, event: { kind: "resolve", host: "\u001b]0;x\u0007", addresses: [] } }
        : record,
  );
  const evil = toHar(records).replaceAll("/hello", "/\\u001b[31mhello?token=S3CRET");
  for (const file of [fileWith(lines(hostile), "ndjson"), fileWith(evil, "har")]) {
    for (const args of [
      ["show", file],
      ["show", "--waterfall", "--explain", file],
      ["grep", "", file],
      ["diff", file, recording],
    ]) {
      const { stdout, stderr } = await run(...args);
      assert.ok(stdout.length > 0, stderr);
      assert.doesNotMatch(stdout + stderr, /\u001b|\u0007|S3CRET/);
    }
  }
});

test("show --svg masks the secrets of a recording that has them, unless --reveal", async () => {
  const file = fileWith(toHar(records).replaceAll("/hello", "/?token=S3CRET"), "har");
  const masked = await run("show", "--svg", file);
  assert.match(masked.stdout, /GET \/\?token=\*/);
  assert.doesNotMatch(masked.stdout, /S3/);
  assert.match((await run("show", "--svg", "--reveal", file)).stdout, /GET \/\?token=S3/);
});

test("a field line may have more parts than a call has room for arguments", async () => {
  const pairs = "a=b; ".repeat(140_000);
  const har = JSON.parse(toHar(records));
  har.log.entries[0].request.headers.push({ name: "Cookie", value: pairs });
  // Each of these is a secret.
  har.log.entries[0].request.url += `?x=1${"&token=1".repeat(140_000)}`;
  const { code, stdout, stderr } = await run("show", "--explain", fileWith(JSON.stringify(har), "har"));
  assert.deepEqual([code, stderr], [0, ""]);
  assert.ok(stdout.split("\n").length > 140_000);
  assert.doesNotMatch(stdout, /token=1/);
});
