import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import type { RequestInput } from "../../src/http/client/messages.ts";
import { type Peer, type RawServer, rawServer } from "./raw-server.ts";

const answer = (content: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\n${content}`;

/** A client whose only connection has answered once, so that the client may pipeline on it. */
async function pipelining(server: RawServer, pipelining = 10): Promise<{ client: HttpClient; peer: Peer }> {
  const client = new HttpClient({ pipelining, maxConnectionsPerOrigin: 1 });
  const first = ask(client, server, "/first");
  const peer = await server.accepted(0);
  await peer.head();
  peer.send(answer("first"));
  assert.equal(await first, "first");
  return { client, peer };
}

async function ask(client: HttpClient, { url }: RawServer, path: string, more?: Partial<RequestInput>) {
  return (await client.request({ url: `${url}${path}`, defaultFields: false, ...more })).text();
}

/** Three requests on their way. The one in the middle is given up. */
async function givenUpBetween(client: HttpClient, server: RawServer, peer: Peer) {
  const controller = new AbortController();
  const before = ask(client, server, "/a");
  const givenUp = ask(client, server, "/b", { signal: controller.signal });
  const behind = ask(client, server, "/c");
  for (let i = 0; i < 3; i++) await peer.head();
  controller.abort();
  await assert.rejects(givenUp, { code: "ABORTED" });
  return { before, behind };
}

/** Over loopback, bytes that were sent have arrived after this many turns of the loop. */
async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

const target = (head: string): string => head.split(" ")[1] as string;

describe("pipelining", () => {
  test("requests of one turn are sent together, and are answered in order", async () => {
    await using server = await rawServer();
    const { client, peer } = await pipelining(server);
    await using _ = client;
    const paths = ["/a", "/b", "/c"];
    const answers = paths.map((path) => ask(client, server, path));
    assert.deepEqual([await peer.head(), await peer.head(), await peer.head()].map(target), paths);
    peer.send(answer("A") + answer("B").slice(0, 30));
    assert.equal(await answers[0], "A");
    peer.send(answer("B").slice(30) + answer("C"));
    assert.deepEqual(await Promise.all(answers), ["A", "B", "C"]);
    assert.equal(server.peers.length, 1);
  });

  test("is not done unless asked for, and a connection that has never answered takes one request", async () => {
    await using server = await rawServer();
    const { client, peer } = await pipelining(server, 1);
    await using _ = client;
    const answers = [ask(client, server, "/a"), ask(client, server, "/b")];
    await peer.head();
    await turns();
    assert.equal(peer.received, "");
    peer.send(answer("A"));
    await peer.head();
    peer.send(answer("B"));
    assert.deepEqual(await Promise.all(answers), ["A", "B"]);

    await using fresh = new HttpClient({ pipelining: 10, maxConnectionsPerOrigin: 1 });
    const asked = [ask(fresh, server, "/c"), ask(fresh, server, "/d")];
    const other = await server.accepted(1);
    await other.head();
    await turns();
    assert.equal(other.received, "");
    other.send(answer("C"));
    await other.head();
    other.send(answer("D"));
    assert.deepEqual(await Promise.all(asked), ["C", "D"]);
  });

  test("a request that comes while a connection owes its first answer waits for that answer", async () => {
    await using server = await rawServer();
    await using client = new HttpClient({ pipelining: 10, maxConnectionsPerOrigin: 1 });
    const first = ask(client, server, "/a");
    const peer = await server.accepted(0);
    await peer.head();
    const second = ask(client, server, "/b");
    await turns();
    assert.equal(peer.received, "");
    peer.send(answer("A"));
    assert.equal(target(await peer.head()), "/b");
    peer.send(answer("B"));
    assert.deepEqual(await Promise.all([first, second]), ["A", "B"]);
  });

  test("keeps no more requests outstanding than allowed", async () => {
    await using server = await rawServer();
    const { client, peer } = await pipelining(server, 2);
    await using _ = client;
    const answers = ["/a", "/b", "/c"].map((path) => ask(client, server, path));
    assert.deepEqual([await peer.head(), await peer.head()].map(target), ["/a", "/b"]);
    assert.equal(peer.received, "");
    peer.send(answer("A"));
    assert.equal(target(await peer.head()), "/c");
    peer.send(answer("B") + answer("C"));
    assert.deepEqual(await Promise.all(answers), ["A", "B", "C"]);
  });

  test("a request that breaks a rule fails alone, and nothing of it is sent", async () => {
    await using server = await rawServer();
    const { client, peer } = await pipelining(server);
    await using _ = client;
    const answers = [ask(client, server, "/a"), ask(client, server, "/c")];
    await assert.rejects(ask(client, server, "/b", { fields: { A: "b\r\nC: d" } }), {
      code: "INVALID_FIELD_VALUE",
    });
    assert.deepEqual([await peer.head(), await peer.head()].map(target), ["/a", "/c"]);
    peer.send(answer("A") + answer("C"));
    assert.deepEqual(await Promise.all(answers), ["A", "C"]);
    assert.equal(server.peers.length, 1);
  });

  test("is only for requests that may be sent again: others are sent alone", async () => {
    await using server = await rawServer();
    const { client, peer } = await pipelining(server);
    await using _ = client;
    const answers = [
      ask(client, server, "/a"),
      ask(client, server, "/post", { method: "POST", body: "x" }),
      ask(client, server, "/b"),
    ];
    // /b may arrive first: the order is promised only for requests that a caller awaits one by one.
    assert.deepEqual([await peer.head(), await peer.head()].map(target), ["/a", "/b"]);
    await turns();
    assert.equal(peer.received, "");
    peer.send(answer("A") + answer("B"));
    assert.equal(target(await peer.head()), "/post");
    await peer.take(1);
    const behind = ask(client, server, "/c");
    await turns();
    assert.equal(peer.received, "", "nothing goes behind it either");
    peer.send(answer("P"));
    assert.equal(target(await peer.head()), "/c");
    peer.send(answer("C"));
    assert.deepEqual(await Promise.all([...answers, behind]), ["A", "P", "B", "C"]);
  });

  for (const [what, more] of [
    ["a POST without a content", { method: "POST" }],
    ["a method that nobody calls idempotent", { method: "PATCH" }],
    ["a GET that its caller does not call idempotent", { idempotent: false }],
    ["an idempotent request with a content", { method: "PUT", body: "x" }],
    ["what may become another protocol", { fields: { Connection: "upgrade", Upgrade: "x" } }],
    ["what may become a tunnel", { method: "CONNECT", idempotent: true }],
  ] as const) {
    test(`${what} waits until those ahead of it are answered`, async () => {
      await using server = await rawServer();
      const { client, peer } = await pipelining(server);
      await using _ = client;
      const ahead = ask(client, server, "/a");
      const alone = ask(client, server, "/alone", more);
      await peer.head();
      await turns();
      assert.equal(peer.received, "");
      peer.send(answer("A"));
      assert.equal(await ahead, "A");
      await peer.head();
      peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
      assert.equal(await alone, "no");
    });
  }

  for (const [how, last] of [
    ["says that it ends", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nA"],
    ["ends", answer("A")],
  ] as const) {
    test(`requests behind one whose connection ${how} are sent again on another`, async () => {
      await using server = await rawServer();
      const { client, peer } = await pipelining(server);
      await using _ = client;
      const answers = ["/a", "/b", "/c"].map((path) => ask(client, server, path));
      for (let i = 0; i < 3; i++) await peer.head();
      peer.send(last).end();
      assert.equal(await answers[0], "A");
      const other = await server.accepted(1);
      assert.equal(target(await other.head()), "/b");
      other.send(answer("B"));
      assert.equal(target(await other.head()), "/c");
      other.send(answer("C"));
      assert.deepEqual(await Promise.all(answers), ["A", "B", "C"]);
    });
  }

  test("an answer that is cut off fails only its own request", async () => {
    await using server = await rawServer();
    const { client, peer } = await pipelining(server);
    await using _ = client;
    const cut = ask(client, server, "/a");
    const behind = ask(client, server, "/b");
    for (let i = 0; i < 2; i++) await peer.head();
    peer.send(answer("AAAA").slice(0, -1)).end();
    await assert.rejects(cut, { code: "BODY_TRUNCATED" });
    const other = await server.accepted(1);
    await other.head();
    other.send(answer("B"));
    assert.equal(await behind, "B");
  });

  test("a request that is given up does not affect those before and after it", async () => {
    await using server = await rawServer();
    const { client, peer } = await pipelining(server);
    await using _ = client;
    const { before, behind } = await givenUpBetween(client, server, peer);
    peer.send(answer("A") + answer("B") + answer("C"));
    assert.deepEqual(await Promise.all([before, behind]), ["A", "C"]);
    assert.equal(server.peers.length, 1);
  });

  test("an answer that was given up and stops arriving does not hold up the answers after it", async () => {
    await using server = await rawServer();
    const { client, peer } = await pipelining(server);
    await using _ = client;
    const { before, behind } = await givenUpBetween(client, server, peer);
    peer.send(answer("A") + answer("never whole").slice(0, -5));
    assert.equal(await before, "A");
    const other = await server.accepted(1);
    assert.equal(target(await other.head()), "/c");
    other.send(answer("C"));
    assert.equal(await behind, "C");
  });

  test("bytes after the last answer end the connection, as without pipelining", async () => {
    await using server = await rawServer();
    const { client, peer } = await pipelining(server);
    await using _ = client;
    const answers = ["/a", "/b"].map((path) => ask(client, server, path));
    for (let i = 0; i < 2; i++) await peer.head();
    peer.send(answer("A") + answer("B") + answer("X"));
    assert.deepEqual(await Promise.all(answers), ["A", "B"]);
    const next = ask(client, server, "/c");
    const other = await server.accepted(1);
    assert.equal(target(await other.head()), "/c");
    other.send(answer("C"));
    assert.equal(await next, "C");
  });

  test("an answer that is not read holds up the answers after it, without using memory", async () => {
    await using server = await rawServer();
    const { client, peer } = await pipelining(server);
    await using _ = client;
    const size = 4 * 1024 * 1024;
    const big = await Promise.all([
      client.request({ url: `${server.url}/big` }),
      (async () => {
        await peer.head();
        peer.send(answer("x".repeat(size)));
      })(),
    ]).then(([response]) => response);
    const behind = ask(client, server, "/b");
    await peer.head();
    peer.send(answer("B"));
    let length = 0;
    for await (const bytes of big.body) length += bytes.length;
    assert.equal(length, size);
    assert.equal(await behind, "B");
  });
});
