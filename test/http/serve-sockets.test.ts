import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, before, test } from "node:test";
import { text } from "../../src/http/server/handler.ts";
import { type HttpServer, type ServeOptions, serve } from "../../src/http/server/server.ts";
import { settled } from "./raw-client.ts";

/*
 * The answers of a server to peers that break rules, on real sockets. Bytes may follow the fault, in the socket or on
 * their way. The answers before the fault and the answer to it arrive, and the bytes after it never become a request.
 */

const G = "GET /good HTTP/1.1\r\nHost: a\r\n\r\n";
const P = "POST /post HTTP/1.1\r\nHost: a\r\n";
const CHUNKED = `${P}Transfer-Encoding: chunked\r\n`;
const EVIL = "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n";

const BROKEN: readonly [name: string, bytes: string, status: number][] = [
  ["two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["a bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400],
  ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
  ["a blank before a colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400],
  ["a length and a coding", `${CHUNKED}Content-Length: 5\r\n\r\n0\r\n\r\n`, 400],
  ["two lengths", `${P}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`, 400],
  ["a chunk without its end", `${CHUNKED}\r\n5\r\nhelloXX`, 400],
  ["a trailer that frames", `${CHUNKED}\r\n0\r\nContent-Length: 5\r\n\r\n`, 400],
  ["a content beyond the limit", `${P}Content-Length: 11000000\r\n\r\n`, 413],
  ["a long target", `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
  ["an expectation nobody knows", `${P}Content-Length: 5\r\nExpect: x\r\n\r\n`, 417],
  ["a long field", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431],
  ["an unknown coding", `${P}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
  ["CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 501],
  ["HTTP/3.0", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505],
  ["TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
];

let server: HttpServer;
let paths: string[] = [];
/** For each connection, the sizes of the server's writes. */
const writes = new Map<number, number[]>();

const handler: ServeOptions["handler"] = async (request) => {
  paths.push(request.path);
  await Promise.resolve();
  return text(request.path === "/post" ? String((await request.bytes()).length) : "ok");
};

before(async () => {
  server = await serve({
    handler,
    observe: () => {
      const sizes: number[] = [];
      return {
        connection: (event) => {
          if (event.kind === "accepted" && event.remote.family !== "unix")
            writes.set(event.remote.port, sizes);
          if (event.kind === "write") sizes.push(event.bytes.length);
        },
      };
    },
  });
});
after(() => server.close());

interface Said {
  readonly text: string;
  readonly statuses: readonly number[];
  /** The sizes of the server's writes. */
  readonly writes: readonly number[];
}

/** Everything that comes back until the server's FIN. A reset before that is an error. */
async function say(...pieces: readonly (string | Uint8Array)[]): Promise<Said> {
  const { port } = server.address as { port: number };
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  await once(socket, "connect");
  const sizes = writes.get(socket.localPort as number);
  let received = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    received += chunk;
  });
  const ended = once(socket, "end");
  for (const piece of pieces) {
    socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece);
    if (pieces.length > 1) await settled();
  }
  await ended;
  socket.on("error", () => {}).destroy(); // bytes that the server did not read may now cause a reset
  const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  return { text: received, statuses, writes: sizes ?? writes.get(socket.localPort as number) ?? [] };
}

for (const [name, bytes, status] of BROKEN) {
  test(`${name} is ${status} and the end, whatever is behind and before it`, async () => {
    paths = [];
    const alone = await say(bytes);
    assert.deepEqual(alone.statuses, [status]);
    assert.match(alone.text, /\r\nConnection: close\r\n/);
    assert.deepEqual(alone.writes, [alone.text.length], "one write, so one segment");

    assert.deepEqual((await say(bytes + EVIL + EVIL)).statuses, [status]);
    assert.deepEqual((await say(G + G + bytes + EVIL)).statuses, [200, 200, status]);
    assert.deepEqual((await say(G, bytes.slice(0, 9), bytes.slice(9), EVIL)).statuses, [200, status]);
    // More bytes than the server reads: the unread bytes must not destroy its answer.
    const rest = new Uint8Array(256 * 1024).fill(0x78);
    assert.deepEqual((await say(bytes, rest, rest, rest, rest)).statuses, [status]);
    assert.doesNotMatch(paths.join(), /evil/);
  });
}

const CONTENT = "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

for (const [name, fields, content] of [
  ["with a length", `Content-Length: ${CONTENT.length}\r\n`, CONTENT],
  [
    "in chunks",
    "Transfer-Encoding: chunked\r\n",
    `${CONTENT.length.toString(16)}\r\n${CONTENT}\r\n0\r\n\r\n`,
  ],
] as const) {
  for (const method of ["GET", "HEAD", "POST", "DELETE", "OPTIONS", "FOO"]) {
    for (const [what, more] of [
      ["", ""],
      [" and an Upgrade", "Connection: Upgrade\r\nUpgrade: websocket\r\n"],
      [
        " and an Upgrade to h2c",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
      ],
      [" and an expectation", "Expect: 100-continue\r\n"],
    ] as const) {
      test(`the content of ${method} ${name}${what} never becomes a request`, async () => {
        paths = [];
        const head = `${method} /unread HTTP/1.1\r\nHost: a\r\n${more}${fields}\r\n`;
        assert.deepEqual((await say(head + content + LAST)).statuses, [200, 200]);
        assert.deepEqual(paths, ["/unread", "/last"]);
        // With chunks the server may have to end the connection, since it cannot know the length of the rest.
        for (const cut of [head.length, head.length + 10, head.length + content.length]) {
          paths = [];
          const whole = head + content + LAST;
          const { statuses } = await say(whole.slice(0, cut), whole.slice(cut));
          assert.ok(statuses.every((status) => status === 200));
          assert.ok(["/unread", "/unread,/last"].includes(paths.join()), paths.join());
        }
      });
    }
  }
}

test("bytes after a CONNECT are never a request, content or not", async () => {
  for (const rest of [
    "\r\n",
    `Content-Length: 5\r\n\r\nhello`,
    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ]) {
    paths = [];
    const { statuses } = await say(`CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n${rest}${EVIL}${EVIL}`);
    assert.deepEqual(statuses, [501]);
    assert.deepEqual(paths, []);
  }
});

test("a client that ends its direction inside a request gets a 400", async () => {
  const { port } = server.address as { port: number };
  for (const part of [
    "GET / HT",
    `${G}GET /`,
    `${P}Content-Length: 5\r\n\r\nhel`,
    `${CHUNKED}\r\n5\r\nhello\r\n`,
  ]) {
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let received = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      received += chunk;
    });
    socket.end(part);
    await once(socket, "end");
    assert.match(received, /(^|ok)HTTP\/1\.1 400 [\s\S]*Connection: close\r\n/);
  }
});

test("of 100,000 pipelined requests one is in process, and no more than one read's bytes are read", async () => {
  let inProcess = 0;
  let most = 0;
  let read = 0;
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await using busy = await serve({
    handler: async () => {
      most = Math.max(most, ++inProcess);
      await held;
      inProcess--;
      return text("ok");
    },
    maxRequestsPerConnection: Number.POSITIVE_INFINITY,
    observe: () => ({
      connection: (event) => {
        if (event.kind === "read") read += event.bytes.length;
      },
    }),
  });
  const socket = net.connect((busy.address as { port: number }).port, "127.0.0.1");
  const requests = 100_000;
  const block = Buffer.from(G.repeat(1000));
  for (let i = 0; i < requests / 1000; i++) socket.write(block);
  while (inProcess === 0) await settled();
  for (let i = 0; i < 100; i++) await settled();
  assert.ok(read <= 2 * 65_536, `${read} bytes were read ahead`);
  release();
  let tail = "";
  let answered = 0;
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    const pieces = (tail + chunk).split("HTTP/1.1 200 OK\r\n");
    answered += pieces.length - 1;
    tail = (pieces.at(-1) ?? "").slice(-20);
  });
  while (answered < requests) await once(socket, "data");
  assert.equal(most, 1);
  socket.destroy();
});

test("a peer that resets at any moment ends only its own connection", async () => {
  const { port } = server.address as { port: number };
  for (let i = 0; i < 50; i++) {
    const socket = net.connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.write(i % 2 === 0 ? G : "GET / HT");
    if (i % 3 === 0) await settled();
    socket.resetAndDestroy();
  }
  assert.deepEqual((await say(LAST)).statuses, [200]);
});

test("beyond maxConnections the connection that has idled longest gives way", async () => {
  let refused = 0;
  await using small = await serve({ handler, maxConnections: 4, onOverload: () => refused++ });
  const { port } = small.address as { port: number };
  const sockets: net.Socket[] = [];
  const gone: number[] = [];
  const open = async (): Promise<net.Socket> => {
    const index = sockets.length;
    const socket = net.connect(port, "127.0.0.1");
    sockets.push(socket);
    socket.on("error", () => {}).on("close", () => gone.push(index));
    socket.write(G);
    await Promise.race([once(socket, "data"), once(socket, "close")]);
    return socket;
  };
  for (let i = 0; i < 8; i++) await open();
  while (gone.length < 4) await settled();
  assert.deepEqual(gone, [0, 1, 2, 3]);
  assert.equal(refused, 0);
  for (const socket of sockets) socket.destroy();
});

test("beyond maxConnections no busy connection gives way: the new connection is refused", async () => {
  let refused = 0;
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let busy = 0;
  await using small = await serve({
    handler: async () => {
      busy++;
      await held;
      return text("done");
    },
    maxConnections: 2,
    onOverload: () => refused++,
  });
  const { port } = small.address as { port: number };
  const first = [net.connect(port, "127.0.0.1"), net.connect(port, "127.0.0.1")];
  for (const socket of first) socket.write(G);
  while (busy < 2) await settled();
  const third = net.connect(port, "127.0.0.1").on("error", () => {});
  await once(third, "close");
  assert.equal(refused, 1);
  release();
  for (const socket of first) {
    const [answer] = await once(socket, "data");
    assert.match(String(answer), /200 OK/);
    socket.destroy();
  }
});

test("a server that stops does not wait for the rest of a half-sent head", async () => {
  // These times are longer than any test.
  const times = { headTimeoutMs: 3_600_000, idleTimeoutMs: 3_600_000 };
  const stopping = await serve({ handler, ...times });
  const { port } = stopping.address as { port: number };
  const sockets: net.Socket[] = [];
  for (const begun of ["GET / HT", `${G}GET / HTTP/1.1\r\nHo`]) {
    const socket = net.connect(port, "127.0.0.1").on("error", () => {});
    socket.write(begun);
    sockets.push(socket);
  }
  // Connections are read in the order in which they came.
  await once(sockets[1] as net.Socket, "data");
  const ended = sockets.map((socket) => once(socket.resume(), "end"));
  const stopped = stopping.stop({ drainMs: 3_600_000 });
  await Promise.all(ended);
  for (const socket of sockets) socket.end();
  assert.deepEqual(await stopped, { drained: true, aborted: 0 });
});

test("a head that is complete soon after the server began to stop is answered as the last one", async () => {
  const stopping = await serve({ handler });
  const { port } = stopping.address as { port: number };
  const socket = net.connect(port, "127.0.0.1");
  socket.write(`${G}GET / HTTP/1.1\r\nHost: a\r\n`);
  await once(socket, "data");
  const stopped = stopping.stop();
  socket.write("\r\n");
  const [answer] = await once(socket, "data");
  assert.match(String(answer), /^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close\r\n/);
  socket.end();
  assert.equal((await stopped).drained, true);
});
