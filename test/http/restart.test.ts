import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { HttpClient } from "../../src/index.ts";
import { handler as echo } from "../../src/tcp/handlers/echo.ts";
import { MODEL_NAMES } from "../../src/tcp/models/model.ts";
import { moduleUrl } from "../../src/tcp/models/workers/module-url.ts";
import { connect, listen } from "../../src/tcp.ts";
import { boundSocket } from "../support/inherited-socket.ts";

const socket = boundSocket();
const servers: ChildProcess[] = [];
after(() => {
  for (const server of servers) server.kill("SIGKILL");
  socket.close();
});

async function startServer(): Promise<ChildProcess> {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  const file = fileURLToPath(new URL(`./inherited-server${extension}`, import.meta.url));
  const server = spawn(process.execPath, [file], {
    stdio: ["ignore", "inherit", "inherit", socket.fd, "ipc"],
  });
  servers.push(server);
  const [address] = await once(server, "message");
  assert.deepEqual(address, { family: "IPv4", host: "127.0.0.1", port: socket.port });
  return server;
}

/** Sends one request on a connection of its own. Returns the id of the process that answered. */
async function askOnce(): Promise<string> {
  const client = net.connect(socket.port, "127.0.0.1");
  client.end("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  let answer = "";
  for await (const bytes of client) answer += bytes;
  assert.match(answer, /^HTTP\/1\.1 200 /);
  return answer.slice(answer.lastIndexOf("\n") + 1);
}

test("no request fails while one process replaces another on a socket that both were given", async () => {
  let current = await startServer();
  const keepingClient = new HttpClient();
  let restarting = true;
  const answeredBy = new Set<string>();
  const load = async (ask: () => Promise<string>): Promise<number> => {
    let requests = 0;
    for (; restarting; requests++) answeredBy.add(await ask());
    return requests;
  };
  const url = `http://127.0.0.1:${socket.port}/`;
  const askKept = async (): Promise<string> => {
    const response = await keepingClient.request({ url });
    assert.equal(response.status, 200);
    return response.text();
  };
  const loads = [askOnce, askOnce, askOnce, askKept, askKept].map(load);
  const pids = [String(current.pid)];
  for (let restart = 0; restart < 3; restart++) {
    const next = await startServer();
    pids.push(String(next.pid));
    const exited = once(current, "exit");
    current.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null]);
    current = next;
  }
  restarting = false;
  const requests = await Promise.all(loads);
  await keepingClient.close();
  current.kill("SIGTERM");
  await once(current, "exit");
  assert.ok(requests.every((count) => count > 0));
  assert.deepEqual([...answeredBy].sort(), pids.sort());
});

for (const model of MODEL_NAMES) {
  test(`the ${model} model serves on a socket it was given`, async () => {
    const given = boundSocket();
    const handler = model === "event-loop" ? echo : { module: moduleUrl("tcp/handlers/echo") };
    await using listener = await listen({ fd: given.fd, model, workers: 1, handler });
    assert.deepEqual(listener.address, { family: "IPv4", host: "127.0.0.1", port: given.port });
    await using client = await connect({ port: given.port });
    await client.write("hello");
    assert.equal((await client.read())?.length, 5);
  });
}

test("the error names a descriptor that is not a socket", async () => {
  await assert.rejects(listen({ fd: 9_999, handler: echo }), {
    code: "ADDRESS_NOT_AVAILABLE",
    message: /^cannot listen on descriptor 9999: it is not a listening socket of this process/,
  });
});
