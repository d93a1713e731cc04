import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import { ManualClock } from "./raw-client.ts";
import { rawServer } from "./raw-server.ts";

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

test("an answer that is complete before the content was sent ends the upload and the connection", async () => {
  const { body, stopped } = endlessContent();
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  await using client = frozen();
  const response = await client.request({ url: server.url, method: "PUT", body });
  assert.equal(await response.text(), "ok");
  await Promise.all([stopped, server.peers[0]?.closed()]);
  assert.equal(await (await client.request({ url: server.url })).text(), "ok");
  assert.equal(server.peers.length, 2);
});
