import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { connect, serve, text } from "wirepane";
import { ROOT } from "../support/root.ts";

const TOOL = fileURLToPath(new URL("tools/example.js", ROOT));

function start(name: string, ...args: string[]) {
  const child = spawn(process.execPath, [TOOL, name, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, nextLine: async () => String((await lines.next()).value) };
}

async function run(name: string, ...args: string[]) {
  const { child } = start(name, ...args);
  return result(child);
}

async function result(child: ChildProcess) {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => (stdout += chunk));
  child.stderr?.on("data", (chunk) => (stderr += chunk));
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}

const portOf = (line: string) => Number(/:(\d+)/.exec(line)?.[1]);

async function stop(child: ChildProcess) {
  if (child.exitCode !== null) return child.exitCode;
  child.kill("SIGTERM");
  const [code] = await once(child, "close");
  return code;
}

test("the client example sends a line to the server example and prints its echo", async () => {
  const server = start("server", "0");
  try {
    const port = portOf(await server.nextLine());
    const client = await run("client", String(port), "good", "morning");
    assert.equal(client.stdout, "good morning\n");
    assert.match(client.stderr, /sent 13 bytes, received 13/);
    assert.equal(client.code, 0);
    assert.match(await server.nextLine(), /^#1 opened by 127\.0\.0\.1:\d+$/);
    assert.match(await server.nextLine(), /^#1 closed after 13 bytes \(end\)$/);
  } finally {
    assert.equal(await stop(server.child), 0);
  }
});

for (const model of ["sequential", "event-loop", "threads", "processes"]) {
  test(`the threaded server example serves the same handler under the ${model} model`, async () => {
    const server = start("threaded-server", "0", model);
    try {
      const banner = await server.nextLine();
      assert.match(banner, new RegExp(`: ${model}, `));
      const client = await run("client", String(portOf(banner)), "hello");
      assert.equal(client.stdout, "hello\n");
    } finally {
      assert.equal(await stop(server.child), 0);
    }
  });
}

test("the threaded server example serves two clients at once", async () => {
  const server = start("threaded-server", "0");
  try {
    const port = portOf(await server.nextLine());
    const first = await connect({ port });
    const second = await connect({ port });
    await second.write("two");
    assert.equal(String(Buffer.from((await second.read()) ?? [])), "two");
    await first.write("one");
    assert.equal(String(Buffer.from((await first.read()) ?? [])), "one");
    for (const connection of [first, second]) await connection.end();
    await Promise.all([first.closed, second.closed]);
  } finally {
    assert.equal(await stop(server.child), 0);
  }
});

test("the HTTP client example prints the head on stderr and the content on stdout", async () => {
  const server = await serve({ handler: () => text("Hello, world!") });
  try {
    const client = await run("http-client", `${server.url.replace(/\/$/, "")}/hello`);
    assert.equal(client.stdout, "Hello, world!");
    assert.match(client.stderr, /^HTTP\/1\.1 200 OK\n/);
    assert.equal(client.code, 0);
  } finally {
    await server.close();
  }
});

test("the HTTP client example speaks only http, and refuses other URLs with one line", async () => {
  for (const url of ["https://127.0.0.1/", "nonsense", "ftp://127.0.0.1/"]) {
    const client = await run("http-client", url);
    assert.equal(client.code, 2);
    assert.match(client.stderr, /^[^\n]+\n$/);
  }
});

test("the client example says in one line that no server listens", async () => {
  const closed = createServer().listen(0);
  await once(closed, "listening");
  const address = closed.address();
  closed.close();
  await once(closed, "close");
  const client = await run("client", String(typeof address === "object" ? address?.port : ""));
  assert.equal(client.code, 1);
  assert.doesNotMatch(client.stderr, /\n\s+at /);
});

test("every example fits on a page: fewer than 60 lines", () => {
  const folder = new URL("examples/", ROOT);
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".ts"))) {
    assert.ok(readFileSync(new URL(name, folder), "utf8").split("\n").length <= 60, name);
  }
});
