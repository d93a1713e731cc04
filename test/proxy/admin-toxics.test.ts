import assert from "node:assert/strict";
import { test } from "node:test";
import type { Proxy as ToxiproxyProxy } from "toxiproxy-node-client";
import { connectTo, type End, startUpstream, startWorld, type Upstream, type World } from "./admin-world.ts";

/*
 * What toxiproxy's README says of each toxic, through toxiproxy's own client. Nothing here waits for a time: a toxic that
 * lasts an hour is seen at work by what passes beside it, and then it is changed or removed.
 */

const HOUR_MS = 3_600_000;

/** A proxy, and a client with the server's end of its connection. */
interface Pair {
  readonly client: End;
  readonly server: End;
}

interface Scene extends AsyncDisposable {
  readonly world: World;
  readonly upstream: Upstream;
  readonly proxy: ToxiproxyProxy;
  /** Connects. Both ends are there, unless the proxy lets nobody through. */
  connect(): Promise<Pair>;
  add(type: string, attributes?: object, more?: object): ReturnType<ToxiproxyProxy["addToxic"]>;
}

async function startScene(): Promise<Scene> {
  const world = await startWorld();
  const upstream = await startUpstream();
  const { toxiproxy } = world;
  const proxy = await toxiproxy.createProxy({ name: "p", listen: "localhost:0", upstream: upstream.address });
  return {
    world,
    upstream,
    proxy,
    connect: async () => {
      const [client, server] = await Promise.all([connectTo(proxy.listen), upstream.next()]);
      return { client, server };
    },
    add: (type, attributes = {}, more = {}) => proxy.addToxic({ type, attributes, ...more } as never),
    [Symbol.asyncDispose]: async () => {
      await upstream[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

/** The two ends by the direction in which a toxic works. */
const inStream = { upstream: ["client", "server"], downstream: ["server", "client"] } as const;

for (const stream of ["upstream", "downstream"] as const) {
  const [from, to] = inStream[stream];
  const beside = stream === "upstream" ? "downstream" : "upstream";

  test(`${stream} latency holds what passes, and nothing in the other direction`, async () => {
    await using scene = await startScene();
    const toxic = await scene.add("latency", { latency: HOUR_MS }, { stream });
    assert.equal(toxic.name, `latency_${stream}`);
    const pair = await scene.connect();
    pair[from].send("slow");
    pair[to].send("fast");
    assert.equal(await pair[from].receive(4), "fast");
    assert.equal(pair[to].received, "");
    await toxic.remove();
    assert.equal(await pair[to].receive(4), "slow");
  });

  test(`${stream} bandwidth of 0 KB/s lets nothing pass until it is removed`, async () => {
    await using scene = await startScene();
    const toxic = await scene.add("bandwidth", { rate: 0 }, { stream });
    const pair = await scene.connect();
    pair[from].send("slow");
    pair[to].send("fast");
    assert.equal(await pair[from].receive(4), "fast");
    assert.equal(pair[to].received, "");
    await toxic.remove();
    assert.equal(await pair[to].receive(4), "slow");
  });

  test(`${stream} slow_close passes bytes at once, and the end when its delay is over`, async () => {
    await using scene = await startScene();
    const toxic = await scene.add("slow_close", { delay: HOUR_MS }, { stream });
    const pair = await scene.connect();
    pair[from].send("last words");
    pair[from].socket.end();
    assert.equal(await pair[to].receive(10), "last words");
    pair[to].send("still here");
    assert.equal(await pair[from].receive(10), "still here");
    assert.equal(pair[to].ended, false);
    await toxic.remove();
    assert.equal(await pair[to].over, "end");
  });

  test(`${stream} timeout lets nothing pass, and closes the connection`, async () => {
    await using scene = await startScene();
    await scene.add("timeout", { timeout: 20 }, { stream });
    const pair = await scene.connect();
    pair[from].send("lost");
    await Promise.all([pair.client.over, pair.server.over]);
    assert.equal(pair[to].received, "");
  });

  test(`${stream} timeout of 0 drops bytes until it is removed, which closes the connection`, async () => {
    await using scene = await startScene();
    const toxic = await scene.add("timeout", { timeout: 0 }, { stream });
    const pair = await scene.connect();
    pair[from].send("lost");
    pair[to].send("fast");
    assert.equal(await pair[from].receive(4), "fast");
    await toxic.remove();
    await Promise.all([pair.client.over, pair.server.over]);
    assert.equal(pair[to].received, "");
  });

  test(`${stream} slicer cuts bytes into small pieces, and loses none`, async () => {
    await using scene = await startScene();
    const toxic = await scene.add(
      "slicer",
      { average_size: 10, size_variation: 0, delay: HOUR_MS * 1000 },
      { stream },
    );
    const pair = await scene.connect();
    const text = "0123456789abcdefghijklmnopqrstuvwxyz";
    pair[from].send(text);
    assert.equal(await pair[to].receive(10), text.slice(0, 10));
    pair[to].send("fast");
    await pair[from].receive(4);
    assert.equal(pair[to].received.length, 10);
    await toxic.update({ attributes: { average_size: 7, size_variation: 3, delay: 0 } } as never);
    assert.equal(await pair[to].receive(text.length), text);
  });

  test(`${stream} limit_data passes so many bytes, then closes the connection`, async () => {
    await using scene = await startScene();
    await scene.add("limit_data", { bytes: 100 }, { stream });
    const pair = await scene.connect();
    pair[from].send("x".repeat(60));
    await pair[to].receive(60);
    pair[from].send("y".repeat(60));
    await Promise.all([pair.client.over, pair.server.over]);
    assert.equal(pair[to].received, "x".repeat(60) + "y".repeat(40));
  });

  test(`a toxic that is ${beside} does nothing ${stream}`, async () => {
    await using scene = await startScene();
    await scene.add("timeout", { timeout: 0 }, { stream: beside });
    const pair = await scene.connect();
    pair[from].send("passes");
    assert.equal(await pair[to].receive(6), "passes");
  });

  test(`toxicity 0: ${stream}, no connection is hit`, async () => {
    await using scene = await startScene();
    const toxic = await scene.add("timeout", { timeout: 0 }, { stream, toxicity: 0 });
    assert.equal(toxic.toxicity, 0);
    for (let i = 0; i < 5; i++) {
      const pair = await scene.connect();
      pair[from].send("passes");
      assert.equal(await pair[to].receive(6), "passes");
    }
  });
}

test("a toxic is downstream, hits every connection, and is named after its type by default", async () => {
  await using scene = await startScene();
  const toxic = await scene.add("latency", { latency: 5 });
  const expected = {
    attributes: { latency: 5, jitter: 0 },
    name: "latency_downstream",
    type: "latency",
    stream: "downstream",
    toxicity: 1,
  };
  assert.deepEqual(toxic.toJson(), expected);
  assert.deepEqual((await scene.proxy.getToxic("latency_downstream")).toJson(), expected);
});

test("latency is at least what it says, less the jitter", async () => {
  await using scene = await startScene();
  await scene.add("latency", { latency: 60, jitter: 10 }, { stream: "upstream" });
  await scene.add("latency", { latency: 60, jitter: 10 }, { stream: "downstream" });
  const { client, server } = await scene.connect();
  const began = performance.now();
  client.send("ping");
  await server.receive(4);
  server.send("pong");
  await client.receive(4);
  assert.ok(performance.now() - began >= 98); // Timers of Node may fire up to 1 ms early.
});

test("bandwidth takes at least as long as its rate says", async () => {
  await using scene = await startScene();
  await scene.add("bandwidth", { rate: 100 });
  const { client, server } = await scene.connect();
  const began = performance.now();
  server.send("x".repeat(20_000));
  await client.receive(20_000);
  assert.ok(performance.now() - began >= 195);
});

test("reset_peer resets both connections when the first bytes come", async () => {
  await using scene = await startScene();
  const toxic = await scene.add("reset_peer", { timeout: HOUR_MS });
  const { client, server } = await scene.connect();
  client.send("hello");
  assert.equal(await server.receive(5), "hello");
  await toxic.update({ attributes: { timeout: 0 } } as never);
  server.send("never");
  assert.equal(await client.over, "ECONNRESET");
  assert.equal(await server.over, "ECONNRESET");
  assert.equal(client.received, "");
});

test("a toxic is changed on an open connection: what was held goes on, then the new attributes hold", async () => {
  await using scene = await startScene();
  const toxic = await scene.add("latency", { latency: HOUR_MS });
  const { client, server } = await scene.connect();
  server.send("first ");
  client.send("x");
  await server.receive(1);
  const changed = await toxic.update({ attributes: { latency: 0 } } as never);
  assert.deepEqual(changed.attributes, { latency: 0, jitter: 0 });
  assert.equal(await client.receive(6), "first ");
  server.send("second");
  assert.equal(await client.receive(12), "first second");
});

test("an update changes what it names, and leaves the rest", async () => {
  await using scene = await startScene();
  const toxic = await scene.add(
    "slicer",
    { average_size: 10, size_variation: 5, delay: 7 },
    { toxicity: 0.25 },
  );
  const first = await toxic.update({ attributes: { delay: 8 } } as never);
  assert.deepEqual(first.attributes, { average_size: 10, size_variation: 5, delay: 8 });
  assert.equal(first.toxicity, 0.25);
  const second = await toxic.update({
    toxicity: 0.5,
    name: "other",
    type: "latency",
    stream: "upstream",
  } as never);
  assert.deepEqual(second.toJson(), { ...first.toJson(), toxicity: 0.5 });
});

test("toxicity raised from 0 to 1 hits a connection that is open", async () => {
  await using scene = await startScene();
  const toxic = await scene.add("latency", { latency: HOUR_MS }, { toxicity: 0 });
  const { client, server } = await scene.connect();
  server.send("free");
  assert.equal(await client.receive(4), "free");
  await toxic.update({ toxicity: 1 } as never);
  server.send("held");
  client.send("x");
  await server.receive(1);
  assert.equal(client.received, "free");
  await toxic.update({ toxicity: 0 } as never);
  assert.equal(await client.receive(8), "freeheld");
});

test("a toxic that is added hits connections that are open", async () => {
  await using scene = await startScene();
  const { client, server } = await scene.connect();
  server.send("a");
  await client.receive(1);
  await scene.add("limit_data", { bytes: 3 });
  server.send("bcdef");
  assert.equal(await client.over, "end");
  assert.equal(client.received, "abcd");
});

test("several toxics work in a row", async () => {
  await using scene = await startScene();
  await scene.add("slicer", { average_size: 5, size_variation: 2, delay: 10 });
  await scene.add("limit_data", { bytes: 42 });
  await scene.add("latency", { latency: 10, jitter: 5 });
  const { client, server } = await scene.connect();
  const text = Array.from({ length: 30 }, (_, i) => `${i} `).join("");
  server.send(text);
  assert.equal(await client.over, "end");
  assert.equal(client.received, text.slice(0, 42));
});

test("reset removes toxics from connections that are open", async () => {
  await using scene = await startScene();
  await scene.add("latency", { latency: HOUR_MS });
  await scene.add("bandwidth", { rate: 0 });
  const { client, server } = await scene.connect();
  server.send("held");
  client.send("x");
  await server.receive(1);
  await scene.world.toxiproxy.reset();
  assert.equal(await client.receive(4), "held");
});

test("toxics stay while a proxy is disabled", async () => {
  await using scene = await startScene();
  await scene.add("limit_data", { bytes: 2 });
  const { proxy } = scene;
  await proxy.update({ ...proxy.toJson(), enabled: false });
  await proxy.update({ ...proxy.toJson(), enabled: true });
  const { client, server } = await scene.connect();
  server.send("abc");
  assert.equal(await client.over, "end");
  assert.equal(client.received, "ab");
});

test("toxics of a populated proxy act from the first byte", async () => {
  await using world = await startWorld();
  await using upstream = await startUpstream();
  const toxics = [{ type: "limit_data", stream: "upstream", attributes: { bytes: 0 } }];
  const proxies = await world.toxiproxy.populate([
    { name: "a", listen: "localhost:0", upstream: upstream.address, toxics } as never,
  ]);
  const [client, server] = await Promise.all([connectTo(proxies.a?.listen as string), upstream.next()]);
  client.send("never");
  assert.equal(await server.over, "end");
  assert.equal(server.received, "");
});

test("attributes that make no sense are refused, and nothing changes", async () => {
  await using scene = await startScene();
  const toxic = await scene.add("latency", { latency: 5 });
  await assert.rejects(scene.add("bandwidth", { rate: "fast" }), /400/);
  await assert.rejects(scene.add("bandwidth", { rate: 1 }, { toxicity: 2 }), /400/);
  await assert.rejects(toxic.update({ attributes: { latency: "long" } } as never), /400/);
  const shown = await fetch(`${scene.world.base}/proxies/p/toxics`);
  assert.deepEqual(await shown.json(), [toxic.toJson()]);
});

test("our own faults are toxics, too", async () => {
  await using scene = await startScene();
  await scene.add("corrupt");
  await assert.rejects(scene.add("corrupted"), /400/);
  const shown = await scene.proxy.getToxic("corrupt_downstream");
  assert.equal(shown.type, "corrupt");
  const { client, server } = await scene.connect();
  server.send("hello");
  assert.notEqual(await client.receive(5), "hello");
});
