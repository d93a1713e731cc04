import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import net from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { utf8 } from "../../src/bytes/text.ts";
import { formatAddress } from "../../src/tcp/address.ts";
import { type ConnectOptions, connect } from "../../src/tcp/connect.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { listen } from "../../src/tcp/listen.ts";
import type { ConnectionEvent } from "../../src/tcp/observer.ts";
import type { Lookup } from "../../src/tcp/resolve.ts";

const greet = async (connection: { write(text: string): Promise<void> }) => connection.write("hello");

/** A port where no program listens: a listener has just given it back. */
async function unusedPort(): Promise<number> {
  await using listener = await listen({ handler: greet });
  return portOf(listener);
}

function portOf({ address }: { address: { family: string } }): number {
  return (address as unknown as { port: number }).port;
}

/** A look-up that returns these addresses for every name. */
const answering =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses.map((address) => ({ address, family: net.isIP(address) }));

/** A process that listens and never accepts. It prints its port. */
function listeningInVain(options: net.ListenOptions): ChildProcessByStdio<null, Readable, null> {
  const script = [
    `const server = require("net").createServer().listen(${JSON.stringify(options)}, () => {`,
    "  process.stdout.write(String(server.address().port));",
    "  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
    "});",
  ].join("\n");
  return spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
}

/**
 * An address that stays silent. A process listens there but never accepts, and its backlog is full, so the kernel drops
 * further connections.
 */
async function silentServer(host: string): Promise<{ port: number; close(): Promise<void> }> {
  const child = listeningInVain({ host, port: 0, backlog: 1 });
  const [printed] = await once(child.stdout, "data");
  const port = Number(printed);
  // Two connections fill a backlog of one: the kernel takes one more than asked for.
  const fillers = [1, 2].map(() => net.connect({ host, port }).on("error", () => {}));
  await Promise.all(fillers.map((filler) => once(filler, "connect")));
  return {
    port,
    close: async () => {
      for (const filler of fillers) filler.destroy();
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

test("a refused connection says who refused, when, and why", async () => {
  const port = await unusedPort();
  const error = await failure(connect({ host: "127.0.0.1", port }));
  assert.equal(error.code, "CONNECT_REFUSED");
  assert.equal(error.phase, "connect");
  assert.match(
    error.message,
    new RegExp(`^connect 127\\.0\\.0\\.1:${port} refused after \\d+\\.\\d ms: nothing listens there$`),
  );
  assert.equal(error.attempts.length, 1);
});

test("localhost is both loopback addresses, tried without asking a name server", async () => {
  await using listener = await listen({ handler: greet });
  const seen: ConnectionEvent[] = [];
  await using connection = await connect({
    host: "localhost",
    port: portOf(listener),
    lookup: () => assert.fail("localhost was looked up"),
    observer: { connection: (event) => seen.push(event) },
  });
  const [first] = seen;
  assert.ok(first?.kind === "resolve" && (first.durationMs ?? -1) >= 0);
  assert.deepEqual([first.host, first.addresses], ["localhost", ["::1", "127.0.0.1"]]);
  assert.equal(connection.remote.family, "IPv4");
  assert.equal(utf8((await connection.read()) ?? new Uint8Array()), "hello");
});

test("when one address fails the next is tried at once", async () => {
  await using listener = await listen({ host: "127.0.0.2", handler: greet });
  await using connection = await connect({
    host: "two.example",
    port: portOf(listener),
    lookup: answering("127.0.0.1", "127.0.0.2"),
    attemptDelayMs: 60_000, // longer than the whole may take
  });
  assert.equal((connection.remote as { host: string }).host, "127.0.0.2");
});

test("a silent address does not hold up the next one, and loses the race", async () => {
  const silent = await silentServer("127.0.0.3");
  try {
    await using listener = await listen({ host: "127.0.0.2", port: silent.port, handler: greet });
    const kinds: string[] = [];
    await using connection = await connect({
      host: "two.example",
      port: portOf(listener),
      lookup: answering("127.0.0.3", "127.0.0.2"),
      attemptDelayMs: 20,
      observer: { connection: ({ kind }) => kinds.push(kind) },
    });
    assert.equal((connection.remote as { host: string }).host, "127.0.0.2");
    assert.deepEqual(kinds.slice(0, 4), ["resolve", "attempt", "attempt", "connected"]);
    // We close the loser, and do not wait until the kernel gives up.
    while (process.getActiveResourcesInfo().includes("ConnectWrap")) await setImmediate();
  } finally {
    await silent.close();
  }
});

test("families take turns, beginning with the one the resolver puts first", async () => {
  const port = await unusedPort();
  const tried: string[] = [];
  const error = await failure(
    connect({
      host: "many.example",
      port,
      lookup: answering("::1", "::1", "127.0.0.1", "127.0.0.2"),
      observer: { connection: (event) => event.kind === "attempt" && tried.push(event.remote.family) },
    }),
  );
  assert.deepEqual(tried, ["IPv6", "IPv4", "IPv6", "IPv4"]);
  assert.equal(error.attempts.length, 4);
  assert.match(
    error.message,
    /^connect many\.example:\d+ failed: \[::1\]:\d+ refused .*; 127\.0\.0\.1:\d+ refused/,
  );
});

test("one deadline covers the whole connect, and its error names every address that did not answer", async () => {
  const silent = await silentServer("127.0.0.3");
  try {
    const error = await failure(connect({ host: "127.0.0.3", port: silent.port, timeoutMs: 50 }));
    assert.equal(error.code, "TIMEOUT_CONNECT");
    assert.deepEqual(
      error.attempts.map(({ error }) => error),
      ["no answer"],
    );
  } finally {
    await silent.close();
  }
});

test("the deadline also covers a name server that does not answer", async () => {
  const error = await failure(
    connect({ host: "slow.example", port: 80, timeoutMs: 20, lookup: () => new Promise(() => {}) }),
  );
  assert.equal(error.code, "TIMEOUT_CONNECT");
  assert.equal(error.phase, "resolve");
});

test("a name that cannot be resolved is named, with the resolver's code", async () => {
  const lookup = async () => {
    throw Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" });
  };
  const error = await failure(connect({ host: "no.such.host", port: 80, lookup }));
  assert.equal(error.code, "DNS");
  assert.equal(error.message, 'host name "no.such.host" cannot be resolved (ENOTFOUND)');
});

test("a name without an address of the family asked for is a DNS error", async () => {
  const error = await failure(
    connect({ host: "v4.example", port: 80, family: 6, lookup: answering("127.0.0.1") }),
  );
  assert.equal(error.message, 'host name "v4.example" has no IPv6 address');
});

for (const host of [
  "127.0.0.1\0.evil",
  "a b",
  "a\r\nb",
  "a\u001b[31m",
  "",
  "a/b",
  "user@host",
  "\u00e9.example",
  // Some resolvers read these as addresses, and programs that compare names read them as names.
  "0x7f.0.0.1",
  "0177.0.0.1",
  "127.1",
  "2130706433",
  "0x7f000001",
  "127.0.0.1.",
  "256.0.0.1",
  "a.1",
  "127.0.0.1\0.evil",
  "ex%61mple.org",
  "example.org:80",
  "[::1",
  "a<b",
  ":80.localhost",
]) {
  test(`${JSON.stringify(host)} is refused as a host before any look-up`, async () => {
    const error = await failure(connect({ host, port: 80, lookup: () => assert.fail("it was looked up") }));
    assert.equal(error.code, "HOST_INVALID");
    // None of these may reach a terminal.
    assert.doesNotMatch(error.message, /[\u0000-\u001f]/);
  });
}

for (const port of [0, -1, 65_536, 1.5, Number.NaN, undefined]) {
  test(`${port} is refused as a port`, async () => {
    const error = await failure(connect({ host: "127.0.0.1", ...(port !== undefined && { port }) }));
    assert.match(error.message, /^a port is a number from 1 to 65535/);
  });
}

test("the error says in words that a Unix socket does not exist", async () => {
  const error = await failure(connect({ path: "/tmp/wirepane-no-such.sock" }));
  assert.match(
    error.message,
    /^connect \/tmp\/wirepane-no-such\.sock failed after .* ms: there is no such socket file$/,
  );
});

test("an error of the system has words", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wirepane-connect-"));
  try {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at("file"), "");
    symlinkSync(at("loop"), at("loop"));
    const cases: [options: ConnectOptions, words: RegExp][] = [
      [{ path: at("file/socket") }, /: a part of the path is not a directory$/],
      [{ path: at("loop") }, /: the path leads through too many symbolic links$/],
    ];
    for (const [options, words] of cases) assert.match((await failure(connect(options))).message, words);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a link-local address wants an interface of this machine, on every Node line", async () => {
  for (const [host, words] of [
    ["fe80::1", /: a link-local address wants the name of an interface, as in fe80::1%eth0$/],
    ["fe80::1%nosuch", /: this machine has no interface "nosuch"$/],
    ["FE80::1%65000", /: this machine has no interface "65000"$/],
    ["febf::1%nosuch", /: this machine has no interface "nosuch"$/],
  ] as const) {
    const error = await failure(connect({ host, port: 1 }));
    assert.match(error.message, words);
    assert.equal(error.code, "CONNECT_FAILED");
  }
});

/** A link-local address of this machine, with the name and the number of its interface. */
const [linkLocal] = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
  addresses.flatMap((each) =>
    each.family === "IPv6" && each.address.startsWith("fe80:")
      ? [{ address: each.address, name, scope: each.scopeid }]
      : [],
  ),
);
test("the zone of a link-local address is the name or the number of an interface", {
  skip: linkLocal === undefined && "this machine has no link-local address",
}, async () => {
  const { address, name, scope } = linkLocal as NonNullable<typeof linkLocal>;
  for (const zone of [name, scope]) {
    await using listener = await listen({ host: `${address}%${zone}`, handler: greet });
    const connection = await connect({ host: `${address}%${zone}`, port: portOf(listener) });
    assert.equal(utf8((await connection.read()) as Uint8Array), "hello");
    connection.abort();
  }
});

test("a Unix socket whose backlog is full says so", { skip: process.platform !== "linux" }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "wirepane-connect-"));
  const path = join(folder, "socket");
  const child = listeningInVain({ path, backlog: 1 });
  const fillers: net.Socket[] = [];
  try {
    await once(child.stdout, "data");
    for (let free = true; free; ) {
      const filler = net.connect({ path });
      fillers.push(filler);
      free = await new Promise((settle) => {
        filler.once("connect", () => settle(true)).once("error", () => settle(false));
      });
    }
    assert.match((await failure(connect({ path }))).message, /: the backlog of the server is full$/);
  } finally {
    for (const filler of fillers) filler.destroy();
    child.kill("SIGKILL");
    await once(child, "exit");
    rmSync(folder, { recursive: true });
  }
});

test("a local port that is taken is named", async () => {
  await using listener = await listen({ handler: greet });
  const port = portOf(listener);
  const error = await failure(connect({ port, localPorts: [port, port] }));
  assert.equal(error.code, "ADDRESS_IN_USE");
  assert.match(error.message, new RegExp(`: the local port ${port} is in use$`));
});

test("local ports that are all taken are named", async () => {
  await using listener = await listen({ handler: greet });
  const first = portOf(listener);
  // The next port may be taken as well, or not.
  const next = await listen({ port: first + 1, handler: greet }).catch(() => undefined);
  const error = await failure(connect({ port: first, localPorts: [first, first + 1] }));
  await next?.close();
  assert.equal(error.code, "ADDRESS_IN_USE");
  assert.match(error.message, new RegExp(`: the local ports ${first} to ${first + 1} are in use$`));
});

test("an abort while it connects ends the wait, and its cause is kept", async () => {
  const silent = await silentServer("127.0.0.3");
  try {
    const controller = new AbortController();
    const attempted = connect({
      host: "127.0.0.3",
      port: silent.port,
      signal: controller.signal,
      observer: {
        connection: ({ kind }) =>
          kind === "attempt" && queueMicrotask(() => controller.abort("changed my mind")),
      },
    });
    const error = await failure(attempted);
    assert.equal(error.code, "ABORTED");
    assert.equal(error.cause, "changed my mind");
  } finally {
    await silent.close();
  }
});

test("with an aborted signal no connection is opened", async () => {
  await using listener = await listen({ handler: greet });
  const error = await failure(connect({ port: portOf(listener), signal: AbortSignal.abort() }));
  assert.equal(error.code, "ABORTED");
  assert.equal(listener.accepted, 0);
});

test("a signal has no listener left when the connection is made, or has failed", async () => {
  await using listener = await listen({ handler: greet });
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };
  await using _connection = await connect({ port: portOf(listener), signal });
  assert.equal(listeners, 0);
  await failure(connect({ port: await unusedPort(), signal }));
  assert.equal(listeners, 0);
});

test("a local address can be chosen, and must be one", async () => {
  await using listener = await listen({ handler: greet });
  await using connection = await connect({ port: portOf(listener), localAddress: "127.0.0.9" });
  assert.equal((connection.local as { host: string }).host, "127.0.0.9");
  const error = await failure(connect({ port: portOf(listener), localAddress: "nonsense" }));
  assert.equal(error.code, "HOST_INVALID");
});

test("the address policy is asked each time, about the address that is dialled", async () => {
  await using listener = await listen({ handler: greet });
  const port = portOf(listener);
  // A name server that changes its answer: DNS rebinding.
  const answers = ["192.0.2.1", "127.0.0.1"];
  const asked: string[] = [];
  const options: ConnectOptions = {
    host: "rebinding.test",
    port,
    lookup: async () => [{ address: answers.shift() ?? "127.0.0.1", family: 4 }],
    addressPolicy: (address) => {
      asked.push(formatAddress(address));
      return !formatAddress(address).startsWith("127.");
    },
    timeoutMs: 50,
  };
  assert.notEqual((await failure(connect(options))).code, "ADDRESS_REFUSED", "it was dialled");
  const error = await failure(connect(options));
  assert.equal(error.code, "ADDRESS_REFUSED");
  assert.equal(error.message, `the address policy refuses 127.0.0.1:${port}`);
  assert.deepEqual(asked, [`192.0.2.1:${port}`, `127.0.0.1:${port}`]);
});

test("only the addresses that the policy allows are dialled", async () => {
  await using listener = await listen({ handler: greet });
  const attempts: string[] = [];
  await using connection = await connect({
    host: "two.test",
    port: portOf(listener),
    lookup: async () => [
      { address: "192.0.2.1", family: 4 },
      { address: "127.0.0.1", family: 4 },
    ],
    addressPolicy: (address) => address.family !== "unix" && address.host === "127.0.0.1",
    observer: {
      connection: (event) => {
        if (event.kind === "attempt") attempts.push(formatAddress(event.remote));
      },
    },
  });
  assert.equal(connection.remote.family, "IPv4");
  assert.deepEqual(attempts, [formatAddress(connection.remote)]);
});

test("a look-up must return addresses", async () => {
  const lookup = async () => [{ address: "127.0.0.1\0.evil", family: 4 }];
  assert.equal((await failure(connect({ host: "a.test", port: 80, lookup }))).code, "DNS");
});

async function failure(connecting: Promise<unknown>): Promise<TransportError> {
  try {
    await connecting;
  } catch (error) {
    assert.ok(error instanceof TransportError, String(error));
    return error;
  }
  assert.fail("it connected");
}

test("an observer is told that a name has no address", async () => {
  const events: ConnectionEvent[] = [];
  const observer = { connection: (event: ConnectionEvent) => events.push(event) };
  const lookup = () => Promise.reject(Object.assign(new Error("none"), { code: "ENOTFOUND" }));
  await assert.rejects(connect({ host: "nowhere.example", port: 1, lookup, observer }), { code: "DNS" });
  assert.deepEqual(
    events.map((event) => [event.kind, event.kind === "error" && event.code]),
    [["error", "DNS"]],
  );
});
