import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fromNdjson, practice, serve } from "../../src/index.ts";
import { runCli, startCli } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "wirepane-trace-"));
const server = await serve({ handler: practice() });
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

test("the demo shows both ends of an echo, two clients at once and an HTTP exchange", async () => {
  const { code, stdout, stderr } = await runCli(["demo"]);
  const shown = String(stdout);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(shown, /^wirepane \d.* · Node \d.* · loopback only, no network needed\n/);
  for (const line of [
    /^ +\d+\.\d\d ms {2}client +write +6 B +"hello\\n"$/m,
    /^ +\d+\.\d\d ms {2}server +read +6 B +"hello\\n"$/m,
    /^ +\d+\.\d\d ms {2}worker \d accept .*, 2 open$/m,
    /^ +\d+\.\d\d ms {2}client +write +\d+ B +GET \/hello HTTP\/1\.1/m,
    /^ +\d+\.\d\d ms {2}server +read .*request complete/m,
    /^ connect .* total \d+\.\d\d ms$/m,
  ]) {
    assert.match(shown, line);
  }
});

test("--trace shows the exchange on stderr, and stdout stays the content", async () => {
  const { code, stdout, stderr } = await runCli(["http", "--trace", `${server.url}hello`]);
  assert.deepEqual([code, String(stdout)], [0, "Hello, world!"]);
  assert.match(
    stderr,
    /client +connect .*\n[\s\S]*write .*GET \/hello[\s\S]*read .*200 OK.*response complete/,
  );
});

test("--explain gives every byte of both directions its rule and section", async () => {
  const { stdout, stderr } = await runCli(["http", "--explain", `${server.url}hello`]);
  assert.equal(String(stdout), "Hello, world!");
  assert.match(stderr, /^written by the client[\s\S]* 0–2 +method +"GET" .*\[RFC 9110 §9\.3\.1\]$/m);
  assert.match(stderr, /^read by the client[\s\S]* content +"Hello, world!" /m);
});

test("--trace-out writes one record a line, secrets masked unless --reveal", async () => {
  const file = join(folder, "trace.ndjson");
  const written = async (...options: string[]): Promise<string> => {
    const { code } = await runCli([
      "http",
      "-u",
      "me:secret",
      "--trace-out",
      file,
      ...options,
      `${server.url}hello`,
    ]);
    assert.equal(code, 0);
    const records = fromNdjson(readFileSync(file, "utf8"));
    const sent = records.filter((record) => record.type === "bytes" && record.direction === "out");
    return sent
      .map((record) => (record.type === "bytes" ? Buffer.from(record.bytes).toString() : ""))
      .join("");
  };
  const secret = Buffer.from("me:secret").toString("base64");
  assert.match(await written(), /^GET \/hello HTTP\/1\.1\r\n[\s\S]*Authorization: /);
  assert.ok(!(await written()).includes(secret));
  assert.ok((await written("--reveal")).includes(secret));
});

test("a trace that cannot be written is known before anything is sent", async () => {
  const { code, stdout, stderr } = await runCli([
    "http",
    "--trace-out",
    "/does/not/exist",
    `${server.url}hello`,
  ]);
  assert.deepEqual([code, stdout.length], [23, 0]);
  assert.match(stderr, /^wirepane: \(23\) cannot write to [^\n]+\n$/);
});

test("a server's trace shows the other end, and what cannot be watched is said", async () => {
  await using echo = startCli(["listen", "0", "--echo", "--trace"]);
  const [, port = ""] = await echo.waitFor(/listening on 127\.0\.0\.1:(\d+)/);
  await runCli(["connect", "127.0.0.1", port], { input: "hi\n" });
  await echo.waitFor(/server +accept [\s\S]*server +read +3 B +"hi\\n"[\s\S]*server +closed/);
  await using threads = startCli(["listen", "0", "--echo", "--trace", "--model", "threads"]);
  await threads.waitFor(/no trace of threads: .*event-loop and sequential can be watched/);
});

test("explain annotates a request from stdin, and a response from plain hex", async () => {
  const request = await runCli(["explain", "-"], { input: "GET / HTTP/1.1\r\nHost: a\r\n\r\n" });
  assert.equal(request.code, 0);
  assert.match(String(request.stdout), /method +"GET" .*\n[\s\S]*field-value +"a" .*\[RFC 9110 §7\.2\]/);
  const bytes = Buffer.from("HTTP/1.1 204 No Content\r\n\r\n");
  const response = await runCli(["explain"], { input: `${bytes.toString("hex")}\n` });
  assert.equal(response.code, 0);
  assert.match(String(response.stdout), /status-code +"204"/);
});

test("explain shows a broken rule where it is, and exits 8", async () => {
  const { code, stdout } = await runCli(["explain"], { input: "GET / HTTP/1.1\r\nHost : a\r\n\r\n" });
  assert.equal(code, 8);
  assert.match(String(stdout), /error .*BLANK_BEFORE_COLON/);
});

test("nothing to explain is error 26", async () => {
  assert.equal((await runCli(["explain"])).code, 26);
  assert.equal((await runCli(["explain", "/does/not/exist"])).code, 26);
});
