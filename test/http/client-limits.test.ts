import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { Readable } from "node:stream";
import { test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { ManualClock } from "./raw-client.ts";
import { deferred, rawServer } from "./raw-server.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const code = (wanted: string) => (error: unknown) => error instanceof TransportError && error.code === wanted;

test("a server that never answers is given up", async () => {
  await using server = await rawServer(() => {});
  await using client = new HttpClient({ headTimeoutMs: 50 });
  await assert.rejects(
    client.request({ url: server.url }),
    (error) =>
      error instanceof TransportError &&
      error.code === "TIMEOUT_HEAD" &&
      error.message === "no response within 0.05 s",
  );
  await server.peers[0]?.closed();
});

test("a head that trickles in does not hold the request for longer", async () => {
  await using server = await rawServer(async (peer) => {
    const timer = setInterval(() => peer.send("x"), 10);
    peer.send("HTTP/1.1 200 OK\r\nX: ");
    await peer.closed();
    clearInterval(timer);
  });
  await using client = new HttpClient({ headTimeoutMs: 50 });
  await assert.rejects(client.request({ url: server.url }), code("TIMEOUT_HEAD"));
});

test("content that stops arriving is given up, and the error says how much came", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  });
  await using client = new HttpClient({ bodyTimeoutMs: 50 });
  const response = await client.request({ url: server.url });
  await assert.rejects(
    response.bytes(),
    (error) =>
      error instanceof TransportError &&
      error.code === "TIMEOUT_BODY" &&
      error.message === "nothing came for 0.05 s, after 5 of 10 bytes of content",
  );
});

test("content that nobody ever reads does not hold the connection for ever", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n").send(Buffer.alloc(9_000_000));
  });
  await using client = new HttpClient({ bodyTimeoutMs: 50 });
  const response = await client.request({ url: server.url });
  await server.peers[0]?.closed();
  await assert.rejects(response.bytes(), code("TIMEOUT_BODY"));
});

test("a server that does not read is given up", async () => {
  await using server = await rawServer((peer) => peer.socket.pause());
  await using client = new HttpClient({ writeTimeoutMs: 50 });
  const body = new Uint8Array(32 * 1024 * 1024);
  await assert.rejects(client.request({ url: server.url, method: "PUT", body }), code("TIMEOUT_WRITE"));
});

test("the total timeout holds for the content, too", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  });
  const clock = new ManualClock();
  await using client = new HttpClient({ clock });
  const response = await client.request({ url: server.url, timeoutMs: 50 });
  const read = assert.rejects(response.bytes(), code("TIMEOUT_TOTAL"));
  clock.advance(50);
  await read;
  await assert.rejects(client.request({ url: server.url, signal: AbortSignal.abort() }), code("ABORTED"));
});

for (const [name, answer] of [
  ["before the answer", ""],
  ["within the content", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"],
] as const) {
  test(`a request can be aborted ${name}, and leaves no listener behind`, async () => {
    await using server = await rawServer(async (peer) => {
      await peer.head();
      peer.send(answer);
      arrived.resolve();
    });
    await using client = new HttpClient();
    const arrived = deferred();
    const controller = new AbortController();
    const read = async () => (await client.request({ url: server.url, signal: controller.signal })).bytes();
    const result = assert.rejects(
      read(),
      (error) => code("ABORTED")(error) && (error as Error).cause === controller.signal.reason,
    );
    await arrived.promise;
    controller.abort();
    await result;
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
    await server.peers[0]?.closed();
  });
}

test("a request that succeeds leaves no listener on its signal", async () => {
  await using server = await rawServer((peer) => peer.answerAll(OK));
  await using client = new HttpClient();
  const { signal } = new AbortController();
  await (await client.request({ url: server.url, signal, timeoutMs: 10_000 })).bytes();
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a request waits for a connection no longer than allowed", async () => {
  await using server = await rawServer(() => {});
  await using client = new HttpClient({ maxConnectionsPerOrigin: 1, queueTimeoutMs: 50, maxQueued: 1 });
  const first = assert.rejects(client.request({ url: server.url }), code("POOL_CLOSED"));
  const second = assert.rejects(client.request({ url: server.url }), code("TIMEOUT_QUEUE"));
  await assert.rejects(client.request({ url: server.url }), code("POOL_QUEUE_FULL"));
  await second;
  await client.close();
  await first;
});

test("a request that is aborted in the queue leaves it", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    await left.promise;
    peer.send(OK);
    await peer.answerAll(OK);
  });
  await using client = new HttpClient({ maxConnectionsPerOrigin: 1 });
  const left = deferred();
  const controller = new AbortController();
  const first = client.request({ url: server.url });
  const second = assert.rejects(
    client.request({ url: server.url, signal: controller.signal }),
    code("ABORTED"),
  );
  const third = client.request({ url: server.url });
  controller.abort();
  await second;
  left.resolve();
  await (await first).bytes();
  assert.equal(await (await third).text(), "ok");
});

test("a place in the pool is given back when connecting fails", async () => {
  const server = await rawServer(() => {});
  const { url } = server;
  await server[Symbol.asyncDispose]();
  await using client = new HttpClient({ maxConnectionsPerOrigin: 1 });
  for (let i = 0; i < 3; i++) await assert.rejects(client.request({ url }), code("CONNECT_REFUSED"));
});

// Expect: 100-continue

test("the content waits for 100 (Continue)", async () => {
  await using server = await rawServer(async (peer) => {
    assert.match(await peer.head(), /\r\nExpect: 100-continue\r\n/);
    assert.equal(peer.received, "");
    peer.send("HTTP/1.1 100 Continue\r\n\r\n");
    assert.equal(await peer.take(5), "hello");
    peer.send(OK);
  });
  await using client = new HttpClient();
  const response = await client.request({
    url: server.url,
    method: "PUT",
    body: "hello",
    expectContinue: true,
  });
  assert.equal(await response.text(), "ok");
});

for (const [what, first, rest] of [
  ["the head", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "ok"],
  ["the whole", OK, ""],
] as const) {
  for (const [kind, body] of [
    ["a text", () => "hello".repeat(100_000)],
    ["a stream", () => Readable.from([Buffer.from("hello".repeat(100_000))])],
  ] as const) {
    test(`once 100 has come ${kind} goes, although ${what} of the final answer came with it`, async () => {
      await using server = await rawServer(async (peer) => {
        await peer.head();
        peer.send(`HTTP/1.1 100 Continue\r\n\r\n${first}`);
        assert.equal(await peer.take(500_000), "hello".repeat(100_000));
        peer.send(rest);
        await peer.answerAll(OK);
      });
      await using client = new HttpClient({ maxConnectionsPerOrigin: 1 });
      const fields = { "Content-Length": "500000" };
      const input = { url: server.url, method: "PUT", fields, body: body(), expectContinue: true };
      const response = await client.request(input);
      assert.equal(await response.text(), "ok");
      assert.equal(await (await client.request({ url: server.url })).text(), "ok");
      assert.equal(server.peers.length, 1);
    });
  }
}

test("a server that reads none of the content it has asked for and answered is given up", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.socket.pause();
    peer.send(`HTTP/1.1 100 Continue\r\n\r\n${OK}`);
  });
  await using client = new HttpClient({ writeTimeoutMs: 50 });
  const body = Readable.from(Array.from({ length: 32 }, () => new Uint8Array(1024 * 1024)));
  const response = await client.request({ url: server.url, method: "PUT", body, expectContinue: true });
  assert.equal(await response.text(), "ok");
  if (!body.closed) await new Promise((resolve) => body.once("close", resolve));
  assert.equal(body.readableEnded, false);
});

test("an answer that comes while content is sent without a 100 does not stop the content", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    assert.equal(await peer.take(5), "hello");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    assert.equal(await peer.take(6), " world");
    peer.send("ok");
  });
  await using client = new HttpClient();
  const answered = deferred();
  async function* content(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("hello");
    await answered.promise;
    yield Buffer.from(" world");
  }
  const fields = { "Content-Length": "11" };
  const input = { url: server.url, method: "PUT", fields, body: content(), expectContinue: true };
  const response = await client.request(input);
  answered.resolve();
  assert.equal(await response.text(), "ok");
});

for (const status of ["413 Content Too Large", "303 See Other", "200 OK"]) {
  test(`${status} instead of 100 closes the unread stream, and then the connection`, async () => {
    await using server = await rawServer(async (peer) => {
      await peer.head();
      peer.send(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nok`);
      await peer.closed();
      assert.equal(peer.received, "");
    });
    await using client = new HttpClient();
    const body = Readable.from([Buffer.from("never read")]);
    const response = await client.request({ url: server.url, method: "PUT", body, expectContinue: true });
    assert.equal(await response.text(), "ok");
    await server.peers[0]?.closed();
    assert.equal(body.destroyed, true);
  });
}

test("the content is sent after a second to a server that is silent about Expect", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    assert.equal(await peer.take(5), "hello");
    peer.send(OK);
  });
  await using client = new HttpClient();
  const response = await client.request({
    url: server.url,
    method: "PUT",
    body: "hello",
    expectContinue: true,
  });
  assert.equal(await response.text(), "ok");
});

test("after a refusal instead of 100 no content is sent, and the connection is not used again", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno");
    await peer.closed();
    assert.equal(peer.received, "");
  });
  await using client = new HttpClient();
  const response = await client.request({
    url: server.url,
    method: "PUT",
    body: "hello",
    expectContinue: true,
  });
  assert.equal(response.status, 413);
  assert.equal(await response.text(), "no");
  await server.peers[0]?.closed();
});

test("a request whose expectation was refused is sent again without it", async () => {
  await using server = await rawServer(async (peer, index) => {
    const head = await peer.head();
    assert.equal(/Expect/.test(head), index === 0);
    if (index === 0) peer.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
    else {
      await peer.take(5);
      peer.send(OK);
    }
  });
  await using client = new HttpClient();
  const response = await client.request({
    url: server.url,
    method: "PUT",
    body: "hello",
    expectContinue: true,
  });
  assert.equal(await response.text(), "ok");
});

test("a stream that nobody will read is closed if no connection could be opened", async () => {
  await using client = new HttpClient();
  const file = Readable.from([Buffer.from("never read")]);
  await assert.rejects(
    client.request({ url: "http://127.0.0.1:1/", method: "PUT", body: file }),
    TransportError,
  );
  assert.equal(file.destroyed, true);
});

test("an error stops an upload, and its answer is read", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  });
  await using client = new HttpClient();
  let stopped = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        yield new Uint8Array(1000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      stopped = true;
    }
  }
  const response = await client.request({ url: server.url, method: "POST", body: endless() });
  assert.equal(response.status, 403);
  assert.equal(await response.text(), "no");
  await server.peers[0]?.closed();
  assert.equal(stopped, true);
});

test("one signal stops a hundred requests, without a warning about a leak", async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on("warning", onWarning);
  await using server = await rawServer(() => {});
  await using client = new HttpClient();
  const controller = new AbortController();
  const requests = Array.from({ length: 100 }, () =>
    client.request({ url: server.url, signal: controller.signal }),
  );
  const settled = Promise.allSettled(requests);
  await new Promise((resolve) => setImmediate(resolve)); // a warning comes in a later turn
  controller.abort();
  for (const outcome of await settled)
    assert.ok(outcome.status === "rejected" && code("ABORTED")(outcome.reason));
  process.off("warning", onWarning);
  assert.deepEqual(warnings, []);
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
});
