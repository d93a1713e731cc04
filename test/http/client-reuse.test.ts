import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import { ClientConnection, type ClientConnectionSettings } from "../../src/http/client/connection.ts";
import { Exchange, type ExchangeStart } from "../../src/http/client/exchange.ts";
import { outgoingRequest } from "../../src/http/client/outgoing-request.ts";
import { parseRequestUrl } from "../../src/http/client/request-url.ts";
import { Deadlines } from "../../src/http/deadline.ts";
import { STRICT } from "../../src/http1/leniency.ts";
import { systemClock } from "../../src/tcp/clock.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { memoryConnectionPair } from "../../src/tcp/memory-connection.ts";
import { ManualClock } from "./raw-client.ts";
import { deferred, type Peer, rawServer } from "./raw-server.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

test("requests one after the other share a connection", async () => {
  await using server = await rawServer((peer) => peer.answerAll(OK));
  await using client = new HttpClient();
  for (let i = 0; i < 5; i++) {
    const response = await client.request({ url: server.url });
    assert.equal(await response.text(), "ok");
    assert.equal(response.connection.reused, i > 0);
  }
  assert.equal(server.peers.length, 1);
});

const NOT_REUSED: [name: string, answer: string, input?: object][] = [
  ["Connection: close in the answer", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"],
  ["Connection: close in the request", OK, { fields: { Connection: "close" } }],
  ["HTTP/1.0 without keep-alive", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"],
  ["a second answer in the same segment", `${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`],
  ["bytes behind the content", `${OK}!`],
  [
    "a Keep-Alive hint too short to be relied on",
    "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok",
  ],
];

for (const [name, answer, input] of NOT_REUSED) {
  test(`after ${name} the answer is delivered and the connection is not used again`, async () => {
    await using server = await rawServer((peer) => peer.answerAll(answer));
    await using client = new HttpClient();
    for (let i = 0; i < 2; i++) {
      const response = await client.request({ url: server.url, ...input });
      assert.equal(await response.text(), "ok");
      assert.equal(response.connection.reused, false);
    }
    assert.equal(server.peers.length, 2);
    await server.peers[0]?.closed();
  });
}

test("HTTP/1.0 with keep-alive is kept", async () => {
  await using server = await rawServer((peer) =>
    peer.answerAll("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"),
  );
  await using client = new HttpClient();
  for (const reused of [false, true]) {
    const response = await client.request({
      url: server.url,
      version: "1.0",
      fields: { Connection: "keep-alive" },
    });
    await response.bytes();
    assert.equal(response.connection.reused, reused);
  }
});

test("bytes that arrive on an idle connection poison it: they never answer the next request", async () => {
  await using server = await rawServer(async (peer, index) => {
    await peer.head();
    peer.send(OK);
    if (index > 0) return;
    await idle.promise;
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  });
  await using client = new HttpClient();
  const idle = deferred();
  await (await client.request({ url: server.url })).bytes();
  idle.resolve();
  await server.peers[0]?.closed();
  assert.equal(await (await client.request({ url: server.url })).text(), "ok");
  assert.equal(server.peers.length, 2);
});

test("an answer that arrives before the next request is made does not answer that request", async () => {
  await using server = await rawServer((peer) => peer.answerAll(OK));
  await using client = new HttpClient();
  await (await client.request({ url: server.url })).bytes();
  // In the same turn: the bytes are in the kernel, and we have not read them.
  server.peers[0]?.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  const next = await client.request({ url: server.url, method: "POST" });
  assert.equal(await next.text(), "ok");
  assert.equal(next.connection.reused, false);
});

test("an end that arrives before the next request is made does not fail that request", async () => {
  await using server = await rawServer((peer) => peer.answerAll(OK));
  await using client = new HttpClient();
  await (await client.request({ url: server.url })).bytes();
  server.peers[0]?.end();
  const next = await client.request({ url: server.url, method: "POST" });
  assert.equal(await next.text(), "ok");
  assert.equal(next.connection.reused, false);
});

test("a connection that the server ends while it is idle is not used again", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send(OK);
    peer.end();
  });
  await using client = new HttpClient();
  await (await client.request({ url: server.url })).bytes();
  await server.peers[0]?.closed();
  await (await client.request({ url: server.url })).bytes();
  assert.equal(server.peers.length, 2);
});

test("an idle connection is ended after its time", async () => {
  await using server = await rawServer((peer) => peer.answerAll(OK));
  await using client = new HttpClient({ idleTimeoutMs: 20 });
  await (await client.request({ url: server.url })).bytes();
  await server.peers[0]?.closed();
});

test("a connection whose time is over is not used, although no timer has said so yet", async () => {
  await using server = await rawServer((peer) => peer.answerAll(OK));
  let aheadMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  await using client = new HttpClient({ clock, idleTimeoutMs: 60_000 });
  for (aheadMs of [0, 59_000, 120_000]) await (await client.request({ url: server.url })).bytes();
  assert.equal(server.peers.length, 2);
});

test("with an idle timeout of 0 no connection is used twice, whatever the server hints", async () => {
  await using server = await rawServer((peer) =>
    peer.answerAll("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=60\r\nContent-Length: 2\r\n\r\nok"),
  );
  await using client = new HttpClient({ idleTimeoutMs: 0 });
  for (let i = 0; i < 3; i++) await (await client.request({ url: server.url })).bytes();
  assert.equal(server.peers.length, 3);
});

/** The server answers the first request, and ends the connection on the second in one way or another. */
function endingOnTheSecond(end: (peer: Peer) => unknown) {
  return rawServer(async (peer, index) => {
    await peer.head();
    peer.send(OK);
    if (index > 0) return;
    await peer.head();
    end(peer);
  });
}

for (const [name, end] of [
  ["ends", (peer: Peer) => peer.end()],
  ["resets", (peer: Peer) => peer.reset()],
] as const) {
  test(`a GET is sent again when the server ${name} the reused connection without an answer`, async () => {
    await using server = await endingOnTheSecond(end);
    await using client = new HttpClient();
    await (await client.request({ url: server.url })).bytes();
    const response = await client.request({ url: server.url, method: "GET" });
    assert.equal(await response.text(), "ok");
    assert.equal(server.peers.length, 2);
  });

  test(`a POST is not sent again when the server ${name} the reused connection`, async () => {
    await using server = await endingOnTheSecond(end);
    await using client = new HttpClient();
    await (await client.request({ url: server.url })).bytes();
    await assert.rejects(client.request({ url: server.url, method: "POST" }), TransportError);
    assert.equal(server.peers.length, 1);
  });
}

test("the caller can decide whether a request may be sent again", async () => {
  for (const [method, idempotent, connections] of [
    ["POST", true, 2],
    ["GET", false, 1],
  ] as const) {
    await using server = await endingOnTheSecond((peer) => peer.end());
    await using client = new HttpClient();
    await (await client.request({ url: server.url })).bytes();
    const second = client.request({ url: server.url, method, idempotent });
    if (idempotent) assert.equal(await (await second).text(), "ok");
    else await assert.rejects(second, { code: "PEER_CLOSED_BEFORE_RESPONSE" });
    assert.equal(server.peers.length, connections);
  }
});

test("a request that is sent again can still be given up, and has only what is left of its time", async () => {
  for (const [code, input] of [
    ["TIMEOUT_TOTAL", () => ({ timeoutMs: 300 })],
    ["ABORTED", (controller: AbortController) => ({ signal: controller.signal })],
  ] as const) {
    const controller = new AbortController();
    const clock = new ManualClock();
    await using server = await rawServer(async (peer, index) => {
      await peer.head();
      if (index > 0) {
        controller.abort(); // and no answer
        clock.advance(100);
        return;
      }
      peer.send(OK);
      await peer.head();
      clock.advance(200);
      peer.end();
    });
    await using client = new HttpClient({ clock });
    await (await client.request({ url: server.url })).bytes();
    const again = client.request({ url: server.url, ...input(controller) });
    await assert.rejects(again, (error: TransportError) => error.code === code);
    assert.equal(server.peers.length, 2);
  }
});

test("nothing is sent again once a byte of an answer has come", async () => {
  await using server = await endingOnTheSecond((peer) => {
    peer.send("H");
    peer.end();
  });
  await using client = new HttpClient();
  await (await client.request({ url: server.url })).bytes();
  await assert.rejects(client.request({ url: server.url }));
  assert.equal(server.peers.length, 1);
});

test("nothing is sent again when the connection is reset after an interim answer", async () => {
  const interim = deferred();
  await using server = await endingOnTheSecond(async (peer) => {
    peer.send("HTTP/1.1 102 Processing\r\n\r\n");
    await interim.promise;
    peer.reset();
  });
  await using client = new HttpClient();
  await (await client.request({ url: server.url })).bytes();
  await assert.rejects(client.request({ url: server.url, onInformational: interim.resolve }), {
    code: "PEER_RESET",
  });
  assert.equal(server.peers.length, 1);
});

test("a stream is not sent again, whatever the method", async () => {
  await using server = await endingOnTheSecond((peer) => peer.end());
  await using client = new HttpClient();
  await (await client.request({ url: server.url })).bytes();
  async function* content(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1);
  }
  await assert.rejects(client.request({ url: server.url, method: "PUT", body: content() }), TransportError);
  assert.equal(server.peers.length, 1);
});

test("nothing is sent again on a fresh connection", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.end();
  });
  await using client = new HttpClient();
  await assert.rejects(
    client.request({ url: server.url }),
    (error) => error instanceof TransportError && error.code === "PEER_CLOSED_BEFORE_RESPONSE",
  );
  assert.equal(server.peers.length, 1);
});

test("a request is sent again once, not for ever", async () => {
  await using server = await rawServer(async (peer, index) => {
    await peer.head();
    if (index === 0) {
      peer.send(OK);
      await peer.head();
    }
    peer.end();
  });
  await using client = new HttpClient();
  await (await client.request({ url: server.url })).bytes();
  await assert.rejects(client.request({ url: server.url }), TransportError);
  assert.equal(server.peers.length, 2);
});

test("a request is sent again once, also when its second connection had been used before as well", async () => {
  let asked = 0;
  await using server = await rawServer(async (peer) => {
    for (;;) {
      const head = await peer.head().catch(() => "");
      if (head === "") return;
      if (head.startsWith("GET /lost ")) {
        asked++;
        peer.end();
        return;
      }
      peer.send(OK);
    }
  });
  await using client = new HttpClient({ maxConnectionsPerOrigin: 1 });
  await (await client.request({ url: server.url })).bytes();
  const lost = client.request({ url: `${server.url}/lost` });
  // This request has the place of the connection that ends, and gives its own place to the request that is sent again.
  const between = client.request({ url: server.url });
  await assert.rejects(lost, { code: "PEER_CLOSED_BEFORE_RESPONSE" });
  assert.equal(await (await between).text(), "ok");
  assert.equal(asked, 2);
});

test("leaving the loop over short content keeps the connection", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n").send("x".repeat(1000));
    await left.promise;
    peer.send("x".repeat(1000));
    await peer.head();
    peer.send(OK);
  });
  await using client = new HttpClient({ maxConnectionsPerOrigin: 1 });
  const left = deferred();
  const response = await client.request({ url: server.url });
  for await (const _ of response.body) break;
  left.resolve();
  const next = await client.request({ url: server.url });
  assert.equal(next.connection.reused, true);
  assert.equal(await next.text(), "ok");
});

test("discarding long content ends the connection", async () => {
  await using server = await rawServer(async (peer, index) => {
    await peer.head();
    peer.send(index > 0 ? OK : "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\nx");
  });
  await using client = new HttpClient({ maxConnectionsPerOrigin: 1 });
  (await client.request({ url: server.url })).discard();
  assert.equal(await (await client.request({ url: server.url })).text(), "ok");
  await server.peers[0]?.closed();
});

test("discarding endless chunked content ends the connection", async () => {
  await using server = await rawServer(async (peer, index) => {
    await peer.head();
    if (index > 0) peer.send(OK);
    else
      peer.send(
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${`ff\r\n${"x".repeat(255)}\r\n`.repeat(1000)}`,
      );
  });
  await using client = new HttpClient({ maxConnectionsPerOrigin: 1 });
  (await client.request({ url: server.url })).discard();
  assert.equal(await (await client.request({ url: server.url })).text(), "ok");
});

test("no more connections than allowed are open to an origin; the others wait in their order", async () => {
  let open = 0;
  let most = 0;
  await using server = await rawServer(async (peer) => {
    most = Math.max(most, ++open);
    await peer.answerAll(OK);
    open--;
  });
  await using client = new HttpClient({ maxConnectionsPerOrigin: 3 });
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      await (await client.request({ url: server.url })).bytes();
      order.push(index);
    }),
  );
  assert.equal(most, 3);
  assert.equal(server.peers.length, 3);
  assert.deepEqual(
    order.slice(3),
    [...order.slice(3)].sort((a, b) => a - b),
  );
});

test("a request with other connect options does not share the connection", async () => {
  await using server = await rawServer((peer) => peer.answerAll(OK));
  await using client = new HttpClient();
  const ids = new Set<number>();
  for (const connect of [
    undefined,
    { family: 4 },
    { noDelay: false },
    { localAddress: "127.0.0.1" },
  ] as const) {
    for (let i = 0; i < 2; i++) {
      const response = await client.request({ url: server.url, connect });
      await response.bytes();
      ids.add(response.connection.id);
    }
  }
  assert.equal(ids.size, 4);
});

test("closing the client ends idle connections and aborts running requests", async () => {
  await using server = await rawServer(async (peer, index) => {
    await peer.head();
    if (index === 0) peer.send(OK);
  });
  const client = new HttpClient();
  await (await client.request({ url: server.url })).bytes();
  const [first] = server.peers;
  const waiting = Promise.all([
    client.request({ url: server.url, method: "POST" }),
    client.request({ url: server.url }),
  ]);
  const closed = assert.rejects(
    waiting,
    (error) => error instanceof TransportError && error.code === "POOL_CLOSED",
  );
  await client.close();
  await closed;
  await first?.closed();
  await assert.rejects(
    client.request({ url: server.url }),
    (error) => error instanceof TransportError && error.code === "POOL_CLOSED",
  );
});

test("a request in the turn in which the client is closed is refused", async () => {
  await using server = await rawServer(() => {});
  const client = new HttpClient();
  const request = client.request({ url: server.url });
  const refused = assert.rejects(request, { code: "POOL_CLOSED" });
  await client.close();
  await refused;
});

test("a connection that is made while the client is closed is not used", async () => {
  const [tcp] = memoryConnectionPair();
  const client = new HttpClient({
    dial: async () => {
      void client.close();
      return tcp;
    },
  });
  await assert.rejects(client.request({ url: "http://a.test/" }), { code: "POOL_CLOSED" });
  assert.equal((await tcp.closed).how, "abort");
});

test("a request on a connection that ended before its use fails at once", async () => {
  const [tcp, server] = memoryConnectionPair();
  const gone = deferred();
  const connection = new ClientConnection(tcp, undefined, connectionSettings(), {
    onFree() {},
    isAwaited: () => false,
    onGone: () => gone.resolve(),
  });
  void server.end();
  await gone.promise;
  const request = outgoingRequest({ url: "http://a.test/" }, parseRequestUrl("http://a.test/"));
  const exchange = new Exchange(request, startOfExchange());
  connection.takeFirst(exchange);
  await assert.rejects(exchange.response, { code: "PEER_CLOSED_BEFORE_RESPONSE" });
});

function connectionSettings(): ClientConnectionSettings {
  const timeouts = { headTimeoutMs: 1000, bodyTimeoutMs: 1000, writeTimeoutMs: 1000, idleTimeoutMs: 1000 };
  return { ...timeouts, limits: {}, leniency: STRICT, deadlines: new Deadlines(), pipelining: 1 };
}

function startOfExchange(): ExchangeStart {
  const options = { decoding: undefined, maxBodyBytes: 1000 };
  const nobody = { open() {}, dispatch() {}, repeat() {} };
  return {
    startedAt: 0,
    key: "",
    connect: {},
    options,
    cancellation: undefined,
    onInformational: undefined,
    owner: nobody,
  };
}
