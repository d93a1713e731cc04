import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { createFleet } from "../../src/proxy/admin.ts";
import { AdminError } from "../../src/proxy/admin-errors.ts";
import { connectTo, isListening, startUpstream, startWorld } from "./admin-world.ts";

/*
 * toxiproxy's HTTP API, asked by its own client (npm toxiproxy-node-client) where the client can ask, otherwise by fetch.
 * The paths, statuses and sentences are those of toxiproxy's README and source (v2).
 */

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly type: string | null;
}

async function ask(base: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const content = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(base + path, { method, ...(body !== undefined && { body: content }) });
  const text = await response.text();
  const type = response.headers.get("content-type");
  return { status: response.status, body: type === "application/json" ? JSON.parse(text) : text, type };
}

test("a proxy is created, listed, read and removed", async () => {
  await using world = await startWorld();
  await using upstream = await startUpstream(true);
  const { toxiproxy, base } = world;
  const proxy = await toxiproxy.createProxy({
    name: "one",
    listen: "localhost:0",
    upstream: upstream.address,
  });
  assert.match(proxy.listen, /^127\.0\.0\.1:[1-9]\d*$/);
  const shown = { name: "one", listen: proxy.listen, upstream: upstream.address, enabled: true, toxics: [] };
  assert.deepEqual(await ask(base, "GET", "/proxies"), {
    status: 200,
    body: { one: shown },
    type: "application/json",
  });
  assert.deepEqual((await ask(base, "GET", "/proxies/one")).body, shown);
  assert.deepEqual((await toxiproxy.get("one")).toJson(), {
    name: "one",
    listen: proxy.listen,
    upstream: upstream.address,
    enabled: true,
  });
  const client = await connectTo(proxy.listen);
  client.send("hello");
  assert.equal(await client.receive(5), "hello");
  await proxy.remove();
  await client.over;
  assert.equal(await isListening(proxy.listen), false);
  assert.deepEqual(await toxiproxy.getAll(), {});
});

test("created is 201, removed and reset are 204 without content", async () => {
  await using world = await startWorld();
  const { base } = world;
  const created = await ask(base, "POST", "/proxies", { name: "a", upstream: "127.0.0.1:1" });
  assert.equal(created.status, 201);
  assert.equal((created.body as { enabled: boolean }).enabled, true);
  assert.deepEqual(await ask(base, "POST", "/reset"), { status: 204, body: "", type: null });
  assert.deepEqual(await ask(base, "DELETE", "/proxies/a"), { status: 204, body: "", type: null });
});

const MISSING = "/proxies/nobody";
const ERRORS: readonly (readonly [string, string, string, unknown, number, string])[] = [
  ["a proxy that is not there", "GET", MISSING, undefined, 404, "proxy not found"],
  ["a change of it", "POST", MISSING, {}, 404, "proxy not found"],
  ["its removal", "DELETE", MISSING, undefined, 404, "proxy not found"],
  ["its toxics", "GET", `${MISSING}/toxics`, undefined, 404, "proxy not found"],
  ["a toxic that is not there", "GET", "/proxies/a/toxics/x", undefined, 404, "toxic not found"],
  ["its change", "PATCH", "/proxies/a/toxics/x", {}, 404, "toxic not found"],
  ["its removal", "DELETE", "/proxies/a/toxics/x", undefined, 404, "toxic not found"],
  ["a name that is taken", "POST", "/proxies", { name: "a", upstream: "a:1" }, 409, "proxy already exists"],
  ["no name", "POST", "/proxies", { upstream: "a:1" }, 400, "missing required field: name"],
  ["an empty name", "POST", "/proxies", { name: "", upstream: "a:1" }, 400, "missing required field: name"],
  ["no upstream", "POST", "/proxies", { name: "b" }, 400, "missing required field: upstream"],
  ["no content", "POST", "/proxies", "", 400, "bad request body: EOF"],
  [
    "a stream that is none",
    "POST",
    "/proxies/a/toxics",
    { type: "latency", stream: "sideways" },
    400,
    "stream was invalid, can be either upstream or downstream",
  ],
  ["a type that is none", "POST", "/proxies/a/toxics", { type: "magic" }, 400, "invalid toxic type"],
  ["no type", "POST", "/proxies/a/toxics", {}, 400, "invalid toxic type"],
];

for (const [what, method, path, body, status, error] of ERRORS) {
  test(`${what}: ${status}, ${error}`, async () => {
    await using world = await startWorld();
    await ask(world.base, "POST", "/proxies", { name: "a", upstream: "127.0.0.1:1", enabled: false });
    assert.deepEqual(await ask(world.base, method, path, body), {
      status,
      body: { error, status },
      type: "application/json",
    });
    assert.deepEqual(Object.keys(await world.toxiproxy.getAll()), ["a"]);
  });
}

test("content that is no JSON, or of another type, is a bad request body", async () => {
  await using world = await startWorld();
  for (const body of [
    "{",
    "[]",
    "5",
    '"a"',
    "null",
    '{"name": 5}',
    '{"name": "a", "upstream": []}',
    "\u001b[31m",
  ]) {
    const answer = await ask(world.base, "POST", "/proxies", body);
    assert.equal(answer.status, 400, body);
    assert.match((answer.body as { error: string }).error, /^bad request body: [ -~]+$/);
  }
});

test("a toxic's name that is taken: 409", async () => {
  await using world = await startWorld();
  const proxy = await world.toxiproxy.createProxy({ name: "a", listen: "", upstream: "127.0.0.1:1" });
  const toxic = { type: "timeout", attributes: { timeout: 5 } };
  assert.equal((await ask(world.base, "POST", "/proxies/a/toxics", toxic)).status, 200);
  assert.deepEqual((await ask(world.base, "POST", "/proxies/a/toxics", toxic)).body, {
    error: "toxic already exists",
    status: 409,
  });
  assert.equal((await proxy.getToxic("timeout_downstream")).type, "timeout");
});

test("a port that is taken: 500, and there is no proxy", async () => {
  await using world = await startWorld();
  await using upstream = await startUpstream();
  const answer = await ask(world.base, "POST", "/proxies", {
    name: "a",
    listen: upstream.address,
    upstream: "a:1",
  });
  assert.equal(answer.status, 500);
  assert.match((answer.body as { error: string }).error, /in use/);
  assert.deepEqual(await world.toxiproxy.getAll(), {});
});

test("an address that is none is refused", async () => {
  await using world = await startWorld();
  for (const listen of ["nowhere", "127.0.0.1", "127.0.0.1:70000", "::1:80", "a:b", ":-1"]) {
    const answer = await ask(world.base, "POST", "/proxies", { name: "a", listen, upstream: "a:1" });
    assert.equal(answer.status, 500, listen);
  }
  const upstream = await ask(world.base, "POST", "/proxies", { name: "a", upstream: "no port" });
  assert.equal(upstream.status, 400);
  assert.deepEqual(await world.toxiproxy.getAll(), {});
});

test("without a host a proxy listens on loopback alone", async () => {
  await using world = await startWorld();
  const proxy = await world.toxiproxy.createProxy({ name: "a", listen: ":0", upstream: "127.0.0.1:1" });
  assert.match(proxy.listen, /^127\.0\.0\.1:\d+$/);
});

test("disabled: the listener and the connections are closed; enabled: the same port", async () => {
  await using world = await startWorld();
  await using upstream = await startUpstream(true);
  const { toxiproxy } = world;
  const proxy = await toxiproxy.createProxy({ name: "a", listen: "localhost:0", upstream: upstream.address });
  const { listen } = proxy;
  const client = await connectTo(listen);
  client.send("x");
  await client.receive(1);
  const down = await proxy.update({ ...proxy.toJson(), enabled: false });
  assert.equal(down.enabled, false);
  await client.over;
  assert.equal(await isListening(listen), false);
  const up = await proxy.update({ ...proxy.toJson(), enabled: true });
  assert.deepEqual(up.toJson(), { ...proxy.toJson(), enabled: true });
  assert.equal(await isListening(listen), true);
});

test("a proxy that is created disabled does not listen", async () => {
  await using world = await startWorld();
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const listen = `127.0.0.1:${(server.address() as { port: number }).port}`;
  server.close();
  await once(server, "close");
  const { toxiproxy } = world;
  const proxy = await toxiproxy.createProxy({ name: "a", listen, upstream: "127.0.0.1:1", enabled: false });
  assert.equal(proxy.enabled, false);
  assert.equal(await isListening(listen), false);
});

test("another upstream or address restarts the proxy and drops its connections", async () => {
  await using world = await startWorld();
  await using first = await startUpstream(true);
  await using second = await startUpstream();
  const { toxiproxy } = world;
  const proxy = await toxiproxy.createProxy({ name: "a", listen: "localhost:0", upstream: first.address });
  const client = await connectTo(proxy.listen);
  client.send("x");
  await client.receive(1);
  const changed = await proxy.update({ ...proxy.toJson(), upstream: second.address });
  await client.over;
  assert.equal(changed.listen, proxy.listen);
  const again = await connectTo(proxy.listen);
  again.send("y");
  assert.equal(await (await second.next()).receive(1), "y");
  const moved = await proxy.update({ ...changed.toJson(), listen: "127.0.0.1:0" });
  await again.over;
  assert.notEqual(moved.listen, proxy.listen);
  assert.equal(await isListening(proxy.listen), false);
});

test("a proxy that cannot move is disabled, and can be moved elsewhere", async () => {
  await using world = await startWorld();
  await using upstream = await startUpstream(true);
  const { base } = world;
  await ask(base, "POST", "/proxies", { name: "a", upstream: upstream.address });
  const moved = await ask(base, "PATCH", "/proxies/a", { listen: upstream.address });
  assert.equal(moved.status, 500);
  const { body } = await ask(base, "GET", "/proxies/a");
  assert.deepEqual(body, {
    name: "a",
    listen: upstream.address,
    upstream: upstream.address,
    enabled: false,
    toxics: [],
  });
  const back = await ask(base, "PATCH", "/proxies/a", { listen: "127.0.0.1:0", enabled: true });
  assert.equal(back.status, 200);
  const client = await connectTo((back.body as { listen: string }).listen);
  client.send("x");
  assert.equal(await client.receive(1), "x");
});

test("a change to an address that is none leaves the proxy running", async () => {
  await using world = await startWorld();
  await using upstream = await startUpstream(true);
  const { base } = world;
  const created = await ask(base, "POST", "/proxies", { name: "a", upstream: upstream.address });
  assert.equal((await ask(base, "PATCH", "/proxies/a", { listen: "nowhere" })).status, 500);
  assert.equal((await ask(base, "PATCH", "/proxies/a", { upstream: "" })).status, 400);
  assert.deepEqual((await ask(base, "GET", "/proxies/a")).body, created.body);
});

test("two toxics of one name: 409, and there is no proxy", async () => {
  await using world = await startWorld();
  const toxics = [{ type: "timeout" }, { type: "latency", name: "timeout_downstream" }];
  const proxy = { name: "a", upstream: "127.0.0.1:1", toxics };
  assert.equal((await ask(world.base, "POST", "/proxies", proxy)).status, 409);
  assert.equal((await ask(world.base, "POST", "/populate", [proxy])).status, 409);
  assert.deepEqual(await world.toxiproxy.getAll(), {});
});

test("a change that changes nothing leaves connections alone", async () => {
  await using world = await startWorld();
  await using upstream = await startUpstream(true);
  const { toxiproxy } = world;
  const proxy = await toxiproxy.createProxy({ name: "a", listen: "localhost:0", upstream: upstream.address });
  const client = await connectTo(proxy.listen);
  client.send("x");
  await client.receive(1);
  await proxy.update({ ...proxy.toJson(), listen: proxy.listen.replace("127.0.0.1", "localhost") });
  await proxy.update({} as never);
  client.send("y");
  assert.equal(await client.receive(2), "xy");
});

test("reset enables every proxy and removes every toxic", async () => {
  await using world = await startWorld();
  const { toxiproxy } = world;
  const proxy = await toxiproxy.createProxy({ name: "a", listen: "", upstream: "127.0.0.1:1" });
  await proxy.addToxic({ type: "latency", attributes: { latency: 5 } } as never);
  await proxy.update({ ...proxy.toJson(), enabled: false });
  await toxiproxy.reset();
  const { body } = await ask(world.base, "GET", "/proxies/a");
  assert.deepEqual(body, { ...proxy.toJson(), enabled: true, toxics: [] });
});

test("populate creates what is missing, keeps what is the same, and replaces what is different", async () => {
  await using world = await startWorld();
  await using upstream = await startUpstream(true);
  const { toxiproxy, base } = world;
  const list = [
    { name: "a", listen: "localhost:0", upstream: upstream.address },
    { name: "b", listen: "localhost:0", upstream: upstream.address, enabled: false },
  ];
  const first = await toxiproxy.populate(list);
  assert.deepEqual(Object.keys(first), ["a", "b"]);
  assert.equal(first.b?.enabled, false);
  const client = await connectTo(first.a?.listen as string);
  client.send("x");
  await client.receive(1);
  await first.a?.addToxic({ type: "latency", attributes: { latency: 1 } } as never);

  const same = { ...list[0], listen: first.a?.listen as string };
  const second = await ask(base, "POST", "/populate", [
    same,
    { ...list[1], upstream: "127.0.0.1:1", enabled: true },
  ]);
  assert.equal(second.status, 201);
  const { proxies } = second.body as { proxies: { enabled: boolean; upstream: string; toxics: unknown[] }[] };
  assert.equal(proxies[0]?.toxics.length, 1);
  assert.equal(proxies[1]?.enabled, true);
  assert.equal(proxies[1]?.upstream, "127.0.0.1:1");
  client.send("y");
  assert.equal(await client.receive(2), "xy");
});

test("populate checks the whole list before it creates anything", async () => {
  await using world = await startWorld();
  const list = [
    { name: "a", upstream: "127.0.0.1:1" },
    { name: "b", upstream: "" },
  ];
  assert.deepEqual(await ask(world.base, "POST", "/populate", list), {
    status: 400,
    body: { error: "missing required field: upstream at proxy 2", status: 400, proxies: [] },
    type: "application/json",
  });
  assert.deepEqual(await world.toxiproxy.getAll(), {});
});

test("populate tells which proxies it created before a port was taken", async () => {
  await using world = await startWorld();
  await using upstream = await startUpstream();
  const list = [
    { name: "a", upstream: "127.0.0.1:1" },
    { name: "b", listen: upstream.address, upstream: "127.0.0.1:1" },
  ];
  const { status, body } = await ask(world.base, "POST", "/populate", list);
  assert.equal(status, 500);
  const { proxies } = body as { proxies: { name: string }[] };
  assert.deepEqual(
    proxies.map(({ name }) => name),
    ["a"],
  );
});

test("what the client of Go and toxiproxy-cli send is understood: null for no toxics, and more than a change needs", async () => {
  await using world = await startWorld();
  const proxy = { name: "a", listen: "127.0.0.1:0", upstream: "127.0.0.1:1", enabled: true, toxics: null };
  const created = await ask(world.base, "POST", "/proxies", proxy);
  assert.equal(created.status, 201);
  const { listen } = created.body as { listen: string };
  const saved = await ask(world.base, "PATCH", "/proxies/a", { ...proxy, listen, enabled: false });
  assert.deepEqual(saved.body, { ...proxy, listen, enabled: false, toxics: [] });
  const toxic = { name: "", type: "latency", stream: "", toxicity: 0.5, attributes: { latency: 5 } };
  const added = await ask(world.base, "POST", "/proxies/a/toxics", toxic);
  assert.equal(added.status, 200);
  assert.equal((added.body as { name: string }).name, "latency_downstream");
  const path = "/proxies/a/toxics/latency_downstream";
  const changed = await ask(world.base, "PATCH", path, { attributes: { jitter: 2 }, toxicity: 0.75 });
  assert.deepEqual(
    (await ask(world.base, "PATCH", path, { attributes: { latency: null } })).body,
    changed.body,
  );
  const upper = await ask(world.base, "POST", "/proxies/a/toxics", { type: "latency", stream: "Upstream" });
  assert.equal((upper.body as { name: string }).name, "latency_upstream");
  assert.deepEqual(changed, {
    status: 200,
    body: {
      name: "latency_downstream",
      type: "latency",
      stream: "downstream",
      toxicity: 0.75,
      attributes: { latency: 5, jitter: 2 },
    },
    type: "application/json",
  });
});

test("the version is one that clients can compare", async () => {
  await using world = await startWorld();
  const { version } = JSON.parse(await world.toxiproxy.getVersion()) as { version: string };
  assert.match(version, /^2\.\d+\.\d+\+wirepane\.0\.0\.0$/);
});

test("names of any kind are names", async () => {
  await using world = await startWorld();
  const names = ["__proto__", "constructor", "a b", "é", "a?b#c"];
  for (const name of names) await world.toxiproxy.createProxy({ name, listen: "", upstream: "127.0.0.1:1" });
  const { body } = await ask(world.base, "GET", "/proxies");
  assert.deepEqual(Object.keys(body as object), names);
  for (const name of names)
    assert.equal((await ask(world.base, "DELETE", `/proxies/${encodeURIComponent(name)}`)).status, 204, name);
});

test("what is asked for at once is carried out one behind the other", async () => {
  await using fleet = createFleet();
  const create = () => fleet.create({ name: "a", upstream: "127.0.0.1:1" });
  const results = await Promise.allSettled([create(), create(), create()]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "rejected"],
  );
  assert.equal(fleet.list().length, 1);
});

test("the root says what this is", async () => {
  await using world = await startWorld();
  const { status, body } = await ask(world.base, "GET", "/");
  assert.equal(status, 200);
  assert.match(String(body), /toxiproxy.*\n[\s\S]*POST \/populate/);
});

const BROWSERS: readonly (readonly [string, Record<string, string>, number])[] = [
  ["a browser's User-Agent", { "User-Agent": "Mozilla/5.0 (X11)" }, 403],
  ["a page", { Origin: "http://example.org" }, 403],
  ["a page of no origin", { Origin: "null" }, 403],
  ["a link from another site", { "Sec-Fetch-Site": "cross-site" }, 403],
  ["a name that is not ours (DNS rebinding)", { Host: "example.org" }, 421],
];

for (const [what, fields, status] of BROWSERS) {
  test(`${what} may not drive the proxies: ${status}`, async () => {
    await using world = await startWorld();
    const client = await connectTo(new URL(world.base).host);
    const content = JSON.stringify({ name: "a", upstream: "127.0.0.1:1" });
    const lines = Object.entries({ Host: "localhost", ...fields, "Content-Length": String(content.length) });
    client.send(
      `POST /proxies HTTP/1.1\r\nConnection: close\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${content}`,
    );
    assert.equal(await client.over, "end");
    client.socket.destroy();
    assert.match(client.received, new RegExp(`^HTTP/1.1 ${status} `));
    assert.deepEqual(await world.toxiproxy.getAll(), {});
  });
}

test("the API is served on loopback only", async () => {
  await using fleet = createFleet();
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "[::]", "example.org", ""])
    await assert.rejects(fleet.serveAdmin({ host, port: 0 }), { code: "PERMISSION" }, host);
  for (const host of ["127.0.0.2", "::1", "[::1]", "localhost"])
    await (await fleet.serveAdmin({ host, port: 0 })).close();
});

test("a fleet needs no API: proxies and their faults are made and changed in code", async () => {
  await using upstream = await startUpstream(true);
  await using fleet = createFleet({ seed: 7 });
  assert.equal(fleet.seed, 7);
  const faults = ["up:limit_data 3B"];
  const proxy = await fleet.create({ name: "a", upstream: upstream.address, faults });
  const [client, server] = await Promise.all([connectTo(proxy.listen), upstream.next()]);
  assert.deepEqual([fleet.open, fleet.refused], [1, 0]);
  proxy.faults.clear();
  client.send("hello");
  assert.equal(await server.receive(5), "hello");
  await assert.rejects(fleet.create({ name: "a", upstream: upstream.address }), { code: "PROXY_EXISTS" });
  await assert.rejects(fleet.create({ name: "b", upstream: "1", faults: ["latancy"] }), {
    name: "FaultError",
  });
  await assert.rejects(fleet.create({ name: "b", upstream: "no port" }), { code: "BAD_BODY" });
  await assert.rejects(fleet.populate("{}"), { code: "BAD_BODY" });
  const taken = { name: "b", listen: upstream.address, upstream: "1" };
  await assert.rejects(fleet.create(taken), (error: Error) => {
    assert.equal((error.cause as { code: string }).code, "ADDRESS_IN_USE");
    return error instanceof AdminError && error.code === "CANNOT_LISTEN";
  });
  assert.deepEqual(
    fleet.list().map(({ name }) => name),
    ["a"],
  );
  const stopped = fleet.stop({ drainMs: 60_000 });
  client.socket.end();
  assert.deepEqual(await stopped, { drained: true, aborted: 0 });
  assert.deepEqual(fleet.list(), []);
});
