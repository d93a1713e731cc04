import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import * as zlib from "node:zlib";
import { type HttpServer, practice, serve } from "../../src/index.ts";
import { type RawServer, rawServer } from "../http/raw-server.ts";
import { CERTIFICATE } from "../support/certificate.ts";
import { type CliResult, runCli, startCli } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "wirepane-cli-"));
const practising: HttpServer = await serve({ handler: practice() });
const { url } = practising;

after(async () => {
  await practising.close();
  rmSync(folder, { recursive: true });
});

/** A server that sends these bytes after every request, and ends. */
const answering = (bytes: string): Promise<RawServer> =>
  rawServer(async (peer) => {
    await peer.head();
    peer.send(bytes).end();
  });

function failed(result: CliResult, code: number, line: RegExp): void {
  assert.equal(result.code, code, result.stderr);
  assert.match(result.stderr, line);
  assert.match(result.stderr, /^wirepane: \(\d+\) [^\n]+\n$/);
}

const curlLike = (...args: string[]) => runCli(["http", ...args]);

test("a URL that is no pattern is shown with the place that is wrong, as curl does", async () => {
  for (const [shown, problem] of [
    ["http://127.0.0.1/{a", "unmatched brace in position 20"],
    ["http://[::1/", "bad range specification in position 9"],
  ] as const) {
    const { code, stderr } = await curlLike(shown);
    const place = Number(/\d+$/.exec(problem)?.[0]);
    assert.equal(code, 3);
    assert.equal(stderr, `wirepane: (3) ${problem}:\n${shown}\n${"^".padStart(place)}\n`);
  }
});

test("the content is written to stdout unchanged, and nothing to stderr", async () => {
  const { code, stdout, stderr } = await curlLike(`${url}bytes/5000?seed=1`);
  assert.deepEqual([code, stdout.length, stderr], [0, 5000, ""]);
});

test("a URL without a scheme is http", async () => {
  assert.equal(String((await curlLike(`${url.slice("http://".length)}hello`)).stdout), "Hello, world!");
});

test("-i prints the head of every response before the content, -I the head alone", async () => {
  const both = await curlLike("-i", "-L", `${url}redirect/1`);
  assert.match(
    String(both.stdout),
    /^HTTP\/1\.1 302 Found\r\n[\s\S]*\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n\{/,
  );
  const { stdout } = await curlLike("-I", `${url}hello`);
  assert.match(String(stdout), /^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: 13\r\n\r\n$/);
});

test("-v shows on stderr what was sent and received, and stdout stays clean", async () => {
  const { stdout, stderr } = await curlLike("-v", `${url}hello`);
  assert.equal(String(stdout), "Hello, world!");
  assert.match(stderr, /^\* {3}Trying 127\.0\.0\.1:\d+\.\.\.\n\* Established connection to /);
  assert.match(
    stderr,
    /^> GET \/hello HTTP\/1\.1\r\n> Host: [\s\S]*\r\n> \r\n[\s\S]*< HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n< \r\n/m,
  );
});

test("-v shows each leniency that was used", async () => {
  await using server = await answering("HTTP/1.1 200 OK\nContent-Length: 2\n\nok");
  const { code, stdout, stderr } = await curlLike("-v", server.url);
  assert.deepEqual([code, String(stdout)], [0, "ok"]);
  assert.match(stderr, /\* Forgiven: a line ends with LF alone \(byte 15, RFC 9112 §2\.2\)/);
});

test("--raw prints the chunked framing, too", async () => {
  const { stdout } = await curlLike("--raw", `${url}chunked/1`);
  assert.match(String(stdout), /^d\r\nchunk 1 of 1\n\r\n0\r\n\r\n$/);
});

test("several URLs share a connection, and each has the -o of its place", async () => {
  await using server = await rawServer((peer) =>
    peer.answerAll("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
  );
  const [one, two] = [join(folder, "one"), join(folder, "two")];
  const { code, stdout } = await curlLike("-o", one, "-o", two, server.url, server.url, server.url);
  assert.deepEqual([code, String(stdout)], [0, "ok"]);
  assert.deepEqual([readFileSync(one, "utf8"), readFileSync(two, "utf8")], ["ok", "ok"]);
  assert.equal(server.peers.length, 1);
});

test("-O takes the file name from the end of the URL, or curl_response", async () => {
  const result = await runCli(["http", "-O", `${url}hello?x=1`], { cwd: folder });
  assert.equal(result.code, 0);
  assert.equal(readFileSync(join(folder, "hello"), "utf8"), "Hello, world!");
  assert.equal((await runCli(["http", "-sO", url], { cwd: folder })).code, 0);
  assert.ok(existsSync(join(folder, "curl_response")));
});

test("-f makes a status of 400 and above exit 22 without its content", async () => {
  const result = await curlLike("-f", `${url}status/418`);
  failed(result, 22, /the server answered 418/);
  assert.equal(result.stdout.length, 0);
  assert.equal((await curlLike(`${url}status/418`)).code, 0);
});

test("-s hides the error line, -S shows it again, and the exit code stays", async () => {
  const silent = await curlLike("-sf", `${url}status/404`);
  assert.deepEqual([silent.code, silent.stderr], [22, ""]);
  failed(await curlLike("-sSf", `${url}status/404`), 22, /404/);
});

test("-L turns POST into GET after 302, and keeps it where -X asked for it", async () => {
  const seen: string[] = [];
  await using server = await rawServer(async (peer, index) => {
    seen.push((await peer.head()).split(" ")[0] ?? "");
    const answer = index % 2 === 0 ? "302 Found\r\nLocation: /next" : "200 OK";
    peer.send(`HTTP/1.1 ${answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`).end();
  });
  await curlLike("-L", "-d", "x", server.url);
  await curlLike("-L", "-X", "POST", "-d", "x", server.url);
  assert.deepEqual(seen, ["POST", "GET", "POST", "POST"]);
});

test("more redirects than --max-redirs are error 47", async () => {
  failed(await curlLike("-L", "--max-redirs", "1", `${url}redirect/3`), 47, /redirect/);
});

test("-m ends a slow transfer with 28", async () => {
  failed(await curlLike("-m", "0.2", `${url}delay/5`), 28, /200/);
});

test("a port where nothing listens is error 7", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  failed(await curlLike(`http://127.0.0.1:${port}/`), 7, /refused .*nothing listens there/);
});

test("an unknown host is error 6", async () => {
  failed(await curlLike("http://does-not-exist.invalid/"), 6, /does-not-exist\.invalid/);
});

test("an invalid URL is error 3", async () => {
  failed(await curlLike("http://127.0.0.1:99999/"), 3, /not a decimal number between 0 and 65535/);
  failed(await curlLike("-g", "http://[::1/"), 3, /Bad IPv6 address/);
  failed(await curlLike("ftp://127.0.0.1/"), 1, /only http and https/);
});

for (const text of [
  "http://user:secret@[::1/",
  "user:secret@[::1/",
  "http://user:sec/secret@[::1/",
  "http://user:99999/secret@a b/",
  "ftp://user:secret@127.0.0.1/",
]) {
  test(`the error about ${text} shows no credentials`, async () => {
    failed(await curlLike(text), text.startsWith("ftp:") ? 1 : 3, /^(?!.*(secret|99999))/);
  });
}

test("no error about a redirect shows the credentials in its Location", async () => {
  for (const [location, code] of [
    ["http://user:secret@127.0.0.1:1/", 7],
    ["//user:secret@[::1/", 3],
    ["user:secret@127.0.0.1", 1],
  ] as const) {
    await using server = await answering(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\n\r\n`);
    failed(await curlLike("-L", server.url), code, /^(?!.*secret)/);
  }
});

test("-L follows a login that sends back to where it began, and an empty Location nowhere", async () => {
  let asked = 0;
  await using server = await rawServer(async (peer) => {
    await peer.head();
    const location = ["/login", "/"][asked++] ?? "";
    peer.send(`HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: ${location}\r\n\r\n${asked}`).end();
  });
  const { code, stdout } = await curlLike("-L", server.url);
  assert.deepEqual([code, stdout.toString()], [0, "3"]);
});

test("--compressed with a coding that is not known is error 61; without it the content is printed as it is", async () => {
  const coded = "HTTP/1.1 200 OK\r\nContent-Encoding: lzma\r\nContent-Length: 5\r\n\r\nhello";
  await using server = await rawServer((peer) => peer.answerAll(coded));
  failed(await curlLike("--compressed", server.url), 61, /coding that is not known here: "lzma"/);
  assert.equal((await curlLike(server.url)).stdout.toString(), "hello");
  assert.equal((await curlLike("--compressed", "-I", server.url)).code, 0);
});

test("--compressed asks for zstd where this Node can undo it, and not elsewhere", async () => {
  let head = "";
  await using server = await rawServer(async (peer) => {
    head = await peer.head();
    peer.send("HTTP/1.1 204 No Content\r\n\r\n").end();
  });
  await curlLike("--compressed", server.url);
  const zstd = "createZstdDecompress" in zlib ? ", zstd" : "";
  assert.match(head, new RegExp(`\r\nAccept-Encoding: deflate, gzip, br${zstd}\r\n`));
});

test("--compressed has no limit on what it prints", async () => {
  const zeros = zlib.gzipSync(new Uint8Array(40 * 1024 * 1024));
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${zeros.length}\r\n\r\n`;
  await using server = await rawServer((peer) => peer.answerAll(head, zeros));
  const { code, stdout } = await curlLike("--compressed", server.url);
  assert.deepEqual([code, stdout.length], [0, 40 * 1024 * 1024]);
});

/** For the command: each reading of the clock is an hour after the one before, and stderr names the timers. */
const HOURS = `data:text/javascript,${encodeURIComponent(`
  let hours = 0;
  process.hrtime = Object.assign(() => [3600 * ++hours, 0], process.hrtime);
  const { setInterval } = globalThis;
  globalThis.setInterval = (tick, ms) => setInterval(() => { tick(); process.stderr.write("ticked;"); }, ms);
`)}`;

test("without -m the command waits for hours, for an answer and for each piece of its content", async () => {
  await using server = await rawServer();
  await using cli = startCli(["http", "-v", server.url], { env: { NODE_OPTIONS: `--import=${HOURS}` } });
  const peer = await server.accepted(0);
  await peer.head();
  await cli.waitFor(/ticked/);
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  await cli.waitFor(/< HTTP[\s\S]*ticked/);
  peer.send("world");
  const { code, stdout } = await cli.ended;
  assert.deepEqual([code, stdout.toString()], [0, "helloworld"]);
});

test("a reply that is not HTTP is error 1, as HTTP/0.9 in curl, with the rule it breaks", async () => {
  await using server = await answering("220 ftp ready\r\n");
  failed(await curlLike(server.url), 1, /"2" .*RFC 9112 §4|MALFORMED_STATUS_LINE/);
});

test("no reply at all is error 52", async () => {
  await using server = await answering("");
  failed(await curlLike(server.url), 52, /without an answer/);
});

test("a body cut short is error 18; what came before is printed", async () => {
  await using server = await answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  const result = await curlLike(server.url);
  failed(result, 18, /after 4 of 100 bytes/);
  assert.equal(String(result.stdout), "half");
});

test("a connection reset in mid-body is error 56", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    setTimeout(() => peer.reset(), 50); // the head should arrive first
  });
  failed(await curlLike(server.url), 56, /reset/);
});

test("a file that cannot be written is error 23", async () => {
  failed(await curlLike("-o", "/does/not/exist", `${url}hello`), 23, /cannot write to .*no such file/);
  failed(await curlLike("-o", folder, `${url}hello`), 23, /this is a directory/);
});

test("the certificate of a server is verified, unless -k or --cacert vouches for it", async () => {
  const authority = join(folder, "authority.pem");
  writeFileSync(authority, CERTIFICATE.cert);
  await using server = await serve({ handler: practice(), tls: CERTIFICATE });
  failed(await curlLike(`${server.url}hello`), 60, /self-signed/);
  for (const trust of [["-k"], ["--cacert", authority]]) {
    assert.equal(String((await curlLike(...trust, `${server.url}hello`)).stdout), "Hello, world!");
  }
});

test("the command ends quietly when its reader has enough", async () => {
  const cli = startCli(["http", `${url}bytes/102400`, `${url}drip?duration=10&numbytes=10`]);
  cli.child.stdout?.once("data", () => cli.child.stdout?.destroy());
  const { code, stderr } = await cli.ended;
  assert.deepEqual([code, stderr], [23, ""]);
});

test("Ctrl-C in mid-transfer ends with one line and 130, SIGTERM with 143", async () => {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    await using cli = startCli(["http", `${url}drip?duration=10&numbytes=10`]);
    await cli.waitFor(/\*/);
    failed(await cli.stop(signal), code, /after \d+ bytes? of content/);
  }
});

test("of several URLs each is tried; the last one decides the exit code", async () => {
  const { code, stdout, stderr } = await curlLike("http://does-not-exist.invalid/", `${url}hello`);
  assert.deepEqual([code, String(stdout)], [0, "Hello, world!"]);
  assert.match(stderr, /^wirepane: \(6\)/);
});
