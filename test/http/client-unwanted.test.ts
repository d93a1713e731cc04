import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { ManualClock } from "./raw-client.ts";
import { deferred, rawServer } from "./raw-server.ts";

// The rest of an exchange that one side does not want any more. Time stands still: no deadline ends it.

const frozen = (): HttpClient => new HttpClient({ clock: new ManualClock() });

test("discarded long content ends its connection before any of it has come", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
  });
  await using client = frozen();
  const response = await client.request({ url: server.url });
  response.discard();
  await server.peers[0]?.closed();
});

test("discarded content without a length is read for a while, but not to its end", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\n\r\n").send(new Uint8Array(300_000));
  });
  await using client = frozen();
  const response = await client.request({ url: server.url });
  response.discard();
  await server.peers[0]?.closed();
});

/** Content without an end, and a promise that settles when nobody asks for more of it. */
function endlessContent() {
  let left = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    left = resolve;
  });
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        yield new Uint8Array(1000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      left();
    }
  }
  return { body: body(), stopped };
}

test("an answer that is an error ends the upload, although its own content is still to come", async () => {
  const { body, stopped } = endlessContent();
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 9\r\n\r\ntoo ");
  });
  await using client = frozen();
  const response = await client.request({ url: server.url, method: "PUT", body });
  assert.equal(response.status, 413);
  await stopped;
  server.peers[0]?.send("large");
  assert.equal(await response.text(), "too large");
});

for (const [status, earlyAnswer] of [
  [200, "stop"],
  [302, "stop"],
  [403, undefined],
  [500, "stop"],
] as const) {
  test(`${status} that is complete before the content was sent ends the upload (${earlyAnswer ?? "by default"})`, async () => {
    const { body, stopped } = endlessContent();
    await using server = await rawServer(async (peer) => {
      await peer.head();
      peer.send(`HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nok`);
    });
    await using client = frozen();
    const response = await client.request({ url: server.url, method: "PUT", body, earlyAnswer });
    assert.equal(await response.text(), "ok");
    await assert.rejects(response.sent, {
      code: "ABORTED",
      phase: "write",
      message: /^the server answered before it had the content: \d+ bytes of the content were sent$/,
    });
    assert.equal(response.timings.sentMs, undefined);
    await Promise.all([stopped, server.peers[0]?.closed()]);
    assert.equal(await (await client.request({ url: server.url })).text(), "ok");
    assert.equal(server.peers.length, 2);
  });
}

for (const [status, earlyAnswer] of [
  [200, undefined],
  [302, undefined],
  [200, "finish"],
  [403, "finish"],
] as const) {
  test(`the upload goes on after ${status} is complete (${earlyAnswer ?? "by default"}), and the connection is used again`, async () => {
    const answered = deferred();
    const answer = `HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nok`;
    await using server = await rawServer(async (peer) => {
      await peer.until("\r\n\r\n3\r\none\r\n");
      peer.send(answer);
      assert.equal(await peer.until("0\r\n\r\n"), "3\r\ntwo\r\n0\r\n\r\n");
      await peer.head();
      peer.send(answer);
    });
    await using client = frozen();
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("one");
      await answered.promise;
      yield Buffer.from("two");
    }
    const response = await client.request({ url: server.url, method: "PUT", body: body(), earlyAnswer });
    assert.equal(await response.text(), "ok");
    assert.equal(response.timings.sentMs, undefined);
    answered.resolve();
    await response.sent;
    assert.ok(response.timings.sentMs !== undefined);
    assert.equal(await (await client.request({ url: server.url })).text(), "ok");
    assert.equal(server.peers.length, 1);
  });
}

test("a function decides by the status whether the upload ends", async () => {
  const seen: number[] = [];
  const { body, stopped } = endlessContent();
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\nok");
  });
  await using client = frozen();
  const earlyAnswer = (status: number) => {
    seen.push(status);
    return "stop" as const;
  };
  const response = await client.request({ url: server.url, method: "PUT", body, earlyAnswer });
  assert.equal(await response.text(), "ok");
  await stopped;
  assert.deepEqual(seen, [302]);
});

test("the content is sent once continueTimeoutMs has passed without a 100", async () => {
  const clock = new ManualClock();
  const asked = deferred();
  await using server = await rawServer(async (peer) => {
    await peer.head();
    asked.resolve();
    assert.equal(await peer.take(5), "hello");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  await using client = new HttpClient({ clock });
  const options = { method: "PUT", body: "hello", expectContinue: true, continueTimeoutMs: 50 };
  const answer = client.request({ url: server.url, ...options });
  await asked.promise;
  clock.advance(60);
  assert.equal(await (await answer).text(), "ok");
});

test("a server that leaves after its answer is not said to have taken the content", async () => {
  const { body, stopped } = endlessContent();
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").end();
  });
  await using client = frozen();
  const response = await client.request({ url: server.url, method: "PUT", body });
  assert.equal(await response.text(), "ok");
  await assert.rejects(response.sent, TransportError);
  await stopped;
});

for (const framing of ["Content-Length: 2", "Connection: close"])
  test(`a server that leaves after its answer is noticed while the content has no more to send (${framing})`, {
    timeout: 30_000,
  }, async () => {
    const { promise, resolve } = deferred();
    await using server = await rawServer(async (peer) => {
      await peer.until("\r\n\r\n3\r\none\r\n");
      peer.send(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\nok`).end();
    });
    await using client = frozen();
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from("one")),
      cancel() {
        cancelled = true;
        resolve();
      },
    });
    const response = await client.request({ url: server.url, method: "PUT", body });
    assert.equal(await response.text(), "ok");
    await assert.rejects(response.sent, {
      code: "WRITE_FAILED",
      message: "the server closed the connection before it had the content: 3 bytes of the content were sent",
    });
    await promise;
    assert.ok(cancelled);
  });

test("an error of the caller's stream after the answer is told by `sent`", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  await using client = frozen();
  const answered = deferred();
  const broken = new Error("the disk is gone");
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("one");
    await answered.promise;
    throw broken;
  }
  const response = await client.request({ url: server.url, method: "PUT", body: body() });
  assert.equal(await response.text(), "ok");
  answered.resolve();
  await assert.rejects(response.sent, broken);
  await server.peers[0]?.closed();
});

test("an abort ends an upload whose answer is complete", async () => {
  const { body, stopped } = endlessContent();
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  await using client = frozen();
  const controller = new AbortController();
  const { signal } = controller;
  const response = await client.request({ url: server.url, method: "PUT", body, signal });
  assert.equal(await response.text(), "ok");
  controller.abort();
  await assert.rejects(response.sent, { code: "ABORTED" });
  await Promise.all([stopped, server.peers[0]?.closed()]);
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a request that was sent whole says so", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    await peer.take(5);
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  await using client = frozen();
  const response = await client.request({ url: server.url, method: "PUT", body: "whole" });
  await response.sent;
  assert.equal(await response.text(), "ok");
});
