import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient, type HttpClientOptions } from "../../src/http/client/client.ts";
import { ManualClock } from "./raw-client.ts";
import { type RawServer, rawServer } from "./raw-server.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const BIG = 4 * 1024 * 1024;

/** Nobody reads the content on the first connection. All other connections answer "ok". */
const holding = (head: string, content: string): Promise<RawServer> =>
  rawServer(async (peer, index) => {
    if (index > 0) return peer.answerAll(OK);
    await peer.head();
    peer.send(head + content);
  });

const LONG: [what: string, head: string, content: string] = [
  "long",
  `HTTP/1.1 200 OK\r\nContent-Length: ${BIG}\r\n\r\n`,
  "x".repeat(BIG),
];
const SLOW: [what: string, head: string, content: string] = [
  "slow",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
  "2\r\n: \r\n",
];

function single(clock: ManualClock, more: HttpClientOptions = {}): HttpClient {
  return new HttpClient({ clock, maxConnectionsPerOrigin: 1, ...more });
}

for (const [what, head, content] of [LONG, SLOW]) {
  test(`${what} content that nobody reads gives way after a second if a request waits for its connection`, async () => {
    const clock = new ManualClock();
    await using server = await holding(head, content);
    await using client = single(clock);
    const unread = await client.request({ url: server.url });
    const next = client.request({ url: server.url });
    clock.advance(1001);
    assert.equal(await (await next).text(), "ok");
    await assert.rejects(unread.bytes(), {
      code: "TIMEOUT_BODY",
      message: "nobody read the content for 1 s while another request waited for the connection",
    });
  });
}

test("content that nobody reads stays while no request waits for its connection", async () => {
  const clock = new ManualClock();
  await using server = await holding(LONG[1], LONG[2]);
  await using client = single(clock);
  const unread = await client.request({ url: server.url });
  for (let second = 0; second < 29; second++) clock.advance(1000);
  assert.equal((await unread.bytes()).length, BIG);
});

test("content that is being read never gives way, however slow the reader is", async () => {
  const clock = new ManualClock();
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send(LONG[1] + LONG[2]);
    await peer.answerAll(OK);
  });
  await using client = single(clock);
  const slow = await client.request({ url: server.url });
  const next = client.request({ url: server.url });
  let length = 0;
  for await (const bytes of slow.body) {
    if (length === 0) for (let second = 0; second < 20; second++) clock.advance(1000);
    length += bytes.length;
  }
  assert.equal(length, BIG);
  assert.equal(await (await next).text(), "ok");
  assert.equal(server.peers.length, 1);
});

test("content that nobody reads gives way even while bytes trickle in", async () => {
  const clock = new ManualClock();
  await using server = await holding(SLOW[1], SLOW[2]);
  await using client = single(clock);
  const unread = await client.request({ url: server.url });
  const next = client.request({ url: server.url });
  const peer = await server.accepted(0);
  for (let tick = 0; tick < 10; tick++) {
    peer.send(SLOW[2]);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(250);
  }
  assert.equal(await (await next).text(), "ok");
  await assert.rejects(unread.bytes(), { code: "TIMEOUT_BODY" });
});

test("a request behind content that nobody reads is sent again on another connection", async () => {
  const clock = new ManualClock();
  await using server = await rawServer(async (peer, index) => {
    await peer.head();
    peer.send(OK);
    if (index > 0) return peer.answerAll(OK);
    await peer.head();
    peer.send(LONG[1] + LONG[2]);
  });
  await using client = single(clock, { pipelining: 2 });
  await (await client.request({ url: server.url })).bytes();
  const unread = client.request({ url: server.url });
  const behind = client.request({ url: server.url });
  await unread;
  clock.advance(1001);
  assert.equal(await (await behind).text(), "ok");
  assert.equal(server.peers.length, 2);
});

test("twenty contents that nobody reads hold up no request, even with one connection", async () => {
  const clock = new ManualClock();
  await using server = await rawServer((peer) => peer.answerAll(LONG[1] + LONG[2]));
  await using client = single(clock);
  for (let i = 0; i < 20; i++) {
    const asked = client.request({ url: server.url });
    clock.advance(1001);
    assert.equal((await asked).status, 200);
  }
});
