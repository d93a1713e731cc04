import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { text } from "../../src/http/server/handler.ts";
import { type HttpServer, type ServeOptions, serve } from "../../src/http/server/server.ts";
import type { ExchangeSummary } from "../../src/http/server/settings.ts";
import { TransportError } from "../../src/tcp/errors.ts";

const REQUEST = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

async function exchange(server: HttpServer): Promise<string> {
  const { address } = server;
  const socket =
    address.family === "unix" ? net.connect(address.path) : net.connect(address.port, address.host);
  socket.write(REQUEST);
  let received = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    received += chunk;
  });
  await once(socket, "end");
  return received;
}

const handler: ServeOptions["handler"] = (request) => text(`${request.path} from ${request.remote.family}`);

test("a server reports its URL and every exchange", async () => {
  const exchanges: ExchangeSummary[] = [];
  await using server = await serve({ handler, onExchange: (summary) => exchanges.push(summary) });
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  assert.match(await exchange(server), /\/x from IPv4$/);
  const [summary] = exchanges;
  assert.deepEqual(
    [
      summary?.request.method,
      summary?.request.target,
      summary?.status,
      summary?.contentBytes,
      summary?.complete,
    ],
    ["GET", "/x", 200, 12, true],
  );
  assert.ok(summary !== undefined && summary.durationMs >= 0);
});

test("a handler may take longer than a connection may be idle between two requests", async () => {
  const slow = async () => {
    await delay(200);
    return text("late");
  };
  await using server = await serve({ handler: slow, idleTimeoutMs: 20 });
  assert.match(await exchange(server), /late$/);
});

test("a server listens on a Unix socket, too", async () => {
  const directory = mkdtempSync(join(tmpdir(), "wirepane-serve-"));
  try {
    await using server = await serve({ path: join(directory, "socket"), handler });
    assert.equal(server.url, "http://localhost/");
    assert.match(await exchange(server), /\/x from unix$/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("an observer sees the socket and the protocol of each connection", async () => {
  const seen = new Set<string>();
  let observed = 0;
  await using server = await serve({
    handler,
    observe: (role) => {
      observed++;
      return {
        connection: ({ kind }) => void seen.add(`${role} ${kind}`),
        span: (direction, rule) => void seen.add(`${direction} ${rule}`),
        transition: (side, from, to) => void seen.add(`${side} ${from} → ${to}`),
      };
    },
  });
  await exchange(server);
  await exchange(server);
  assert.equal(observed, 2);
  for (const happening of [
    "server read",
    "server write",
    "in request-target",
    "out status-code",
    "server idle → send-response",
  ]) {
    assert.ok(seen.has(happening), `${happening} is not among ${[...seen].join(", ")}`);
  }
});

test("two servers cannot have one port", async () => {
  await using server = await serve({ handler });
  const { port } = server.address as { port: number };
  await assert.rejects(
    serve({ handler, port }),
    (error) => error instanceof TransportError && error.code === "ADDRESS_IN_USE",
  );
});
