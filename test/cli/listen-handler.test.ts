import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type RunningCli, runCli, startCli } from "../support/cli.ts";

// `listen --handler FILE`: an error in the user's code is reported as the user's, and Ctrl-C still works.

const directory = mkdtempSync(join(tmpdir(), "wirepane-"));
after(() => rmSync(directory, { recursive: true }));
const file = join(directory, "handler.mjs");
writeFileSync(
  file,
  `export async function handler(connection) {
  for await (const chunk of connection) {
    const word = Buffer.from(chunk).toString();
    if (word === "hang") for (writeSync(2, "hanging\\n");;);
    if (word === "throw") throw new Error("as told");
    if (word === "later") setTimeout(() => { throw new Error("too late"); });
    if (word === "exit") process.exit(7);
  }
}
import { writeSync } from "node:fs";
`,
);

interface Server extends RunningCli {
  /** Sends a word on a connection of its own. */
  say(word: string): net.Socket;
}

const startServer = (...args: string[]): Promise<Server> => startServerWith({}, ...args);

async function startServerWith(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Server> {
  const cli = startCli(["listen", "0", "--handler", file, ...args], { env });
  const [, port = ""] = await cli.waitFor(/listening on 127\.0\.0\.1:(\d+) · /);
  const say = (word: string) => {
    const socket = net.connect(Number(port), "127.0.0.1").on("error", () => {});
    socket.write(word);
    return socket.resume();
  };
  return { ...cli, say };
}

const closed = (socket: net.Socket): Promise<void> =>
  new Promise((resolve) => socket.once("close", () => resolve()));

for (const model of ["event-loop", "sequential"] as const) {
  test(`two Ctrl-C end a server whose handler never returns (${model})`, async () => {
    await using server = await startServer("--model", model);
    const client = server.say("hang");
    await server.waitFor(/^hanging$/m);
    server.child.kill("SIGINT");
    await server.waitFor(/^stopping: the handler has not returned, .*; Ctrl-C again stops now$/m);
    const { code } = await server.stop("SIGINT");
    client.destroy();
    assert.equal(code, 130);
  });

  test(`one Ctrl-C drains, and the exit code is 0 (${model})`, async () => {
    await using server = await startServer("--model", model);
    const client = server.say("hello");
    await server.waitFor(/#1 opened/);
    client.end();
    await server.waitFor(/#1 closed .*: 5 bytes in, 0 out; both sides ended/);
    const { code, stderr } = await server.stop("SIGINT");
    assert.equal(code, 0);
    assert.match(stderr, /stopped: 1 connection, 5 bytes in, 0 out\n$/);
  });
}

test("a worker process whose handler never returns ends when its parent is killed", {
  timeout: 60_000,
}, async () => {
  await using server = await startServer("--model", "processes", "--workers", "1");
  const [, pid = ""] = await server.waitFor(/worker 1 started \(pid (\d+)\)/);
  const client = server.say("hang");
  await server.waitFor(/#1 opened/);
  let orphan = false;
  const late = setTimeout(() => {
    orphan = true;
    process.kill(Number(pid), "SIGKILL");
  }, 30_000);
  // The worker has the same stderr, so it is the worker that closes it in the end.
  await server.stop("SIGKILL");
  clearTimeout(late);
  client.destroy();
  assert.equal(orphan, false);
});

for (const model of ["event-loop", "sequential", "threads", "processes"] as const) {
  test(`an error in a handler is shown with its place, and the server lives (${model})`, async () => {
    await using server = await startServer("--model", model);
    server.say("throw");
    await server.waitFor(/#1 closed .* the handler failed: Error: as told\n +at .*handler\.mjs:5:\d+/);
    const client = server.say("hello");
    await server.waitFor(/#2 opened/);
    client.destroy();
    const { stderr } = await server.stop("SIGINT");
    assert.doesNotMatch(stderr, /mistake of ours/);
  });
}

test("an error in a handler's timer ends the server, and is shown as the handler's failure with its place", async () => {
  await using server = await startServer();
  const client = server.say("later");
  const { code, stderr } = await server.ended;
  client.destroy();
  assert.equal(code, 1);
  assert.match(
    stderr,
    /wirepane: \(1\) the handler of .*handler\.mjs failed: Error: too late\n +at .*handler\.mjs:6:\d+/,
  );
  assert.doesNotMatch(stderr, /mistake of ours/);
});

for (const model of ["threads", "processes"] as const) {
  test(`an error in a handler's timer ends its worker, and is shown with its place (${model})`, async () => {
    await using server = await startServer("--model", model, "--workers", "1");
    const client = server.say("later");
    await server.waitFor(/#1 closed .*: 5 bytes in, 0 out; worker 1 is gone: Error: too late/);
    await server.waitFor(/worker 1 died: Error: too late; a new one starts in 100 ms/);
    await server.waitFor(/ +at .*handler\.mjs:6:\d+/);
    client.destroy();
  });
}

test("a module that throws while it is loaded is shown with its place", async () => {
  const broken = join(directory, "broken.mjs");
  writeFileSync(broken, 'throw new Error("not today");\n');
  const { code, stderr } = await runCli(["listen", "0", "--handler", broken]);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /at .*broken\.mjs:1:\d+[\s\S]*wirepane: \(2\) the handler module .* cannot be loaded: not today\n$/,
  );
});

/** For the command: its clock stands still. */
const STANDSTILL = `data:text/javascript,${encodeURIComponent(
  "process.hrtime = Object.assign(() => [0, 0], process.hrtime);",
)}`;

test("a server whose workers are all given up ends with 56 and says why", async () => {
  // Five deaths within ten seconds, however slow the machine is.
  const env = { NODE_OPTIONS: `--import=${STANDSTILL}` };
  await using server = await startServerWith(env, "--model", "threads", "--workers", "1");
  let over = false;
  const ended = server.ended.finally(() => {
    over = true;
  });
  while (!over) await Promise.race([closed(server.say("exit")), ended]);
  const { code, stderr } = await ended;
  assert.equal(code, 56);
  assert.match(
    stderr,
    /wirepane: \(56\) worker 1: exit code 7; it died 5 times in 10 s and is not started again\n$/,
  );
});

for (const args of [
  [],
  ["--echo"],
  ["--echo", "--model", "event-loop"],
  ["--echo", "--model", "sequential"],
]) {
  test(`--workers is refused where there are none: listen 0 ${args.join(" ")}`, async () => {
    const { code, stderr } = await runCli(["listen", "0", "--workers", "2", ...args]);
    assert.equal(code, 2);
    assert.match(stderr, /^wirepane: \(2\) --workers wants --model threads or --model processes[^\n]*\n$/);
  });
}

test("threads over a Unix socket are traced", async () => {
  const path = join(directory, "traced.sock");
  await using threads = startCli(["listen", "-U", path, "--echo", "--model", "threads", "--timeline"]);
  await threads.waitFor(/listening on /);
  const client = net
    .connect({ path })
    .on("error", () => {})
    .resume();
  client.end("hello");
  await threads.waitFor(/server·w\d +read +5 B/);
  await threads.stop("SIGINT");
});
