import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { utf8 } from "../../src/bytes/text.ts";
import { connect } from "../../src/tcp/connect.ts";
import type { TcpConnection } from "../../src/tcp/connection.ts";
import { handler as echo } from "../../src/tcp/handlers/echo.ts";
import { type Listener, listen } from "../../src/tcp/listen.ts";
import { moduleUrl } from "../../src/tcp/models/workers/module-url.ts";

function portOf(listener: Listener): number {
  return (listener.address as { port: number }).port;
}

/** The connections in the kernel's accept queue of a listening port: `ss -ltn` shows their number as Recv-Q. */
function acceptQueue(port: number): number {
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  const listening = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .find((columns) => columns[1]?.endsWith(`:${hexPort}`) && columns[3] === "0A");
  assert.ok(listening, `nobody listens on ${port}`);
  return Number.parseInt(listening[4]?.split(":")[1] ?? "", 16);
}

async function echoed(connection: TcpConnection, text: string): Promise<string> {
  await connection.write(text);
  return utf8((await connection.read()) ?? new Uint8Array());
}

test("of five clients one is served, and four wait in the kernel's backlog", async () => {
  await using listener = await listen({ model: "sequential", handler: echo });
  assert.match(listener.mechanism, /backlog/);
  const port = portOf(listener);
  const clients = await Promise.all([1, 2, 3, 4, 5].map(() => connect({ port })));
  for (const [index, client] of clients.entries()) {
    assert.equal(await echoed(client, `client ${index}`), `client ${index}`);
    assert.equal(acceptQueue(port), 4 - index);
    assert.equal(listener.open, 1);
    await client.end();
    await client.closed;
  }
});

test("a client that has left before its turn does no harm", async () => {
  await using listener = await listen({ model: "sequential", handler: echo });
  const port = portOf(listener);
  const first = await connect({ port });
  assert.equal(await echoed(first, "a"), "a");
  const impatient = await connect({ port });
  const patient = await connect({ port });
  impatient.abort();
  await impatient.closed;
  await first.end();
  assert.equal(await echoed(patient, "b"), "b");
  await patient[Symbol.asyncDispose]();
});

test("when its keeper is killed the server takes the port again, and serves who comes next", {
  timeout: 120_000,
}, async () => {
  await using listener = await listen({ model: "sequential", handler: echo });
  const port = portOf(listener);
  const before = await connect({ port });
  assert.equal(await echoed(before, "a"), "a");
  const [keeper] = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8")
    .trim()
    .split(" ");
  process.kill(Number(keeper), "SIGKILL");
  await before.end();
  // Until the death is noticed, clients are refused, or reset together with the backlog.
  for (let answer: string | undefined; answer !== "b"; ) {
    answer = await connect({ port })
      .then((connection) => echoed(connection, "b").finally(() => connection[Symbol.asyncDispose]()))
      .catch(() => undefined);
  }
});

test("if handles cannot be passed, clients are accepted but wait, and the mechanism says so", async () => {
  const platform = Object.getOwnPropertyDescriptor(process, "platform") as PropertyDescriptor;
  // In a process where Node's internals may not be used.
  Object.defineProperty(process, "platform", { ...platform, value: "win32" });
  let listener: Listener;
  try {
    listener = await listen({ model: "sequential", handler: echo });
  } finally {
    Object.defineProperty(process, "platform", platform);
  }
  assert.match(listener.mechanism, /accepted, but not read/);
  const clients = await Promise.all([1, 2, 3].map(() => connect({ port: portOf(listener) })));
  for (const client of clients) {
    assert.equal(await echoed(client, "x"), "x");
    assert.equal(listener.open, 1);
    await client.end();
    await client.closed;
  }
  assert.equal(listener.accepted, 3);
  await listener.close();
});

for (const model of ["sequential", "threads", "processes"] as const) {
  test(`no process is left behind when the ${model} server is killed`, { timeout: 120_000 }, async () => {
    const listenUrl = moduleUrl("tcp/listen");
    const script = `
      import { listen } from ${JSON.stringify(listenUrl.href)};
      const { address } = await listen({ model: ${JSON.stringify(model)}, workers: 2,
        handler: { module: ${JSON.stringify(moduleUrl("tcp/handlers/echo").href)} } });
      console.log(address.port);`;
    const server = spawn(process.execPath, ["--input-type=module", "-e", script], {
      // The pipe stays open as long as one of the processes lives.
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(server, "exit").then(() => assert.fail("the server did not start"));
    const [printed] = await Promise.race([once(server.stdout, "data"), ended]);
    ended.catch(() => {});
    const port = Number(printed);
    const connection = await connect({ port });
    assert.equal(await echoed(connection, "alive"), "alive");
    connection.abort();
    const everybodyGone = once(server.stdout.resume(), "end");
    server.kill("SIGKILL");
    await everybodyGone;
    await assert.rejects(connect({ port }), { code: "CONNECT_REFUSED" });
  });
}
