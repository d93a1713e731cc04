import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { practice, serve } from "../../src/http.ts";
import { connect } from "../../src/tcp.ts";
import { fromNdjson } from "../../src/trace.ts";
import { runCli, startCli } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "wirepane-tracing-"));
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
    /^ +\d+\.\d\d ms {2}server·w\d +read +6 B +"first\\n"$/m,
    /^ +\d+\.\d\d ms {2}server#2·w\d +write +7 B +"second\\n"$/m,
    /^ +\d+\.\d\d ms {2}client +write +\d+ B +GET \/hello HTTP\/1\.1/m,
    /^ +\d+\.\d\d ms {2}server +read .*request complete/m,
    /^ GET \/hello +200 +– +\d+\.\d\d +– /m,
  ]) {
    assert.match(shown, line);
  }
  assert.match(shown, /client +end +FIN.*\n[\s\S]*client +peer end +FIN: the peer sends no more, either\n/);
  const [, http = ""] = shown.split("\n3 ");
  assert.match(http, /server +closed .*; closed by the client first\n[\s\S]*total ms/);
});

test("--timeline shows the exchange on stderr, and stdout stays the content", async () => {
  const { code, stdout, stderr } = await runCli(["http", "--timeline", `${server.url}hello`]);
  assert.deepEqual([code, String(stdout)], [0, "Hello, world!"]);
  assert.match(
    stderr,
    /client +connect .*\n[\s\S]*write .*GET \/hello[\s\S]*read .*200 OK.*response complete/,
  );
});

test("--timeline shows the end of a connection that was kept", async () => {
  const { stderr } = await runCli(["http", "--timeline", `${server.url}hello`, `${server.url}hello`]);
  assert.equal(stderr.match(/ client +connected /g)?.length, 1);
  assert.match(
    stderr,
    /response complete[\s\S]*response complete[\s\S]*client +end +FIN[\s\S]*client +closed .*; closed by the client first\n/,
  );
});

test("--timeline ends with a waterfall of all exchanges, over redirects and connections", async () => {
  const { stderr } = await runCli(["http", "-L", "--timeline", `${server.url}redirect/1`]);
  const waterfall = stderr.slice(stderr.indexOf("total ms"));
  assert.match(waterfall, /\n GET \/redirect\/1 +302 [^\n]*\n GET \/[^\n]* +200 [^\n]*\n$/);
});

test("the timeline is ASCII where the locale is not UTF-8, and fits the columns of a terminal", async () => {
  const args = ["http", "--timeline", "--color", "never", `${server.url}hello`];
  const { stderr } = await runCli(args, { env: { LC_ALL: "C", FORCE_COLOR: "1", COLUMNS: "70" } });
  assert.match(stderr, /GET \/hello HTTP\/1\.1/);
  for (const line of stderr.split("\n")) assert.match(line, /^[ -~]{0,70}$/);
  const piped = await runCli(args, { env: { LC_ALL: "C.UTF-8", COLUMNS: "70" } });
  assert.match(piped.stderr, /GET \/hello HTTP\/1\.1⏎ Host: … User-Agent: … \(3 fields\)⏎⏎/);
});

test("--explain gives every byte of both directions its rule and section", async () => {
  const { stdout, stderr } = await runCli(["http", "--explain", `${server.url}hello`]);
  assert.equal(String(stdout), "Hello, world!");
  assert.match(stderr, /^written by the client[\s\S]* 0–2 +method +"GET" .*\[RFC 9110 §9\.3\.1\]$/m);
  assert.match(stderr, /^read by the client[\s\S]* content +"Hello, world!" /m);
});

test("--record writes one record a line, secrets masked unless --reveal", async () => {
  const file = join(folder, "trace.ndjson");
  const written = async (...options: string[]): Promise<string> => {
    const { code } = await runCli([
      "http",
      "-u",
      "me:secret",
      "--record",
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

test("a recording that cannot be written is an error before anything is sent", async () => {
  const { code, stdout, stderr } = await runCli([
    "http",
    "--record",
    "/does/not/exist",
    `${server.url}hello`,
  ]);
  assert.deepEqual([code, stdout.length], [23, 0]);
  assert.match(stderr, /^wirepane: \(23\) cannot write to [^\n]+\n$/);
});

test("a server's timeline shows the other end, and which worker it is", async () => {
  for (const [model, end] of [
    ["event-loop", "server"],
    ["threads", "server·w1"],
    ["processes", "server·w1"],
  ] as const) {
    const workers = model === "event-loop" ? [] : ["--workers", "1"];
    await using echo = startCli(["listen", "0", "--echo", "--timeline", "--model", model, ...workers]);
    const [, port = ""] = await echo.waitFor(/listening on 127\.0\.0\.1:(\d+)/);
    await runCli(["connect", "127.0.0.1", port], { input: "hi\n" });
    const lines = ["accept ", 'read +3 B +"hi\\\\n"', 'write +3 B +"hi\\\\n"', "closed"];
    await echo.waitFor(new RegExp(lines.map((line) => ` ${end} +${line}`).join("[\\s\\S]*")));
  }
});

test("the recording of workers stands in the order of time, and says which worker it was", async () => {
  const file = join(folder, "workers.ndjson");
  await using echo = startCli(["listen", "0", "--echo", "--model", "processes", "--record", file]);
  const [, port = ""] = await echo.waitFor(/listening on 127\.0\.0\.1:(\d+)/);
  await Promise.all(
    ["one", "two", "three"].map((input) => runCli(["connect", "127.0.0.1", port], { input })),
  );
  await echo.stop("SIGINT");
  const records = fromNdjson(readFileSync(file, "utf8"));
  const times = records.map(({ t }) => t);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  const workers = records.flatMap((record) =>
    record.type === "connection" && record.event.kind === "accepted" ? [record.event.worker] : [],
  );
  assert.equal(workers.length, 3);
  assert.ok(workers.every((worker) => worker === 1 || worker === 2));
  const written = records.flatMap((record) =>
    record.type === "bytes" && record.direction === "out" ? [Buffer.from(record.bytes).toString()] : [],
  );
  assert.deepEqual(written.sort(), ["one", "three", "two"]);
});

test("explain annotates a request from stdin, and a response from plain hex", async () => {
  const request = await runCli(["explain", "-"], { input: "GET / HTTP/1.1\r\nHost: a\r\n\r\n" });
  assert.equal(request.code, 0);
  assert.match(String(request.stdout), /method +"GET" .*\n[\s\S]*field-line +"Host: a" .*\[RFC 9110 §7\.2\]/);
  const bytes = Buffer.from("HTTP/1.1 204 No Content\r\n\r\n");
  const response = await runCli(["explain"], { input: `${bytes.toString("hex")}\n` });
  assert.equal(response.code, 0);
  assert.match(String(response.stdout), /status-code +"204"/);
});

test("explain reads a dump as hex if there is no doubt, or with --hex", async () => {
  const request = Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\nX: ${"b".repeat(100)}\r\n\r\n`);
  const pairs = [...request].map((octet) => octet.toString(16).padStart(2, "0"));
  const rows = Array.from({ length: Math.ceil(pairs.length / 16) }, (_, row) =>
    pairs.slice(row * 16, row * 16 + 16),
  );
  const offset = (row: number) => (row * 16).toString(16).padStart(8, "0");
  const seen = (row: string[]) =>
    row
      .map((pair) => String.fromCharCode(Number.parseInt(pair, 16)))
      .join("")
      .replace(/[^ -~]/g, ".");
  const xxd = rows.map(
    (row, at) =>
      `${offset(at)}: ${row
        .join("")
        .replace(/(....)(?=.)/g, "$1 ")
        .padEnd(39)}  ${seen(row)}`,
  );
  const hexdump = rows.map((row, at) => {
    const octets = `${row.slice(0, 8).join(" ")}  ${row.slice(8).join(" ")}`;
    // As in hexdump, a "*" stands for lines like the one before.
    if (at > 0 && row.join() === rows[at - 1]?.join()) return row.join() === rows[at - 2]?.join() ? "" : "*";
    return `${offset(at)}  ${octets.padEnd(48)}  |${seen(row)}|`;
  });
  const end = request.length.toString(16).padStart(8, "0");
  assert.ok(hexdump.includes("*"));
  for (const input of [
    pairs.join(":"),
    pairs.join(" "),
    xxd.join("\n"),
    [...hexdump.filter((line) => line !== ""), end].join("\n"),
  ]) {
    const { code, stdout, stderr } = await runCli(["explain"], { input: `${input}\n` });
    assert.deepEqual([code, stderr], [0, ""], input);
    assert.match(String(stdout), new RegExp(`^request, ${request.length} bytes\n`));
  }
  assert.match(String((await runCli(["explain"], { input: "dead beef" })).stdout), /"dead beef"/);
  assert.match(String((await runCli(["explain", "--hex"], { input: "dead beef" })).stdout), /\\xde/);
});

test("incomplete or invalid hex is an error", async () => {
  for (const [args, input] of [
    [["explain", "--hex"], "47:4"],
    [["explain"], "47 45 54 20 2"],
    [["explain"], "00000000: 4745 5420  GET \n00000010: 2f  /\n"],
    [["explain", "--hex"], "GET / HTTP/1.1"],
  ] as const) {
    const { code, stdout, stderr } = await runCli(args, { input });
    assert.deepEqual([code, stdout.length], [26, 0]);
    assert.match(stderr, /^wirepane: \(26\) [^\n]*hex[^\n]*\n$/);
  }
});

test("explain --method HEAD expects no content after the head of a response", async () => {
  const input = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  assert.equal((await runCli(["explain", "--method", "HEAD"], { input })).code, 0);
  assert.equal((await runCli(["explain"], { input })).code, 8);
  assert.equal((await runCli(["explain", "--method", "a b"], { input })).code, 2);
});

test("-v masks secrets, unless --reveal", async () => {
  const said = async (...options: string[]) =>
    (await runCli(["http", "-v", "-u", "me:secret", ...options, `${server.url}hello?api_key=S3CRET`])).stderr;
  const secret = Buffer.from("me:secret").toString("base64");
  const masked = await said();
  assert.match(masked, /^> GET \/hello\?api_key=\*{6} HTTP\/1\.1$/m);
  assert.match(masked, /^> Authorization: \*+$/m);
  assert.ok(!masked.includes(secret));
  assert.ok((await said("--reveal")).includes(`Authorization: Basic ${secret}`));
});

test("the demo explains each byte once, under the names of its timeline", async () => {
  const { code, stdout } = await runCli(["demo", "--explain"]);
  assert.equal(code, 0);
  const shown = String(stdout);
  for (const title of [
    /^written by the client, bytes 0–5$/m,
    /^read by client#2, bytes 0–6$/m,
    /^ +\d+\.\d\d ms {2}client#2 +write/m,
  ])
    assert.match(shown, title);
  assert.equal(shown.match(/ request-target /g)?.length, 1);
  assert.equal(shown.match(/ status-code /g)?.length, 1);
});

test("--explain of a content in 35,000 chunks ends neither the server nor the client", async () => {
  await using traced = startCli(["serve", "--port", "0", "-s", "--explain=every-byte"]);
  const [, port = ""] = await traced.waitFor(/127\.0\.0\.1:(\d+)/);
  const client = await connect({ port: Number(port) });
  const chunks = "4\r\nabcd\r\n".repeat(35_000);
  await client.write(
    `POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
  );
  let received = 0;
  for await (const bytes of client) received += bytes.length;
  assert.ok(received > 140_000);
  const { code, stderr } = await traced.stop();
  assert.equal(code, 0);
  // The explanation comes faster than this process reads it. What does not fit into 4 MiB is dropped, and that is told.
  const isWhole = stderr.match(/ chunk-data /g)?.length === 35_000 && / last-chunk /.test(stderr);
  assert.ok(isWhole || /lines dropped here, since nobody read them: \d+/.test(stderr));
});

test("explain shows a broken rule where it is, and exits 8", async () => {
  const { code, stdout } = await runCli(["explain"], { input: "GET / HTTP/1.1\r\nHost : a\r\n\r\n" });
  assert.equal(code, 8);
  assert.match(String(stdout), /error .*WHITESPACE_BEFORE_COLON/);
});

test("--explain takes every-byte behind =, and no other value", async () => {
  const { code, stderr } = await runCli(["http", "--explain=every-byte", `${server.url}hello`]);
  assert.equal(code, 0);
  assert.match(stderr, /^19–20 +CRLF +"\\r\\n" /m);
  const wrong = await runCli(["connect", "--explain=all", "127.0.0.1", "1"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /^wirepane: \(2\) --explain takes no value, or every-byte, not "all"/);
});

test("nothing to explain is error 26", async () => {
  assert.equal((await runCli(["explain"])).code, 26);
  assert.equal((await runCli(["explain", "/does/not/exist"])).code, 26);
});
