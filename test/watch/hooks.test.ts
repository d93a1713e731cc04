import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { test } from "node:test";
import { latin1 } from "../../src/bytes/text.ts";
import type { ConnectionEvent } from "../../src/tcp/observer.ts";
import { hookSockets } from "../../src/watch/hooks.ts";

type Role = "client" | "server";

/** Everything that the hooks tell, by connection. Bytes are copied. */
function hooked(fault?: (error: unknown) => void) {
  const ends: { readonly role: Role; readonly events: ConnectionEvent[] }[] = [];
  const off = hookSockets((role) => {
    const events: ConnectionEvent[] = [];
    ends.push({ role, events });
    return {
      connection(event) {
        events.push("bytes" in event ? { ...event, bytes: new Uint8Array(event.bytes) } : event);
      },
    };
  }, fault);
  const of = (role: Role) => ends.filter((end) => end.role === role).map(({ events }) => events);
  return { ends, of, off, [Symbol.dispose]: off };
}

const kinds = (events: readonly ConnectionEvent[] | undefined): string[] =>
  (events ?? []).map(({ kind }) => kind);

/** All bytes of one direction, as text. */
function text(events: readonly ConnectionEvent[] | undefined, kind: "read" | "write"): string {
  return (events ?? []).map((event) => (event.kind === kind ? latin1(event.bytes) : "")).join("");
}

/** Serves on a free port for the time of `use`. */
async function serving<T>(server: net.Server, use: (port: number) => Promise<T>): Promise<T> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    server.close();
    if (server instanceof http.Server) server.closeAllConnections();
    if (server.listening) await once(server, "close");
  }
}

test("both ends of a request of fetch are seen, byte for byte", async () => {
  using seen = hooked();
  const server = http.createServer((request, response) => {
    request.resume().on("end", () => response.end(`hello ${request.url}`));
  });
  const answer = await serving(server, async (port) => {
    const response = await fetch(`http://127.0.0.1:${port}/a`, { method: "POST", body: "content" });
    return response.text();
  });
  assert.equal(answer, "hello /a");
  const [[client], [ofServer]] = [seen.of("client"), seen.of("server")];
  assert.match(text(client, "write"), /^POST \/a HTTP\/1\.1\r\n[\s\S]*\r\n\r\ncontent$/);
  assert.equal(text(ofServer, "read"), text(client, "write"));
  assert.match(text(client, "read"), /^HTTP\/1\.1 200 OK\r\n[\s\S]*hello \/a/);
  assert.equal(text(ofServer, "write"), text(client, "read"));
});

test("both ends have the same addresses, also where the server hears IPv4 on an IPv6 socket", async () => {
  using seen = hooked();
  const server = net.createServer((socket) => socket.end("x"));
  server.listen(0);
  await once(server, "listening");
  const socket = net.connect((server.address() as AddressInfo).port, "127.0.0.1").resume();
  await once(socket, "close");
  server.close();
  await once(server, "close");
  const connected = seen.of("client")[0]?.find(({ kind }) => kind === "connected");
  const accepted = seen.of("server")[0]?.find(({ kind }) => kind === "accepted");
  assert.ok(connected?.kind === "connected" && accepted?.kind === "accepted");
  assert.deepEqual(accepted.remote, connected.local);
  assert.deepEqual(accepted.local, connected.remote);
});

test("the events of a connection are those of our own connections", async () => {
  using seen = hooked();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("data", () => {}).on("end", () => socket.end("bye"));
  });
  await serving(server, async (port) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.end("hi");
    socket.resume();
    await once(socket, "close");
  });
  assert.deepEqual(kinds(seen.of("client")[0]), [
    "attempt",
    "connected",
    "write",
    "end",
    "read",
    "peer-end",
    "closed",
  ]);
  assert.deepEqual(kinds(seen.of("server")[0]), ["accepted", "read", "peer-end", "write", "end", "closed"]);
});

test("a reset is an abort at the end that made it, and a peer-abort at the other", async () => {
  using seen = hooked();
  const server = net.createServer((socket) => {
    socket.on("error", () => {}).once("data", () => socket.resetAndDestroy());
  });
  await serving(server, async (port) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.write("hi");
    await assert.rejects(once(socket, "data"), { code: "ECONNRESET" });
  });
  assert.deepEqual(kinds(seen.of("client")[0]).slice(-2), ["peer-abort", "closed"]);
  assert.deepEqual(kinds(seen.of("server")[0]).slice(-2), ["abort", "closed"]);
});

test("an attempt that nobody answers is told with its reason", async () => {
  using seen = hooked();
  const server = net.createServer();
  const port = await serving(server, async (free) => free);
  await assert.rejects(once(net.connect(port, "127.0.0.1"), "connect"), { code: "ECONNREFUSED" });
  const events = seen.of("client")[0] ?? [];
  assert.deepEqual(kinds(events), ["attempt", "attempt-failed"]);
  assert.ok(events[1]?.kind === "attempt-failed");
  assert.match(events[1].error, /ECONNREFUSED/);
});

test("an observer that throws takes the hooks off, and the program gets its answer", async () => {
  const faults: unknown[] = [];
  const { push } = net.Socket.prototype;
  const off = hookSockets(
    () => ({
      connection({ kind }) {
        if (kind === "read") throw new Error("ours");
      },
    }),
    (error) => faults.push(error),
  );
  const server = http.createServer((_, response) => response.end("hello"));
  const answer = await serving(server, async (port) => (await fetch(`http://127.0.0.1:${port}`)).text());
  assert.equal(answer, "hello");
  assert.deepEqual(
    faults.map((error) => (error as Error).message),
    ["ours"],
  );
  assert.equal(net.Socket.prototype.push, push);
  off();
});

test("once the hooks are off, Node is as it was", () => {
  const shapes = () =>
    [net.Socket.prototype, net.Server.prototype].map((each) => Object.getOwnPropertyDescriptors(each));
  const before = shapes();
  const off = hookSockets(() => undefined);
  assert.notDeepEqual(shapes(), before);
  off();
  assert.deepEqual(shapes(), before);
});

test("a connection that was open before the hooks is not told", async () => {
  const server = net.createServer((socket) => socket.pipe(socket));
  await serving(server, async (port) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.write("before");
    await once(socket, "data");
    using seen = hooked();
    socket.write("behind");
    await once(socket, "data");
    socket.end();
    await once(socket.resume(), "close");
    assert.deepEqual(seen.ends, []);
  });
});
