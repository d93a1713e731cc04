import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import tls from "node:tls";
import { createProxy } from "../../src/proxy.ts";
import { CERTIFICATE } from "../support/certificate.ts";
import { clientOf, joined, LONG, pausing, serverOn } from "./joined.ts";

// Both ends are sockets of Node: what they see is what the programs on both sides of a proxy see.

async function allOf(socket: net.Socket): Promise<Buffer> {
  // Not `for await`: it would destroy the socket, whose other direction may be open.
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "end");
  return Buffer.concat(chunks);
}

test("the bytes of both directions pass unchanged", async () => {
  await using ends = await joined();
  const [up, down] = [randomBytes(3_000_000), randomBytes(2_000_000)];
  ends.client.end(up);
  ends.server.end(down);
  const [atServer, atClient] = await Promise.all([allOf(ends.server), allOf(ends.client)]);
  assert.ok(atServer.equals(up));
  assert.ok(atClient.equals(down));
});

test("a half-close passes alone: the other direction goes on", async () => {
  await using ends = await joined();
  ends.client.end("question");
  assert.equal(String(await allOf(ends.server)), "question");
  ends.server.end("answer");
  assert.equal(String(await allOf(ends.client)), "answer");
});

for (const [who, other] of [
  ["client", "server"],
  ["server", "client"],
] as const) {
  test(`a reset of the ${who} resets the ${other}`, async () => {
    await using ends = await joined();
    ends.client.write("x");
    await once(ends.server, "data");
    const failed = once(ends[other], "error");
    ends[other].resume();
    ends[who].resetAndDestroy();
    const [error] = await failed;
    assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
  });
}

test("a server that does not read stops the client, and gets everything when it does", async () => {
  const { options, paused } = pausing();
  await using ends = await joined(options);
  ends.client.end(Buffer.alloc(LONG));
  await paused;
  assert.equal((await allOf(ends.server)).length, LONG);
});

test("a server that is not there: the client is reset, and the failure is told", async () => {
  const closed = await serverOn(0);
  const { port } = closed.address() as net.AddressInfo;
  closed.close();
  const failures: string[] = [];
  await using proxy = await createProxy({
    upstream: `127.0.0.1:${port}`,
    onUpstreamFailed: ({ error }) => failures.push(error.code),
  });
  const [error] = await once(clientOf(proxy), "error");
  assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
  assert.deepEqual(failures, ["CONNECT_REFUSED"]);
});

test("a proxy never leads to itself", async () => {
  const failures: string[] = [];
  const port = await freePort();
  await using proxy = await createProxy({
    port,
    upstream: `127.0.0.1:${port}`,
    onUpstreamFailed: ({ error }) => failures.push(error.code),
  });
  const client = clientOf(proxy);
  await new Promise((resolve) => client.once("close", resolve));
  assert.deepEqual([failures, proxy.listener.accepted], [["ADDRESS_REFUSED"], 1]);
});

test("Unix sockets on both sides", async () => {
  const [front, back] = [join(tmpdir(), `wp-front-${process.pid}`), join(tmpdir(), `wp-back-${process.pid}`)];
  const listening = await serverOn(back);
  listening.on("connection", (socket) => socket.end("from the socket file"));
  await using proxy = await createProxy({ path: front, upstream: `unix:${back}` });
  assert.equal(String(await allOf(clientOf(proxy).end())), "from the socket file");
  listening.close();
});

test("plain in, TLS out: the server sees TLS with its name, the client plain bytes", async () => {
  const { cert, key } = CERTIFICATE;
  const listening = tls.createServer({ cert, key, ALPNProtocols: ["http/1.1"] }, (socket) =>
    socket.end(`${socket.servername} ${socket.alpnProtocol}`),
  );
  await once(listening.listen(0, "127.0.0.1"), "listening");
  const { port } = listening.address() as net.AddressInfo;
  await using proxy = await createProxy({
    upstream: `https://localhost:${port}`,
    upstreamTls: { ca: [cert] },
  });
  assert.equal(String(await allOf(clientOf(proxy).end())), "localhost http/1.1");
  listening.close();
});

async function freePort(): Promise<number> {
  const server = await serverOn(0);
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
