import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { test } from "node:test";
import tls from "node:tls";
import { latin1 } from "../../src/bytes/text.ts";
import { connect } from "../../src/tcp/connect.ts";
import { echo } from "../../src/tcp/echo.ts";
import { listen } from "../../src/tcp/listen.ts";
import type { ConnectionEvent } from "../../src/tcp/observer.ts";
import { hookSockets } from "../../src/watch/hooks.ts";
import { CERTIFICATE } from "../support/certificate.ts";

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
    const closed = once(server, "close");
    server.close();
    if (server instanceof http.Server || server instanceof https.Server) server.closeAllConnections();
    await closed;
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

/** A server that speaks TLS from the second chunk on, and a client that connected in plain. */
async function startTls(use: (port: number) => Promise<void>): Promise<void> {
  const server = net.createServer((socket) => {
    socket.once("data", () => {
      socket.write("go\r\n");
      const secure = new tls.TLSSocket(socket, { isServer: true, ...CERTIFICATE });
      secure.on("error", () => {}).on("data", (bytes: Buffer) => secure.end(`got ${bytes}`));
    });
  });
  await serving(server, use);
}

test("a connection that begins in plain and goes on in TLS is one, and all of it is seen in plain", async () => {
  using seen = hooked();
  await startTls(async (port) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.write("STARTTLS\r\n");
    await once(socket, "data");
    const secure = tls.connect({ socket, ca: CERTIFICATE.cert, servername: "localhost" });
    secure.write("hello");
    assert.equal(String((await once(secure, "data"))[0]), "got hello");
    secure.end();
    await once(secure.resume(), "close");
  });
  const [[client, ...clients], [ofServer, ...servers]] = [seen.of("client"), seen.of("server")];
  assert.deepEqual([clients.length, servers.length], [0, 0]);
  assert.deepEqual([text(client, "write"), text(client, "read")], ["STARTTLS\r\nhello", "go\r\ngot hello"]);
  assert.deepEqual(
    [text(ofServer, "read"), text(ofServer, "write")],
    ["STARTTLS\r\nhello", "go\r\ngot hello"],
  );
  for (const events of [client, ofServer]) {
    const end = events?.at(-1);
    assert.ok(end?.kind === "closed");
    assert.equal(end.bytesIn + end.bytesOut, "STARTTLS\r\nhellogo\r\ngot hello".length);
    assert.ok(!kinds(events).includes("dropped"));
  }
});

test("what a client wrote to a server that it does not trust is not told as sent", async () => {
  using seen = hooked();
  const server = https.createServer(CERTIFICATE, () => assert.fail("the request was sent"));
  await serving(server, async (port) => {
    const request = https.get({ port, host: "127.0.0.1", path: "/secret", agent: false });
    await assert.rejects(once(request, "response"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  });
  const [client] = seen.of("client");
  assert.ok(kinds(client).includes("tls"));
  assert.equal(text(client, "write"), "");
  assert.equal(text(seen.of("server")[0], "read"), "");
});

test("the bytes of HTTP/2 pass unseen, and are counted", async () => {
  using seen = hooked();
  const server = http2.createServer().on("stream", (stream) => {
    stream.respond({ ":status": 200 });
    stream.end("hello");
  });
  await serving(server, async (port) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const request = session.request({ ":path": "/" });
    assert.equal(String((await once(request, "data"))[0]), "hello");
    session.close();
    await once(session, "close");
  });
  const gap = seen.of("client")[0]?.find(({ kind }) => kind === "dropped");
  assert.ok(gap?.kind === "dropped" && gap.bytesIn > 0 && gap.bytesOut > 0);
});

test("our own connections are seen once, as all sockets", async () => {
  using seen = hooked();
  const listener = await listen({ handler: echo, tls: CERTIFICATE });
  const { address } = listener;
  const connection = await connect({
    port: "port" in address ? address.port : 0,
    tls: { ca: [CERTIFICATE.cert], servername: "localhost" },
  });
  await connection.write("hello");
  assert.equal(latin1((await connection.read()) ?? new Uint8Array()), "hello");
  await connection.end();
  await connection.closed;
  await listener.stop();
  const [[client, ...clients], [ofServer, ...servers]] = [seen.of("client"), seen.of("server")];
  assert.deepEqual([clients.length, servers.length], [0, 0]);
  assert.deepEqual([text(client, "write"), text(client, "read")], ["hello", "hello"]);
  assert.deepEqual([text(ofServer, "read"), text(ofServer, "write")], ["hello", "hello"]);
});

test("a socket that reads into memory of the program is seen, too", async () => {
  using seen = hooked();
  const server = net.createServer((socket) => socket.end("into memory"));
  await serving(server, async (port) => {
    const parts: string[] = [];
    const onread = {
      buffer: Buffer.alloc(4),
      callback: (length: number, memory: Uint8Array) => parts.push(latin1(memory, 0, length)) > 0,
    };
    await once(net.connect({ port, host: "127.0.0.1", onread }), "close");
    assert.equal(parts.join(""), "into memory");
  });
  assert.equal(text(seen.of("client")[0], "read"), "into memory");
});

test("every way to write is seen as the bytes that arrive", async () => {
  using seen = hooked();
  const received: Buffer[] = [];
  const server = net.createServer((socket) => socket.on("data", (bytes: Buffer) => received.push(bytes)));
  await serving(server, async (port) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.write("before it is open · ü");
    socket.write("ff00", "hex");
    await once(socket, "connect");
    socket.cork();
    for (const part of ["latin1 ü", "€".repeat(40_000)])
      socket.write(part, part.length < 10 ? "latin1" : "utf8");
    socket.write(new Uint8Array([1, 2, 3]));
    socket.uncork();
    socket.end("AAEC", "base64");
    await once(socket.resume(), "close");
  });
  assert.equal(text(seen.of("client")[0], "write"), Buffer.concat(received).toString("latin1"));
});

test("a socket that the program passes to another process is handed over, and no FIN is told", async (t) => {
  using seen = hooked();
  const child = spawn(
    process.execPath,
    ["-e", 'process.once("message", (_, socket) => socket.end("there"))'],
    {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    },
  );
  t.after(() => child.kill("SIGKILL"));
  const server = net.createServer((socket) => child.send("take", socket));
  const answer = await serving(server, async (port) => {
    const pieces = await net.connect(port, "127.0.0.1").toArray();
    return String(Buffer.concat(pieces));
  });
  assert.equal(answer, "there");
  assert.deepEqual(kinds(seen.of("server")[0]), ["accepted", "closed"]);
  assert.deepEqual(seen.of("server")[0]?.at(-1), {
    kind: "closed",
    how: "handed-over",
    bytesIn: 0,
    bytesOut: 0,
  });
});
