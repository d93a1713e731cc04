import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Har } from "har-format";
import { practice, serve } from "../../src/http.ts";
import { connect } from "../../src/tcp.ts";
import { PcapngReader } from "../../src/trace/formats/pcapng-reader.ts";
import { fromNdjson, type TraceRecord } from "../../src/trace.ts";
import { type RunningCli, runCli, startCli } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "wirepane-recording-"));
const server = await serve({ handler: practice() });
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});
const harIn = (file: string): Har => JSON.parse(readFileSync(file, "utf8"));

function packetsIn(file: string): { records: TraceRecord[]; rest: number } {
  const records: TraceRecord[] = [];
  const reader = new PcapngReader((record) => records.push(record));
  reader.push(readFileSync(file));
  return { records, rest: reader.end() };
}

test("--record FILE.har and FILE.pcapng write these, secrets masked unless --reveal", async () => {
  const secret = Buffer.from("me:secret").toString("base64");
  for (const ending of ["har", "pcapng", "HAR"]) {
    const file = join(folder, `run.${ending}`);
    const record = async (...options: string[]) => {
      const { code, stderr } = await runCli([
        "http",
        "-u",
        "me:secret",
        "--record",
        file,
        ...options,
        `${server.url}hello`,
      ]);
      assert.deepEqual([code, stderr], [0, ""]);
      return readFileSync(file, "latin1");
    };
    assert.ok(!(await record()).includes(secret));
    assert.ok((await record("--reveal")).includes(secret));
    if (ending === "pcapng") continue;
    const [entry] = harIn(file).log.entries;
    assert.equal(entry?.response.content.text, "Hello, world!");
    const age = Date.now() - Date.parse(entry?.startedDateTime ?? "");
    assert.ok(age >= 0 && age < 60_000);
  }
});

test("the content of a HAR is decoded", async () => {
  const file = join(folder, "decoded.har");
  await runCli(["http", "--compressed", "--record", file, `${server.url}gzip`]);
  assert.match(harIn(file).log.entries[0]?.response.content.text ?? "", /gzipped/);
});

/** A server of practice that records: one exchange is complete, and another one waits. */
async function recordedServer(file: string): Promise<RunningCli> {
  const cli = startCli(["serve", "--port", "0", "--record", file]);
  const [url = ""] = await cli.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
  const client = await connect({ port: Number(new URL(url).port) });
  await client.write("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await client.read();
  await client.write("GET /delay/9 HTTP/1.1\r\nHost: localhost\r\n\r\nGET");
  await cli.waitFor(/GET \/hello/);
  return cli;
}

for (const signal of ["SIGINT", "SIGHUP"] as const) {
  test(`after ${signal} a HAR is whole, with the exchange that was under way`, async () => {
    const file = join(folder, `${signal}.har`);
    await using cli = await recordedServer(file);
    cli.child.kill(signal);
    if (signal !== "SIGHUP") {
      await cli.waitFor(/stop/);
      cli.child.kill(signal);
    }
    await cli.ended;
    const statuses = harIn(file).log.entries.map(({ request, response }) => [
      request.method,
      response.status,
    ]);
    assert.deepEqual(statuses[0], ["GET", 200]);
  });
}

test("after SIGKILL the file is readable: a HAR with what was complete, and whole packets", async () => {
  for (const ending of ["har", "pcapng"]) {
    const file = join(folder, `killed.${ending}`);
    await using cli = await recordedServer(file);
    while (!readFileSync(file).includes("/hello")) await new Promise((resolve) => setImmediate(resolve));
    await cli.stop("SIGKILL");
    if (ending === "har") assert.equal(harIn(file).log.entries[0]?.response.status, 200);
    else {
      const { records, rest } = packetsIn(file);
      assert.equal(rest, 0);
      assert.ok(
        records.some((record) => record.type === "bytes" && Buffer.from(record.bytes).includes("/hello")),
      );
    }
  }
});

test("--record-limit stops the recording with one line, and nothing else", async () => {
  for (const [ending, limit, bytes] of [
    ["ndjson", "4k", 4096],
    ["har", "3000", 3000],
    ["pcapng", "2K", 2048],
  ] as const) {
    const file = join(folder, `limited.${ending}`);
    const urls = new Array<string>(8).fill(`${server.url}hello`);
    const { code, stdout, stderr } = await runCli([
      "http",
      "--record",
      file,
      "--record-limit",
      limit,
      ...urls,
    ]);
    assert.equal(code, 0);
    assert.equal(String(stdout), "Hello, world!".repeat(8));
    assert.match(
      stderr,
      new RegExp(`^the recording \\S+ ends here, at its limit of ${bytes} bytes; all else goes on\n$`),
    );
    const { size } = statSync(file);
    assert.ok(size <= bytes && size > bytes / 3, `${size}`);
    if (ending === "har") assert.ok(harIn(file).log.entries.length >= 1);
    else if (ending === "ndjson") assert.ok(fromNdjson(readFileSync(file, "utf8")).length > 10);
    else assert.equal(packetsIn(file).rest, 0);
  }
});

test("a limit that is no number of bytes, or limits nothing, is a usage error", async () => {
  for (const limit of ["", "5 GB", "1.5M"]) {
    const { code, stderr } = await runCli([
      "http",
      "--record",
      join(folder, "x.har"),
      "--record-limit",
      limit,
      server.url,
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /--record-limit wants bytes/);
  }
  const { code, stderr } = await runCli(["http", "--record-limit", "5k", server.url]);
  assert.equal(code, 2);
  assert.match(stderr, /--record-limit is a limit for --record FILE/);
});

test("a HAR goes through a pipe, with its end", { skip: process.platform === "win32" }, async () => {
  const pipe = join(folder, "pipe.har");
  execFileSync("mkfifo", [pipe]);
  const reader = spawn("cat", [pipe], { stdio: ["ignore", "pipe", "ignore"] });
  let text = "";
  reader.stdout.on("data", (chunk) => (text += chunk));
  const ended = once(reader, "close");
  const { code } = await runCli(["http", "--record", pipe, `${server.url}hello`]);
  await ended;
  assert.equal(code, 0);
  assert.equal((JSON.parse(text) as Har).log.entries.length, 1);
});
