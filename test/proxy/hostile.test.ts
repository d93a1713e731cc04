import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { test } from "node:test";
import { type Row, readRows, requestsIn } from "../../checks/verdicts/rows.ts";
import { Fields, Http1Connection, NEED_DATA, PAUSED } from "../../src/http1.ts";
import { createProxy, type ProxyServer } from "../../src/proxy.ts";

// Every input of wire/verdicts.md, through a proxy that reads HTTP. Behind it stands a reader that is generous on purpose.

/** Sends these bytes and the end; gives all that comes back, and whether the connection was reset. */
async function through(
  { address }: ProxyServer,
  bytes: Uint8Array | string,
): Promise<{ answer: Buffer; reset: boolean }> {
  if (address.family === "unix") throw new Error("a port was expected");
  const socket = net.connect({ port: address.port, host: address.host, allowHalfOpen: true });
  const chunks: Buffer[] = [];
  let reset = false;
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {
    reset = true;
  });
  socket.end(bytes);
  await new Promise((resolve) => socket.once("close", resolve));
  return { answer: Buffer.concat(chunks), reset };
}

test("what a server behind the proxy completes is what the client completed by the strict core", async (context) => {
  let got: string[] = [];
  const server = http.createServer({ insecureHTTPParser: true }, async (request, response) => {
    request.on("error", () => {}).resume();
    await once(request, "end").catch(() => {});
    if (request.complete) got.push(`${request.method}`);
    response.end();
  });
  server.on("upgrade", (request, socket) => {
    got.push(`${request.method}`);
    socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  });
  server.on("clientError", (_, socket) => socket.destroy());
  await once(server.listen(0, "127.0.0.1"), "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as net.AddressInfo;
  await using proxy = await createProxy({ upstream: `http://127.0.0.1:${port}`, rewriteHost: true });
  // RFC 9112 §3.2.2: a proxy replaces Host, so the target of such a request wins.
  const rows = readRows().filter(
    ({ reads, rule }) => reads === "request" && !rule?.startsWith("HOST_MISMATCH"),
  );
  assert.ok(rows.length > 90);
  for (const row of rows) {
    got = [];
    const { answer } = await through(proxy, row.wire.bytes);
    const asked = requestsIn(row.wire).map((request) => request.slice(0, request.indexOf(" ")));
    const wanted = asked.filter((method) => method !== "CONNECT");
    assert.deepEqual(got, wanted.slice(0, got.length), row.id);
    if (isRefused(row) && wanted.length === 0) assert.match(String(answer), /^(?:HTTP\/1\.1 [45]|$)/, row.id);
  }
});

const isRefused = ({ wanted }: Row): boolean => /^[45]\d\d/.test(wanted);

test("a response that the strict core refuses reaches no client as a complete one", async (context) => {
  let bytes: Uint8Array = Buffer.alloc(0);
  const server = net.createServer((socket) => {
    socket.on("error", () => {}).once("data", () => socket.end(bytes));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  context.after(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  await using proxy = await createProxy({ upstream: `http://127.0.0.1:${port}`, rewriteHost: true });
  const rows = readRows().filter(
    ({ reads, rule, wanted, wire }) =>
      reads === "response" && rule !== undefined && /^[A-Z]/.test(wanted) && wire.methods.length <= 1,
  );
  assert.ok(rows.length > 20);
  for (const row of rows) {
    bytes = row.wire.bytes;
    const method = row.wire.methods[0] ?? "GET";
    const { answer, reset } = await through(proxy, `${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    const told = reset || answer.length === 0 || BAD_GATEWAY.test(String(answer));
    assert.ok(told || !isComplete(answer, method), `${row.id}: ${answer}`);
  }
});

/** Interim responses may have passed before. */
const BAD_GATEWAY = /^(?:HTTP\/1\.1 1\d\d .*\r\n(?:.+\r\n)*\r\n)*HTTP\/1\.1 502 /;

/** Whether a strict client takes these bytes for a response that is complete. */
function isComplete(bytes: Uint8Array, method: string): boolean {
  const http1 = new Http1Connection({ role: "client" });
  http1.send({ type: "request", method, target: "/", version: "1.1", fields: HOST });
  http1.send({ type: "end", trailers: NONE });
  http1.receive(bytes);
  try {
    for (let event = http1.nextEvent(); event !== NEED_DATA && event !== PAUSED; event = http1.nextEvent())
      if (event.type === "end") return true;
  } catch {
    return false; // refused
  }
  return false;
}

const HOST = new Fields(["Host", "a"]);
const NONE = new Fields();
