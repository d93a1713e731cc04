import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import tls from "node:tls";
import { serveConnection } from "../../src/http/server/connection.ts";
import { type HttpHandler, text } from "../../src/http/server/handler.ts";
import { serve } from "../../src/http/server/server.ts";
import type { ExchangeSummary } from "../../src/http/server/settings.ts";
import type { TcpConnection } from "../../src/tcp/connection.ts";
import { listen } from "../../src/tcp/listen.ts";
import { CERTIFICATE } from "../support/certificate.ts";
import { ManualClock, type RawClient, rawClient, settled } from "./raw-client.ts";

const hello: HttpHandler = () => text("Hello, world!");
const reading: HttpHandler = async (request) => text(String((await request.bytes()).length));
const G = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const P = "POST / HTTP/1.1\r\nHost: a\r\n";
const KIB = 1024;

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code;

/** Sends `bytes` and lets one second pass, this many times. */
async function trickle(client: RawClient, bytes: string, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    client.send(bytes);
    await settled();
    client.clock.advance(1000);
    await settled();
  }
}

// The head

test("empty lines do not extend the time for a head", async () => {
  const client = rawClient(hello);
  client.send(G);
  await client.until(/world!$/);
  client.send("\r\n");
  await settled();
  client.clock.advance(10_001);
  assert.match(await client.toEnd(), /world!HTTP\/1\.1 408 /);
});

test("the next head has its own time, though it came with the request before", async () => {
  let release = (): void => {};
  const client = rawClient(async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return text("first");
  });
  client.send(`${G}GET /2`);
  await settled();
  client.clock.advance(60_000); // time that our handler takes
  release();
  await client.until(/first$/);
  client.clock.advance(9_999);
  await settled();
  assert.doesNotMatch(client.writes.join(""), /408/);
  client.clock.advance(2);
  assert.match(await client.toEnd(), /firstHTTP\/1\.1 408 /);
});

for (const secure of [false, true]) {
  test(`a peer that is accepted ${secure ? "and shakes hands " : ""}but says nothing is told 408, on a real socket`, async () => {
    const clock = new ManualClock();
    await using server = await serve({ handler: hello, clock, ...(secure && { tls: CERTIFICATE }) });
    const { port } = server.address as { port: number };
    const socket = secure
      ? tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false })
      : net.connect(port, "127.0.0.1");
    await once(socket, secure ? "secureConnect" : "connect");
    while (server.listener.open === 0 || !clock.running) await settled();
    clock.advance(10_001);
    let received = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      received += chunk;
    });
    await once(socket, "end");
    socket.destroy();
    assert.match(received, /^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*Connection: close\r\n/);
  });
}

test("a server that stops gives who has just connected a moment, and ends who stays silent without 408", async () => {
  const clock = new ManualClock();
  await using server = await serve({ handler: hello, clock });
  const { port } = server.address as { port: number };
  const clients = [net.connect(port, "127.0.0.1"), net.connect(port, "127.0.0.1")] as const;
  while (server.listener.open < 2) await settled();
  const stopped = server.stop();
  const received = clients.map((client) => client.toArray());
  clock.advance(900);
  clients[0].write(G);
  assert.match(String(Buffer.concat(await (received[0] as Promise<Buffer[]>))), /^HTTP\/1\.1 200 /);
  clock.advance(101);
  assert.deepEqual(await received[1], []);
  for (const client of clients) client.destroy();
  assert.deepEqual(await stopped, { drained: true, aborted: 0 });
});

// The content

test("content slower than minBodyBytesPerSecond is 408 once bodyGraceMs is over", async () => {
  const errors: unknown[] = [];
  const client = rawClient(reading, { onRefused: (error) => errors.push(codeOf(error)) });
  client.send(`${P}Content-Length: 100000\r\n\r\n`);
  await trickle(client, "x".repeat(100), 10);
  assert.deepEqual(client.writes, [], "the first ten seconds are free");
  await trickle(client, "x".repeat(100), 2);
  const received = await client.toEnd();
  assert.match(
    received,
    /^HTTP\/1\.1 408 [\s\S]*\r\nConnection: close\r\n[\s\S]*slower than 1024 bytes a second/,
  );
  assert.deepEqual(errors, ["TIMEOUT_BODY"]);
});

test("content as fast as the minimum rate is accepted", async () => {
  const client = rawClient(reading);
  client.send(`${P}Content-Length: ${50 * KIB}\r\n\r\n`);
  await trickle(client, "x".repeat(KIB), 50);
  await client.until(/51200$/);
});

test("chunked content of one byte each second is too slow, whatever its framing adds", async () => {
  const client = rawClient(reading);
  client.send(`${P}Transfer-Encoding: chunked\r\n\r\n`);
  await trickle(client, "1\r\nx\r\n", 11);
  assert.match(await client.toEnd(), /^HTTP\/1\.1 408 /);
});

test("content that is fast but does not end is 408 after requestTimeoutMs", async () => {
  const client = rawClient(async (request) => {
    for await (const _ of request.body);
    return text("whole");
  });
  client.send(`${P}Content-Length: 100000000\r\n\r\n`);
  await trickle(client, "x".repeat(10 * KIB), 60);
  assert.match(await client.toEnd(), /^HTTP\/1\.1 408 [\s\S]*not complete within 60 s/);
});

test("the caller can choose the minimum rate and the grace", async () => {
  const client = rawClient(reading, { bodyGraceMs: 1000, minBodyBytesPerSecond: 10 });
  client.send(`${P}Content-Length: 100\r\n\r\n`);
  await trickle(client, "x".repeat(10), 5);
  assert.deepEqual(client.writes, []);
  await trickle(client, "", 2);
  assert.match(await client.toEnd(), /408 [\s\S]*slower than 10 bytes a second/);
});

test("without a minimum rate content has requestTimeoutMs, however slow it is", async () => {
  const client = rawClient(reading, { minBodyBytesPerSecond: 0 });
  client.send(`${P}Content-Length: 50\r\n\r\n`);
  await trickle(client, "x", 50);
  await client.until(/\r\n\r\n50$/);
});

test("time in which our handler does not read does not count against the client", async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const client = rawClient(async (request) => {
    await held;
    return reading(request);
  });
  client.send(`${P}Content-Length: ${200 * KIB}\r\n\r\n`);
  client.send("x".repeat(100 * KIB));
  await settled();
  client.clock.advance(3_600_000);
  await settled();
  release();
  await settled();
  await trickle(client, "x".repeat(20 * KIB), 5);
  await client.until(/204800$/);
});

test("a client that waits for 100 (Continue) is not late; after the 100 it may be", async () => {
  let ask = (): void => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const client = rawClient(async (request) => {
    await asked;
    return reading(request);
  });
  client.send(`${P}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`);
  await settled();
  client.clock.advance(3_600_000);
  await settled();
  assert.deepEqual(client.writes, []);
  ask();
  await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  await trickle(client, "", 11);
  assert.match(await client.toEnd(), /100 Continue\r\n\r\nHTTP\/1\.1 408 /);
});

test("a content that nobody reads any more has to come in time, too", async () => {
  const client = rawClient(hello);
  client.send(`${P}Content-Length: 50000\r\n\r\n`);
  const answer = await client.until(/world!$/);
  await trickle(client, "x", 11);
  assert.equal(await client.toEnd(), answer, "the answer was given: there is no second one");
});

// The handler

test("if a handler does not answer within handlerTimeoutMs, the answer is 503", async () => {
  const summaries: ExchangeSummary[] = [];
  let signal: AbortSignal | undefined;
  let answerLate = (_: ReturnType<typeof text>): void => {};
  const client = rawClient(
    (request) => {
      signal = request.signal;
      return new Promise((resolve) => {
        answerLate = resolve;
      });
    },
    { handlerTimeoutMs: 5000, onExchange: (summary) => summaries.push(summary) },
  );
  client.send(G + G);
  await settled();
  client.clock.advance(4999);
  await settled();
  assert.deepEqual(client.writes, []);
  client.clock.advance(2);
  const received = await client.toEnd();
  assert.match(
    received,
    /^HTTP\/1\.1 503 Service Unavailable\r\n[\s\S]*Connection: close\r\n[\s\S]*within 5 s/,
  );
  assert.equal(signal?.aborted, true, "who still works on it is told to stop");
  answerLate(text("late"));
  await settled();
  assert.equal(await client.toEnd(), received);
  assert.deepEqual(
    summaries.map(({ status, complete, error }) => [status, complete, codeOf(error)]),
    [[503, true, "TIMEOUT_HANDLER"]],
  );
});

test("handlerTimeoutMs is over with the head of the answer: a stream may take its time", async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* body() {
    await held;
    yield new TextEncoder().encode("slow");
  }
  const client = rawClient(async () => ({ body: body() }), { handlerTimeoutMs: 5000 });
  client.send(G);
  await client.until(/\r\n\r\n$/);
  client.clock.advance(3_600_000);
  release();
  await client.until(/slow\r\n0\r\n\r\n$/);
});

// The answer

test("a slow reader is served as long as it keeps reading", async () => {
  const pieces = 20;
  const client = rawClient(() => ({ body: new Uint8Array(pieces * 64 * KIB) }), { idleTimeoutMs: 3_600_000 });
  client.connection.pause();
  client.send(G);
  for (let i = 0; i < 2 * pieces; i++) {
    await settled();
    client.clock.advance(29_000);
    client.connection.resume();
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    client.connection.pause();
  }
  client.connection.resume();
  for (let i = 0; i < 2 * pieces; i++) await settled();
  const head = client.writes.join("").indexOf("\r\n\r\n") + 4;
  assert.equal(client.writes.join("").length - head, pieces * 64 * KIB);
  client.clock.advance(60_000); // nothing waits any more, so nothing can be late
  await settled();
  client.send(G);
  await client.until(/HTTP[\s\S]*HTTP/);
});

test("large pieces of a stream are sent in parts that a slow peer can read in time", async () => {
  const sizes: number[] = [];
  await using server = await serve({
    handler: () => ({
      fields: [["Content-Length", String(5 * KIB * KIB)]],
      body: (async function* () {
        yield new Uint8Array(5 * KIB * KIB);
      })(),
    }),
    observe: () => ({
      connection: (event) => {
        if (event.kind === "write") sizes.push(event.bytes.length);
      },
    }),
  });
  const socket = net.connect((server.address as { port: number }).port, "127.0.0.1");
  socket.write(G.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  socket.resume();
  await once(socket, "end");
  assert.ok(Math.max(...sizes) <= 64 * KIB, `${Math.max(...sizes)} bytes in one write`);
  assert.ok(socket.bytesRead > 5 * KIB * KIB);
  socket.destroy();
});

test("a peer that never reads is disconnected, even long after its handler has returned", async () => {
  const clock = new ManualClock();
  let closed = "";
  await using server = await serve({
    clock,
    // Less than may wait in this process, more than the kernel takes.
    handler: () => ({ body: new Uint8Array(16 * KIB * KIB), fields: [["Connection", "close"]] }),
    onClosed: ({ reason }) => {
      closed = reason.error?.code ?? reason.how;
    },
  });
  const socket = net.connect((server.address as { port: number }).port, "127.0.0.1");
  socket.on("error", () => {});
  socket.pause();
  socket.write(G);
  while (server.listener.open === 0) await settled();
  while (closed === "") {
    clock.advance(1000);
    await settled();
  }
  assert.equal(closed, "TIMEOUT_WRITE");
  assert.ok(clock.now() >= 30_000);
  assert.equal(server.listener.open, 0);
  socket.destroy();
});

test("the last of an answer has writeTimeoutMs, too, though it is too little to wait for room", async () => {
  const clock = new ManualClock();
  let served: Promise<void> | undefined;
  let connection: TcpConnection | undefined;
  await using listener = await listen({
    handler: (accepted) => {
      connection = accepted;
      async function* untilSomethingWaits() {
        while (accepted.queuedBytes === 0) yield new Uint8Array(KIB);
      }
      const handler: HttpHandler = () => ({
        fields: [["Connection", "close"]],
        body: untilSomethingWaits(),
      });
      served = serveConnection(accepted, { clock, handler, writeTimeoutMs: 1000 });
      return served;
    },
  });
  const socket = net.connect((listener.address as { port: number }).port, "127.0.0.1");
  socket.on("error", () => {}).pause();
  socket.write(G);
  while (connection === undefined || connection.queuedBytes === 0) await settled();
  for (let i = 0; i < 10; i++) await settled();
  clock.advance(1001);
  await served;
  assert.equal((await connection.closed).error?.code, "TIMEOUT_WRITE");
  socket.destroy();
});

// The connection

test("a connection that is maxConnectionAgeMs old gets one more answer, which says close", async () => {
  const client = rawClient(hello, { maxConnectionAgeMs: 60_000 });
  for (let i = 0; i < 3; i++) {
    client.send(G);
    await settled();
    client.clock.advance(20_000);
    await settled();
  }
  assert.doesNotMatch(client.writes.join(""), /Connection/);
  client.send(G + G);
  const answers = (await client.toEnd()).split(/(?=HTTP\/1\.1)/);
  assert.equal(answers.length, 4);
  assert.match(answers[3] ?? "", /Connection: close\r\n/);
});
