import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { MODEL_NAMES } from "../../src/index.ts";
import { type RunningCli, runCli, startCli } from "../support/cli.ts";

/** Starts `wirepane listen 0 …` and reads its port from the banner. */
async function startListening(...args: string[]): Promise<RunningCli & { port: string }> {
  const cli = startCli(["listen", "0", ...args]);
  const [, port = ""] = await cli.waitFor(/listening on 127\.0\.0\.1:(\d+) · /);
  return { ...cli, port };
}

for (const model of MODEL_NAMES) {
  test(`listen --echo --model ${model} sends back what connect sends, and drains at Ctrl-C`, async () => {
    const workers = model === "threads" || model === "processes" ? ["--workers", "2"] : [];
    await using server = await startListening("--echo", "--model", model, ...workers);
    await server.waitFor(new RegExp(` · ${model}: \\S`));
    const input = randomBytes(1_000_000);
    const client = await runCli(["connect", "127.0.0.1", server.port], { input });
    assert.deepEqual([client.code, client.stderr], [0, ""]);
    assert.ok(client.stdout.equals(input));
    await server.waitFor(/#\d+ opened 127\.0\.0\.1:\d+/);
    await server.waitFor(/#\d+ closed .* 1000000 bytes in, 1000000 out; both sides ended/);
    const { code, stderr } = await server.stop("SIGINT");
    assert.equal(code, 0);
    assert.match(stderr, /stopped: 1 connection.*, 1000000 bytes in, 1000000 out\n$/);
  });
}

test("the end of stdin ends our direction alone: the answer is awaited", async () => {
  const server = net.createServer({ allowHalfOpen: true }, async (socket) => {
    socket.resume();
    await once(socket, "end");
    socket.end("you are through");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as net.AddressInfo;
  const { code, stdout } = await runCli(["connect", "127.0.0.1", String(port)], { input: "question" });
  server.close();
  assert.deepEqual([code, String(stdout)], [0, "you are through"]);
});

test("what stdin has ready is sent, even to a peer that ended first", async () => {
  let received = "";
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.end("greeting");
    socket.on("data", (chunk) => {
      received += chunk;
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as net.AddressInfo;
  const { code, stdout } = await runCli(["connect", "127.0.0.1", String(port)], {
    input: "x".repeat(100_000),
  });
  server.close();
  assert.deepEqual([code, String(stdout), received.length], [0, "greeting", 100_000]);
});

test("the peer's end ends the conversation, though stdin stays open", async () => {
  const server = net.createServer((socket) => socket.end("bye"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as net.AddressInfo;
  await using cli = startCli(["connect", "127.0.0.1", String(port)]);
  const { code, stdout } = await cli.ended;
  server.close();
  assert.deepEqual([code, String(stdout)], [0, "bye"]);
});

test("without a handler, listen talks with the first client, as ncat -l does", async () => {
  await using server = await startListening();
  server.child.stdin?.end("from the server\n");
  const client = await runCli(["connect", "127.0.0.1", server.port], { input: "from the client\n" });
  const { code, stdout } = await server.ended;
  assert.deepEqual([client.code, String(client.stdout)], [0, "from the server\n"]);
  assert.deepEqual([code, String(stdout)], [0, "from the client\n"]);
});

test("Ctrl-C ends connect with one line and 130", async () => {
  await using server = await startListening("--echo");
  await using client = startCli(["connect", "127.0.0.1", server.port]);
  client.child.stdin?.write("hello");
  await client.waitFor(/hello/);
  const { code, stderr } = await client.stop("SIGINT");
  assert.deepEqual([code, stderr], [130, "wirepane: (130) interrupted after 5 bytes sent, 5 received\n"]);
});

test("who comes beyond --max-conns is closed, and counted, in a line when it begins", async () => {
  await using server = await startListening("--echo", "--max-conns", "1");
  const first = net.connect(Number(server.port), "127.0.0.1").on("error", () => {});
  await server.waitFor(/#1 opened/);
  const second = net
    .connect(Number(server.port), "127.0.0.1")
    .on("error", () => {})
    .resume();
  await once(second, "close");
  await server.waitFor(/overloaded: 1 connection open, the most that were allowed; 1 refused so far\n/);
  first.end().resume();
  await server.waitFor(/#1 closed/);
  const { code, stderr } = await server.stop("SIGTERM");
  assert.equal(code, 0);
  assert.match(stderr, /stopped: 1 connection, .*, 1 refused\n$/);
});

test("a second Ctrl-C does not wait for open connections", async () => {
  await using server = await startListening("--echo");
  const socket = net.connect(Number(server.port), "127.0.0.1").on("error", () => {});
  await server.waitFor(/#1 opened/);
  server.child.kill("SIGINT");
  await server.waitFor(/stopping: 1 connection may end within 10 s/);
  const { code } = await server.stop("SIGINT");
  socket.destroy();
  assert.equal(code, 130);
});

test("a client that resets is told of, and the server lives", async () => {
  await using server = await startListening("--echo");
  const socket = net.connect(Number(server.port), "127.0.0.1").on("error", () => {});
  await server.waitFor(/#1 opened/);
  socket.resetAndDestroy();
  await server.waitFor(/#1 closed .* the client reset it/);
  const { code, stdout } = await runCli(["connect", "127.0.0.1", server.port], { input: "still there?" });
  assert.deepEqual([code, String(stdout)], [0, "still there?"]);
});

test("a port in use, and a host of another machine, are error 7", async () => {
  await using server = await startListening("--echo");
  const taken = await runCli(["listen", server.port, "--echo"]);
  assert.deepEqual([taken.code, taken.stdout.length], [7, 0]);
  assert.match(taken.stderr, /^wirepane: \(7\) [^\n]*in use[^\n]*\n$/);
  const elsewhere = await runCli(["listen", "192.0.2.1", "0", "--echo"]);
  assert.equal(elsewhere.code, 7);
  assert.match(elsewhere.stderr, /^wirepane: \(7\) [^\n]+\n$/);
});

test("nothing listening is error 7, an unknown host error 6", async () => {
  await using server = await startListening("--echo");
  await server.stop();
  const refused = await runCli(["connect", "127.0.0.1", server.port]);
  assert.equal(refused.code, 7);
  assert.match(refused.stderr, /^wirepane: \(7\) [^\n]*nothing listens there[^\n]*\n$/);
  const unknown = await runCli(["connect", "does-not-exist.invalid", "80"]);
  assert.equal(unknown.code, 6);
  assert.match(unknown.stderr, /^wirepane: \(6\) [^\n]+\n$/);
});
