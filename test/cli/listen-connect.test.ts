import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MODEL_NAMES } from "../../src/tcp.ts";
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

test("the end of stdin ends only our direction: the answer is awaited", async () => {
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

test("bytes that stdin has ready are sent, even to a peer that ended first", async () => {
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

test("after the peer's end, a pipe's stdin goes on until its own end", async () => {
  let ended = (): void => {};
  const peerEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });
  let received = "";
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("data", (chunk) => {
      received += chunk;
    });
    socket.end("bye", ended);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as net.AddressInfo;
  await using cli = startCli(["connect", "127.0.0.1", String(port), "--timeline"]);
  await peerEnded;
  await cli.waitFor(/peer end/);
  cli.child.stdin?.end("the rest");
  const { code, stdout, stderr } = await cli.ended;
  server.close();
  assert.deepEqual([code, String(stdout), received], [0, "bye", "the rest"]);
  assert.match(stderr, / end +FIN: we send no more, either\n/);
});

test("listen as a conversation ends when both directions have, with a line that says why", async () => {
  await using server = await startListening();
  const client = net.connect({ port: Number(server.port), host: "127.0.0.1", allowHalfOpen: true });
  client.end("question");
  await server.waitFor(/question/);
  server.child.stdin?.end("answer");
  let answer = "";
  for await (const chunk of client) answer += chunk;
  const { code, stderr } = await server.ended;
  assert.deepEqual([code, answer], [0, "answer"]);
  assert.match(stderr, /closed 127\.0\.0\.1:\d+ after .*: 8 bytes in, 6 out; both sides ended\n$/);
});

test("the peer's last words are shown, though it read little of what was sent", async () => {
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    socket.on("error", () => {});
    socket.write("enough\n", () => socket.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as net.AddressInfo;
  const { code, stdout } = await runCli(["connect", "127.0.0.1", String(port)], {
    input: "x".repeat(8_000_000),
  });
  server.close();
  assert.deepEqual([code, String(stdout)], [56, "enough\n"]);
});

test("connect --crlf sends CRLF for LF, and CRLF as it is", async () => {
  await using server = await startListening("--echo");
  const { stdout } = await runCli(["connect", "-C", "127.0.0.1", server.port], { input: "a\nb\r\n\n" });
  assert.equal(String(stdout), "a\r\nb\r\n\r\n");
});

test("doctor PORT says which program listens, and does not disturb a listen that waits for its client", async () => {
  await using server = await startListening();
  const { code, stdout } = await runCli(["doctor", server.port]);
  assert.equal(code, 0);
  assert.match(String(stdout), new RegExp(`^127\\.0\\.0\\.1:${server.port} +in use: \\S`));
  assert.match(String(stdout), /\n\[::1\]:\d+ +free to listen on\n|\n\[::1\]:\d+ +cannot be listened on/);
  server.child.stdin?.end("still here");
  const client = await runCli(["connect", "127.0.0.1", server.port], { input: "" });
  assert.equal(String(client.stdout), "still here");
  await server.ended;
});

test("an idle client does not hold the sequential server for good", async () => {
  await using server = await startListening("--echo", "--model", "sequential", "--idle", "1");
  const vanished = net.connect(Number(server.port), "127.0.0.1").on("error", () => {});
  await server.waitFor(/#1 opened/);
  await server.waitFor(/#1 closed .*: 0 bytes in, 0 out; we reset it: no byte moved for 1 s\n/);
  // A plain socket: the word is there with the connection. The command may need a second to read its input.
  const next = net.connect(Number(server.port), "127.0.0.1");
  next.end("next");
  const [answer] = await once(next, "data");
  assert.equal(String(answer), "next");
  vanished.destroy();
});

test("a stderr that nobody reads does not block the command", async () => {
  await using server = await startListening("--echo", "--timeline");
  server.child.stderr?.pause();
  const input = randomBytes(20_000_000);
  const { code, stdout } = await runCli(["connect", "127.0.0.1", server.port], { input });
  assert.equal(code, 0);
  assert.ok(stdout.equals(input));
  server.child.stderr?.resume();
});

test("an IPv6 address with a port stands in brackets, and a local address that is missing is named", async () => {
  const refused = await runCli(["connect", "::1", "1"]);
  assert.match(refused.stderr, /^wirepane: \(7\) connect \[::1\]:1 (refused|failed) /);
  const missing = await runCli(["connect", "-s", "192.0.2.7", "127.0.0.1", "1"]);
  assert.match(missing.stderr, /: 192\.0\.2\.7 is no address of this machine\n$/);
});

test("without a handler, listen talks with the first client, as ncat -l does", async () => {
  await using server = await startListening();
  server.child.stdin?.end("from the server\n");
  const client = await runCli(["connect", "127.0.0.1", server.port], { input: "from the client\n" });
  const { code, stdout } = await server.ended;
  assert.deepEqual([client.code, String(client.stdout)], [0, "from the server\n"]);
  assert.deepEqual([code, String(stdout)], [0, "from the client\n"]);
});

test("Ctrl-C removes the socket file of a listen that waits or talks, and tells what has passed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wirepane-"));
  const path = join(folder, "talk.sock");
  for (const talking of [false, true]) {
    await using server = startCli(["listen", "-U", path]);
    await server.waitFor(/listening on /);
    const client = talking ? net.connect(path).on("error", () => {}) : undefined;
    client?.write("hello");
    if (talking) await server.waitFor(/hello/);
    const { code, stderr } = await server.stop("SIGINT");
    assert.equal(code, 130);
    const last = talking ? "interrupted after 0 bytes sent, 5 received" : "interrupted";
    assert.equal(stderr.trimEnd().split("\n").at(-1), `wirepane: (130) ${last}`);
    assert.deepEqual(readdirSync(folder), []);
    client?.destroy();
  }
  rmSync(folder, { recursive: true });
});

for (const [name, signals, exitCode] of [
  ["a second Ctrl-C", ["SIGINT", "SIGINT"], 130],
  ["SIGHUP", ["SIGHUP"], 129],
  ["SIGQUIT", ["SIGQUIT"], 131],
] as const) {
  for (const model of ["event-loop", "sequential", "processes"]) {
    test(`the socket file of a listen with the model ${model} is removed at ${name}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "wirepane-"));
      const path = join(folder, "s");
      await using server = startCli(["listen", "-U", path, "--echo", "--model", model]);
      await server.waitFor(/listening on /);
      // With a client that stays, the first Ctrl-C does not end the server.
      const client = net.connect(path).on("error", () => {});
      await server.waitFor(/#1 opened/);
      for (const [index, signal] of signals.entries()) {
        if (index > 0) await server.waitFor(/stopping:/);
        server.child.kill(signal);
      }
      assert.equal((await server.ended).code, exitCode);
      assert.deepEqual(readdirSync(folder), []);
      client.destroy();
      rmSync(folder, { recursive: true });
    });
  }
}

test("Ctrl-C ends connect with one line and 130", async () => {
  await using server = await startListening("--echo");
  await using client = startCli(["connect", "127.0.0.1", server.port]);
  client.child.stdin?.write("hello");
  await client.waitFor(/hello/);
  const { code, stderr } = await client.stop("SIGINT");
  assert.deepEqual([code, stderr], [130, "wirepane: (130) interrupted after 5 bytes sent, 5 received\n"]);
});

test("clients beyond --max-conns are closed and counted, with one line when the first comes", async () => {
  await using server = await startListening("--echo", "--max-conns", "1");
  const first = net.connect(Number(server.port), "127.0.0.1").on("error", () => {});
  await server.waitFor(/#1 opened/);
  const second = net
    .connect(Number(server.port), "127.0.0.1")
    .on("error", () => {})
    .resume();
  await once(second, "close");
  await server.waitFor(/overloaded: 1 connection open, no more are allowed; 1 refused so far\n/);
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

test("a single byte is one byte, in the line of its connection and in the last line", async () => {
  await using server = await startListening("--echo");
  await runCli(["connect", "127.0.0.1", server.port], { input: "x" });
  await server.waitFor(/#1 closed .*: 1 byte in, 1 out;/);
  const { stderr } = await server.stop("SIGINT");
  assert.match(stderr, /stopped: 1 connection, 1 byte in, 1 out\n$/);
});

test("a client that resets is reported, and the server lives", async () => {
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

test("a port without a listener is error 7, an unknown host error 6", async () => {
  await using server = await startListening("--echo");
  await server.stop();
  const refused = await runCli(["connect", "127.0.0.1", server.port]);
  assert.equal(refused.code, 7);
  assert.match(refused.stderr, /^wirepane: \(7\) [^\n]*nothing listens there[^\n]*\n$/);
  const unknown = await runCli(["connect", "does-not-exist.invalid", "80"]);
  assert.equal(unknown.code, 6);
  assert.match(unknown.stderr, /^wirepane: \(6\) [^\n]+\n$/);
});
