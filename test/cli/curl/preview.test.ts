import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { rawServer } from "../../http/raw-server.ts";
import { runCli, startCli } from "../../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "wirepane-preview-"));
after(() => rmSync(folder, { recursive: true }));

/** Nothing listens there: a connection would fail. */
const URL_OF_NOBODY = "http://127.0.0.1:1/a?b=c";

test("--dry-run prints the request's octets and connects to nothing", async () => {
  const { code, stdout, stderr } = await runCli(["http", "--dry-run", "-A", "x", "-d", "a=1", URL_OF_NOBODY]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(
    String(stdout),
    "POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:1\r\nUser-Agent: x\r\nAccept: */*\r\nContent-Length: 3\r\n" +
      "Content-Type: application/x-www-form-urlencoded\r\n\r\na=1",
  );
});

test("--dry-run masks secrets, unless --reveal is given", async () => {
  const words = ["http", "--dry-run", "-u", "me:secret", URL_OF_NOBODY];
  const hidden = await runCli(words);
  assert.match(String(hidden.stdout), /^Authorization: \*{18}\r$/m);
  assert.match(hidden.stderr, /--reveal shows them/);
  const { stdout, stderr } = await runCli([...words, "--reveal"]);
  assert.match(String(stdout), /^Authorization: Basic bWU6c2VjcmV0\r$/m);
  assert.equal(stderr, "");
});

test("--to-curl and --to-fetch print code", async () => {
  const curl = await runCli(["http", "--to-curl", "-H", "X: it's", "-d", "a=1", URL_OF_NOBODY]);
  assert.match(
    String(curl.stdout),
    /^curl -X POST .*-H 'X: it'\\''s'.* --data-raw 'a=1' 'http:\/\/127\.0\.0\.1:1\/a\?b=c'\n$/,
  );
  const fetch = await runCli(["http", "--to-fetch", "--json", "{}", URL_OF_NOBODY]);
  assert.match(
    String(fetch.stdout),
    /^await fetch\("http:\/\/127\.0\.0\.1:1\/a\?b=c", \{\n {2}method: "POST",/m,
  );
});

const noPipes = process.platform === "win32" ? "no named pipes there" : false;

test("--from sends broken octets as they are, names the rules, and prints what comes back", async () => {
  const broken = "GET / HTTP/1.1\nHost : a\r\n\r\n";
  const file = join(folder, "broken");
  writeFileSync(file, broken);
  let seen = "";
  await using server = await rawServer(async (peer) => {
    seen = await peer.head();
    peer.send("any octets").end();
  });
  const { code, stdout, stderr } = await runCli(["http", "--from", file, server.url]);
  assert.deepEqual([code, String(stdout), seen], [0, "any octets", broken]);
  assert.match(stderr, /^broken at byte 14: BARE_LF: .*RFC 9112 §2\.2/m);
  assert.match(stderr, /^broken at byte 15: WHITESPACE_BEFORE_COLON: /m);
});

test("--from checks the beginning of a long file, and sends all of it", async () => {
  const lines = Array.from({ length: 100_000 }, (_, at) => `X-${at}: v\r\n`);
  const octets = `GET / HTTP/1.1\r\nHost: a\r\n${lines.join("")}\r\n`;
  const file = join(folder, "long");
  writeFileSync(file, octets);
  let seen = "";
  await using server = await rawServer(async (peer) => {
    seen = await peer.head();
    peer.send("hi").end();
  });
  const { code, stderr } = await runCli(["http", "--from", file, server.url]);
  assert.deepEqual([code, seen === octets], [0, true]);
  assert.match(stderr, /^broken at byte \d+: TOO_MANY_FIELD_LINES: /m);
  assert.match(stderr, /^only the first 256 KiB are checked$/m);
  assert.doesNotMatch(stderr, /INCOMPLETE/);
});

test("--from and explain read no file without end", { skip: noPipes }, async () => {
  for (const words of [
    ["http", "--from", "/dev/zero", URL_OF_NOBODY],
    ["explain", "/dev/zero"],
  ]) {
    const { code, stderr } = await runCli(words);
    assert.equal(code, 26);
    assert.match(stderr, /cannot read \/dev\/zero: it has more than 67108864 bytes/);
  }
});

test("-m ends a --from whose server says nothing, as it ends a transfer: 28", async () => {
  const file = join(folder, "asks");
  writeFileSync(file, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const server = net.createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).resume());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  const { code, stderr } = await runCli(["http", "--from", file, "-m", "0.2", url]);
  server.close();
  assert.equal(code, 28);
  assert.match(stderr, /^wirepane: \(28\) the time of -m is over$/m);
});

function namedPipe(name: string): string {
  const path = join(folder, name);
  execFileSync("mkfifo", [path]);
  return path;
}

test("Ctrl-C ends a --from that reads a quiet pipe", { skip: noPipes }, async () => {
  const pipe = namedPipe("quiet");
  await using cli = startCli(["http", "--from", pipe, URL_OF_NOBODY], { timeoutMs: 20_000 });
  // Resolves when the command has opened the other end.
  const writer = await open(pipe, "w");
  cli.child.kill("SIGINT");
  assert.equal((await cli.ended).timedOut, false);
  await writer.close();
});

test("Ctrl-C ends an -o that waits for the reader of a named pipe", { skip: noPipes }, async () => {
  const pipe = namedPipe("unread");
  await using server = await rawServer((peer) =>
    peer.answerAll("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
  );
  await using cli = startCli(["http", "-v", "-o", pipe, server.url], { timeoutMs: 20_000 });
  await cli.waitFor(/< Content-Length: 2/);
  // Nothing tells when the command has begun to wait.
  const presses = setInterval(() => cli.child.kill("SIGINT"), 50);
  assert.equal((await cli.ended).timedOut, false);
  clearInterval(presses);
});
