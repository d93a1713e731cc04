import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fetch } from "../../src/index.ts";
import { CLI, type RunningCli, runCli, startCli } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "wirepane-serve-"));
writeFileSync(join(folder, "hello.txt"), "from a file\n");
after(() => rmSync(folder, { recursive: true }));

async function startServing(...args: string[]): Promise<RunningCli & { url: string }> {
  const cli = startCli(["serve", ...args, "--port", "0"]);
  const [, url = ""] = await cli.waitFor(/ on (http:\/\/\S+\/) · Ctrl-C stops\n/);
  return { ...cli, url };
}

const get = async (url: string): Promise<[number, string]> => {
  const response = await fetch(url);
  return [response.status, await response.text()];
};

test("serve DIR serves its files, a list of them, and the practice endpoints", async () => {
  await using server = await startServing(folder);
  assert.deepEqual(await get(`${server.url}hello.txt`), [200, "from a file\n"]);
  assert.deepEqual(await get(`${server.url}hello`), [200, "Hello, world!"]);
  assert.match((await get(server.url))[1], /hello\.txt/);
  assert.equal((await get(`${server.url}nothing`))[0], 404);
});

test("with --no-listing and --no-practice only the files are served", async () => {
  await using server = await startServing(folder, "--no-listing", "--no-practice");
  assert.equal((await get(`${server.url}hello.txt`))[0], 200);
  assert.equal((await get(`${server.url}hello`))[0], 404);
  assert.notEqual((await get(server.url))[0], 200);
  assert.equal((await runCli(["serve", "--no-practice"])).code, 2);
});

test("an exchange is a line on stderr that no client can forge; refusals are told, too", async () => {
  await using server = await startServing();
  await get(`${server.url}status/204?x=%0A`);
  await server.waitFor(/^127\.0\.0\.1:\d+ "GET \/status\/204\?x=%0A HTTP\/1\.1" 204 0 \d+\.\d ms$/m);
  const socket = net.connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.end("GET /\x1b[2J HTTP/1.1\r\n\r\n", "latin1").resume();
  const [line] = await server.waitFor(/^127\.0\.0\.1:\d+ refused: .*$/m);
  assert.doesNotMatch(line, /\x1b/);
});

test("SIGINT lets an answer that has begun go on to its end, ends the connection, and sums up", async () => {
  await using server = await startServing();
  const client = net.connect(Number(new URL(server.url).port), "127.0.0.1");
  client.write("GET /drip?duration=0.5&numbytes=5 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  let received = "";
  client.on("data", (chunk) => {
    received += chunk;
  });
  await once(client, "data");
  const stopped = server.stop("SIGINT");
  await once(client, "end");
  assert.match(received, /\r\n\r\n\*{5}$/);
  const { code, stderr } = await stopped;
  assert.equal(code, 0);
  assert.match(stderr, /stopping: 1 connection[\s\S]*stopped: 1 exchange on 1 connection\n$/);
});

/** The status of the answer to a request for another host name. */
async function statusFor(host: string, url: string): Promise<string> {
  const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(`GET /hello.txt HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  let received = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    received += chunk;
  });
  await once(socket, "end");
  return received.slice(9, 12);
}

test("on loopback it answers loopback names and those of --allow-host, so that other pages cannot read the files", async () => {
  await using server = await startServing(folder, "--allow-host", "my.test", "--allow-host", "other.test");
  for (const host of ["localhost:1234", "127.0.0.1", "[::1]", "my.test", "OTHER.test:80"]) {
    assert.equal(await statusFor(host, server.url), "200", host);
  }
  assert.equal(await statusFor("evil.test", server.url), "421");
});

test("with so few descriptors that every client would be refused it does not start, and says so", async () => {
  const script = 'ulimit -n 32; exec "$0" "$@"';
  const child = spawn("sh", ["-c", script, process.execPath, CLI, "serve", "--port", "0"], { stdio: "pipe" });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  assert.equal(code, 7);
  assert.match(stderr, /^wirepane: \(7\) [^\n]*no file descriptor is left[^\n]*ulimit -n[^\n]*\n$/);
});

test("a port in use is error 7", async () => {
  await using server = await startServing();
  const { code, stderr } = await runCli(["serve", "--port", new URL(server.url).port]);
  assert.equal(code, 7);
  assert.match(stderr, /^wirepane: \(7\) [^\n]*in use[^\n]*\n$/);
});
