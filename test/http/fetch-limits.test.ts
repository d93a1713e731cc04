import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import { FETCH_CLIENT, fetchWith } from "../../src/http/client/fetch.ts";
import type { TransportError } from "../../src/tcp/errors.ts";
import { ManualClock, settled } from "./raw-client.ts";
import { rawServer } from "./raw-server.ts";

const MINUTES = 60_000;
const timedOut = (code: string) => (error: unknown) =>
  error instanceof TypeError && (error.cause as TransportError).code === code;

test("fetch waits almost five minutes for an answer, and for each piece of its content", async () => {
  const clock = new ManualClock();
  await using server = await rawServer();
  await using client = new HttpClient({ ...FETCH_CLIENT, clock });
  const asked = fetchWith(client)(server.url);
  const peer = await server.accepted(0);
  await peer.head();
  clock.advance(4.9 * MINUTES);
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  const reader = ((await asked).body as ReadableStream<Uint8Array>).getReader();
  assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), "hello");
  const next = reader.read();
  clock.advance(4.9 * MINUTES);
  peer.send("world");
  assert.equal(Buffer.from((await next).value ?? []).toString(), "world");
});

test("fetch gives up after five minutes without an answer", async () => {
  const clock = new ManualClock();
  await using server = await rawServer();
  await using client = new HttpClient({ ...FETCH_CLIENT, clock });
  const asked = assert.rejects(fetchWith(client)(server.url), timedOut("TIMEOUT_HEAD"));
  await (await server.accepted(0)).head();
  clock.advance(5.1 * MINUTES);
  await asked;
});

test("fetch gives up after five minutes without a piece of the content", async () => {
  const clock = new ManualClock();
  await using server = await rawServer();
  await using client = new HttpClient({ ...FETCH_CLIENT, clock });
  const asked = fetchWith(client)(server.url);
  const peer = await server.accepted(0);
  await peer.head();
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  const read = (await asked).text();
  clock.advance(5.1 * MINUTES);
  await assert.rejects(read, timedOut("TIMEOUT_BODY"));
});

test("a fetch waits for a connection without a time-out", async () => {
  const clock = new ManualClock();
  await using server = await rawServer();
  await using client = new HttpClient({ ...FETCH_CLIENT, clock, maxConnectionsPerOrigin: 1 });
  const first = fetchWith(client)(server.url);
  const peer = await server.accepted(0);
  await peer.head();
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
  const reader = ((await first).body as ReadableStream<Uint8Array>).getReader();
  const second = fetchWith(client)(server.url);
  for (let i = 0; i < 10; i++) {
    const piece = reader.read();
    await settled();
    clock.advance(4.9 * MINUTES);
    peer.send(".");
    await piece;
  }
  await peer.head();
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  assert.equal(await (await second).text(), "ok");
});
