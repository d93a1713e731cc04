import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage } from "node:http";
import { test } from "node:test";
import { connectTo, startWorld } from "./admin-world.ts";

/*
 * Faults at HTTP events, between Node's own HTTP client and server: the places are right where others read and write.
 */

const HOUR_MS = 3_600_000;

interface Site extends AsyncDisposable {
  /** The address of the proxy. */
  readonly listen: string;
  /** Sends a request over the one connection that all requests of the test share. */
  get(path?: string): Promise<{ readonly status: number | undefined; readonly content: string }>;
  add(type: string, attributes?: object, more?: object): Promise<{ remove(): Promise<unknown> }>;
}

/** Each response is chunked: "one", "two", "three", one write each. */
async function startSite(): Promise<Site> {
  const world = await startWorld();
  const server = createServer((_, response) => {
    response.write("one");
    setImmediate(() => {
      response.write("two");
      setImmediate(() => response.end("three"));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const proxy = await world.toxiproxy.createProxy({ name: "web", listen: "", upstream: `127.0.0.1:${port}` });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    listen: proxy.listen,
    get: async (path = "/") => {
      const request = get(`http://${proxy.listen}${path}`, { agent });
      const [response] = (await once(request, "response")) as [IncomingMessage];
      let content = "";
      for await (const piece of response) content += piece;
      return { status: response.statusCode, content };
    },
    add: (type, attributes = {}, more = {}) => proxy.addToxic({ type, attributes, ...more } as never),
    [Symbol.asyncDispose]: async () => {
      agent.destroy();
      await world[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

test("the second of three requests on a connection is answered by us, the others by the server", async () => {
  await using site = await startSite();
  await site.add("respond", { status: 503, on: "exchange#2" });
  assert.deepEqual(await site.get(), { status: 200, content: "onetwothree" });
  assert.deepEqual(await site.get(), { status: 503, content: "" });
  assert.deepEqual(await site.get(), { status: 200, content: "onetwothree" });
});

test("a cut at chunk 3 lets two chunks pass, and half of the third one", async () => {
  await using site = await startSite();
  await site.add("cut", { on: "chunk#3" });
  const client = await connectTo(site.listen);
  client.send(REQUEST);
  assert.equal(await client.over, "end");
  assert.match(client.received, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n3\r\none\r\n3\r\ntwo\r\n5\r\nth$/);
});

test("a head that is held keeps the whole response back, until the fault is removed", async () => {
  await using site = await startSite();
  const toxic = await site.add("delay-head", { delay: HOUR_MS });
  const held = site.get();
  await toxic.remove();
  assert.deepEqual(await held, { status: 200, content: "onetwothree" });
});

test("slow field lines: the status-line passes, the first field line waits", async () => {
  await using site = await startSite();
  const toxic = await site.add("slow-lines", { delay: HOUR_MS });
  const client = await connectTo(site.listen);
  client.send(REQUEST);
  const statusLine = "HTTP/1.1 200 OK\r\n";
  assert.equal(await client.receive(statusLine.length), statusLine);
  await toxic.remove();
  await client.receive(statusLine.length + 1);
});

test("the connection is closed behind a response that did not say so", async () => {
  await using site = await startSite();
  await site.add("close-after-response");
  const client = await connectTo(site.listen);
  client.send(REQUEST);
  assert.equal(await client.over, "end");
  assert.match(client.received, /\r\n5\r\nthree\r\n0\r\n\r\n$/);
  assert.doesNotMatch(client.received, /^connection: close/im);
});
