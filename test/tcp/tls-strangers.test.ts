import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import tls from "node:tls";
import { connect } from "../../src/tcp/connect.ts";
import { handler as echo } from "../../src/tcp/handlers/echo.ts";
import { type ListenOptions, listen } from "../../src/tcp/listen.ts";
import type { ClosedInfo } from "../../src/tcp/models/model.ts";
import type { ConnectionEvent } from "../../src/tcp/observer.ts";
import { ManualClock, settled } from "../http/raw-client.ts";
import { CERTIFICATE } from "../support/certificate.ts";

// Clients that speak another protocol to a TLS port, or TLS to a plain port. An uncaught error would fail this file.

async function listenWithTls(options: Partial<ListenOptions> = {}) {
  const closed: ClosedInfo[] = [];
  const onClosed = (info: ClosedInfo): void => void closed.push(info);
  const listener = await listen({ handler: echo, tls: CERTIFICATE, onClosed, ...options });
  const { port } = listener.address as { port: number };
  return { listener, port, closed, [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() };
}

async function assertServes(port: number): Promise<void> {
  await using client = await connect({ host: "localhost", port, tls: { ca: [CERTIFICATE.cert] } });
  await client.write("hello");
  assert.equal((await client.read())?.length, 5);
}

/** A handshake record that announces a ClientHello of 508 bytes, and the version it begins with. */
const HELLO_BEGUN = Buffer.from("160301020001000" + "1fc0303", "hex");

const STRANGERS: readonly ((socket: net.Socket) => void)[] = [
  (socket) => socket.end("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  (socket) => socket.end(randomBytes(100)),
  (socket) => socket.end(Buffer.concat([HELLO_BEGUN, randomBytes(600)])),
  (socket) => socket.end(HELLO_BEGUN),
  (socket) => socket.end(),
  (socket) => void socket.write(HELLO_BEGUN, () => socket.resetAndDestroy()),
  (socket) => void socket.resetAndDestroy(),
  (socket) => socket.end(Buffer.from("15030300020228", "hex")), // an alert, before anything else
];

test("a thousand clients that do not speak TLS do no harm on a TLS port, and each is reported", async () => {
  await using server = await listenWithTls();
  const visit = async (index: number): Promise<void> => {
    const socket = net.connect(server.port, "127.0.0.1").on("error", () => {});
    await once(socket, "connect");
    const over = new Promise((resolve) => socket.once("close", resolve));
    STRANGERS[index % STRANGERS.length]?.(socket.resume());
    await over;
  };
  for (let index = 0; index < 1000; index += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, offset) => visit(index + offset)));
  }
  await assertServes(server.port);
  const reports = server.closed.filter(({ reason }) => reason.how === "error");
  // A quarter of the clients reset. A client that resets before it was accepted is never seen.
  assert.ok(reports.length >= 750 && reports.length <= 1000, `${reports.length} reports`);
  assert.deepEqual([...new Set(reports.map(({ reason }) => reason.error?.code))], ["TLS_HANDSHAKE"]);
  while (server.listener.open > 0) await settled();
});

test("an observer of a connection whose handshake fails is told why, and that the connection is over", async () => {
  const events: ConnectionEvent[] = [];
  const observer = { connection: (event: ConnectionEvent) => void events.push(event) };
  await using server = await listenWithTls({ observe: () => observer });
  const stranger = net.connect(server.port, "127.0.0.1").on("error", () => {});
  const over = once(stranger.resume(), "close");
  stranger.end("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await over;
  while (server.closed.length === 0) await settled();
  const [accepted, error, last] = events;
  assert.equal(accepted?.kind, "accepted");
  assert.ok(error?.kind === "error" && error.code === "TLS_HANDSHAKE");
  assert.deepEqual(last, { kind: "closed", how: "error", bytesIn: 0, bytesOut: 0 });
  assert.equal(events.length, 3);
});

test("a handshake that makes no progress is given up after 10 s", async () => {
  const clock = new ManualClock();
  await using server = await listenWithTls({ clock });
  const slow = net.connect(server.port, "127.0.0.1").on("error", () => {});
  slow.write(HELLO_BEGUN);
  while (!clock.running) await settled();
  clock.advance(9_999);
  await settled();
  assert.equal(server.closed.length, 0);
  const over = once(slow.resume(), "close");
  clock.advance(1);
  await over;
  assert.equal(server.closed[0]?.reason.error?.code, "TIMEOUT_TLS");
});

test("a client that speaks TLS to a plain port is told so", async () => {
  await using listener = await listen({ handler: echo });
  const { port } = listener.address as { port: number };
  await assert.rejects(connect({ host: "localhost", port, tls: true }), { code: "TLS_HANDSHAKE" });
  await using plain = await connect({ port });
  await plain.write("x");
  assert.equal((await plain.read())?.length, 1);
});

for (const servername of ["UPPER.EXAMPLE", "-", "*", "xn--", "a..b", "localhost.", "_a.b", "x".repeat(255)]) {
  test(`a client with a useless server name (${servername.slice(0, 16)}) is served like any other`, async () => {
    await using server = await listenWithTls();
    const client = tls.connect({
      port: server.port,
      host: "127.0.0.1",
      servername,
      rejectUnauthorized: false,
    });
    await once(client, "secureConnect");
    client.destroy();
    await assertServes(server.port);
  });
}
