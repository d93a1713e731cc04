import assert from "node:assert/strict";
import { once } from "node:events";
import type net from "node:net";
import { type TestContext, test } from "node:test";
import { createProxy, type ProxyOptions, type ProxyServer, parseFault } from "../../src/proxy.ts";
import type { ConnectionEvent } from "../../src/tcp.ts";
import { clientOf, joined, LONG, pausing, serverOn } from "./joined.ts";

// Both ends are sockets of Node: what they see is what the programs on both sides of a faulty proxy see.

async function serverFor(
  t: TestContext,
  serve: (socket: net.Socket) => void = (socket) => socket.pipe(socket),
): Promise<net.Server> {
  const server = await serverOn(0);
  server.on("connection", (socket) => serve(socket.on("error", () => {})));
  t.after(() => server.close());
  return server;
}

function proxyTo(server: net.Server, options: Omit<ProxyOptions, "upstream">): Promise<ProxyServer> {
  const { port } = server.address() as net.AddressInfo;
  return createProxy({ ...options, upstream: `127.0.0.1:${port}` });
}

/** Reads on until so many bytes have come. */
async function read(socket: net.Socket, length: number): Promise<string> {
  let text = "";
  while (text.length < length) {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) await once(socket, "readable");
    else text += chunk;
  }
  return text;
}

/** How the socket's connection ends: with the bytes before, and the code of an error. */
async function ending(socket: net.Socket): Promise<{ readonly text: string; readonly how: string }> {
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  const how = await new Promise<string>((resolve) => {
    socket.once("end", () => resolve("FIN"));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
  });
  return { text, how };
}

test("cut after=1000B: the client gets 1,000 bytes and FIN", async () => {
  await using ends = await joined({ faults: ["down:cut after=1000B on=conn#1"] });
  ends.server.write("x".repeat(5000));
  assert.deepEqual(await ending(ends.client), { text: "x".repeat(1000), how: "FIN" });
});

test("cut rst: the sender is reset", async () => {
  await using ends = await joined({ faults: ["up:cut rst after=3B"] });
  ends.client.write("hello");
  // The server may see FIN: libuv makes one of a reset that comes together with bytes.
  const [atClient, atServer] = await Promise.all([ending(ends.client), ending(ends.server)]);
  assert.deepEqual([atClient.how, atServer.text], ["ECONNRESET", "hel"]);
});

test("reset_peer: both sides are reset, and the bytes are dropped", async () => {
  await using ends = await joined({ faults: ["up:reset_peer 0"] });
  ends.client.write("hello");
  const both = await Promise.all([ending(ends.client), ending(ends.server)]);
  assert.deepEqual(both, [
    { text: "", how: "ECONNRESET" },
    { text: "", how: "ECONNRESET" },
  ]);
});

test("timeout: both sides are closed, and the bytes are dropped", async () => {
  await using ends = await joined({ faults: ["down:timeout 5ms"] });
  ends.server.write("hello");
  const both = await Promise.all([ending(ends.client), ending(ends.server)]);
  assert.deepEqual(both, [
    { text: "", how: "FIN" },
    { text: "", how: "FIN" },
  ]);
});

test("cut half: the direction ends, the other one goes on", async () => {
  await using ends = await joined({ faults: ["up:cut half after=3B"] });
  ends.client.write("hello");
  assert.deepEqual(await ending(ends.server), { text: "hel", how: "FIN" });
  ends.server.end("answer");
  assert.deepEqual(await ending(ends.client), { text: "answer", how: "FIN" });
});

test("half-open: the server is reset, the client's connection stays open", async () => {
  await using ends = await joined({ faults: ["down:half-open after=3B"] });
  ends.server.write("hello");
  assert.equal(await read(ends.client, 3), "hel");
  assert.equal((await ending(ends.server)).how, "ECONNRESET");
  ends.client.write("are you there?");
  assert.equal(ends.client.readyState, "open");
  assert.equal(ends.proxy.listener.open, 1);
});

test("stall: what is held goes on when the fault is taken away", async () => {
  await using ends = await joined({ faults: ["down:stall after=2B"] });
  ends.server.write("hello");
  assert.equal(await read(ends.client, 2), "he");
  ends.client.write("up");
  assert.equal(await read(ends.server, 2), "up");
  ends.proxy.faults.remove("stall_downstream");
  assert.equal(await read(ends.client, 3), "llo");
});

test("a fault that comes later acts on an open connection, from the next byte on", async () => {
  await using ends = await joined({});
  ends.server.write("one");
  assert.equal(await read(ends.client, 3), "one");
  ends.proxy.faults.add(parseFault("down:drop 2B after=4B"));
  ends.server.write("two three");
  assert.equal(await read(ends.client, 7), "t three");
});

test("a stall makes the server wait: the proxy holds little", async () => {
  await using ends = await joined({ faults: ["down:stall"] });
  const piece = Buffer.alloc(1024 * 1024);
  while (ends.server.write(piece));
  for (let i = 0; i < 64; i++) ends.server.write(piece);
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(ends.server.writableLength > 32 * 1024 * 1024);
});

test("a delay that holds much makes the client wait", async () => {
  const { options, paused } = pausing();
  await using ends = await joined({ ...options, faults: ["up:latency 600s"] });
  ends.client.write(Buffer.alloc(LONG));
  await paused;
});

test("a proxy that is closed resets both ends, whatever a fault still holds", async () => {
  let onHeld = (): void => {};
  const held = new Promise<void>((resolve) => {
    onHeld = resolve;
  });
  await using ends = await joined({
    faults: ["up:latency 600s"],
    observe: () => ({ connection: ({ kind }) => kind === "fault" && onHeld() }),
  });
  ends.client.write("x");
  await held;
  const both = Promise.all([ending(ends.client), ending(ends.server)]);
  await ends.proxy.close();
  assert.deepEqual(
    (await both).map(({ how }) => how),
    ["ECONNRESET", "ECONNRESET"],
  );
});

test("bytes and ends pass through faults that hold them, both ways", async () => {
  await using ends = await joined({
    faults: ["down:latency 5ms±3ms", "up:slicer 1000B±500B", "up:bandwidth 50MB/s", "down:slow_close 5ms"],
  });
  const [up, down] = ["u".repeat(300_000), "d".repeat(200_000)];
  ends.client.end(up);
  ends.server.end(down);
  const [atServer, atClient] = await Promise.all([ending(ends.server), ending(ends.client)]);
  assert.deepEqual(atServer, { text: up, how: "FIN" });
  assert.deepEqual(atClient, { text: down, how: "FIN" });
});

test("a reset passes through a fault that holds", async () => {
  await using ends = await joined({ faults: ["up:latency 5ms"] });
  ends.client.write("x");
  await once(ends.server, "data");
  ends.client.resetAndDestroy();
  assert.equal((await ending(ends.server)).how, "ECONNRESET");
});

test("refuse resets on arrival, and the next connection passes", async (t) => {
  const server = await serverFor(t);
  await using proxy = await proxyTo(server, { faults: ["refuse on=conn#1"] });
  const [error] = await once(clientOf(proxy), "error");
  assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
  const second = clientOf(proxy);
  second.write("hello");
  assert.equal(await read(second, 5), "hello");
  second.destroy();
});

test("accept-stall accepts and asks no server", async (t) => {
  let asked = 0;
  const server = await serverFor(t, () => asked++);
  await using proxy = await proxyTo(server, { faults: ["accept-stall on=conn#1"] });
  const [stalled, second] = [clientOf(proxy), clientOf(proxy)];
  await Promise.all([once(stalled, "connect"), once(second, "connect")]);
  stalled.write("hello");
  if (asked === 0) await once(server, "connection");
  assert.equal(asked, 1);
  assert.equal(stalled.readyState, "open");
  second.destroy();
  stalled.destroy();
});

test("each hit is an event of the end that read the bytes", async () => {
  const events: ConnectionEvent[] = [];
  await using ends = await joined({
    faults: ["down:corrupt 2B after=1B"],
    seed: 7,
    observe: (role) => ({ connection: (event) => role === "client" && events.push(event) }),
  });
  ends.server.write("hello");
  await read(ends.client, 5);
  assert.deepEqual(
    events.filter(({ kind }) => kind === "fault"),
    [{ kind: "fault", fault: "corrupt_downstream", text: "corrupted", start: 1, end: 3 }],
  );
});

test("the same seed gives the same bytes, another seed others", async () => {
  const through = async (seed: number): Promise<string> => {
    await using ends = await joined({ faults: ["down:corrupt 5B"], seed });
    ends.server.write("hello");
    return await read(ends.client, 5);
  };
  assert.equal(await through(42), await through(42));
  assert.notEqual(await through(42), await through(43));
});

test("a fault that is none, or a seed, is refused before anything listens", async () => {
  await assert.rejects(createProxy({ upstream: "127.0.0.1:9", faults: ["latancy 1ms"] }), {
    name: "FaultError",
  });
  await assert.rejects(createProxy({ upstream: "127.0.0.1:9", seed: -1 }), { name: "FaultError" });
});

test("with --forward the faults lie between the client and the proxy", async (t) => {
  const server = await serverFor(t, (socket) =>
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\nhello")),
  );
  const { port } = server.address() as net.AddressInfo;
  await using proxy = await createProxy({ forward: true, faults: ["down:cut after=15B"] });
  const client = clientOf(proxy);
  client.write(`GET http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  const { text, how } = await ending(client);
  assert.deepEqual([text, how], ["HTTP/1.1 200 OK", "FIN"]);
});

test("backlog-full from the beginning, and the proxy stops", async () => {
  const proxy = await createProxy({ upstream: "127.0.0.1:9", faults: ["backlog-full"] });
  const client = clientOf(proxy);
  assert.ok(client.connecting);
  await proxy.close();
  client.destroy();
});
