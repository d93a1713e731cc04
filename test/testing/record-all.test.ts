import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type net from "node:net";
import { test } from "node:test";
import tls from "node:tls";
import { connect, listen } from "../../src/tcp.ts";
import { expectTrace, recordAll } from "../../src/testing.ts";
import { CERTIFICATE } from "../support/certificate.ts";

async function httpServer() {
  const server = http.createServer((request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(request.url === "/missing" ? 404 : 200).end("hi"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("fetch and node:http are recorded, both ends, and an exchange counts once", async () => {
  await using server = await httpServer();
  await using recording = recordAll();
  await (await fetch(`${server.url}/a`)).text();
  await (await fetch(`${server.url}/missing`, { method: "POST", body: "x" })).text();
  expectTrace(recording)
    .toShow("method:GET path:/a status:200 role:client role:server", { times: 1 })
    .toShow("method:POST status:404", { times: 1 })
    .toShow("type:http", { times: 2 });
});

test("nothing is recorded before it begins and after it stops; the records stay", async () => {
  await using server = await httpServer();
  const get = async (path: string) =>
    (await fetch(server.url + path, { headers: { Connection: "close" } })).text();
  await get("/before");
  const recording = recordAll();
  await get("/while");
  recording.stop();
  await get("/after");
  expectTrace(recording).toShow("path:/while").not.toShow("path:/before").not.toShow("path:/after");
});

test("recordings overlap: each has what happened while it went on", async () => {
  await using server = await httpServer();
  const get = async (path: string) =>
    (await fetch(server.url + path, { headers: { Connection: "close" } })).text();
  using first = recordAll();
  await get("/1");
  using second = recordAll();
  await get("/2");
  first.stop();
  await get("/3");
  expectTrace(first).toShow("path:/1").toShow("path:/2").not.toShow("path:/3");
  expectTrace(second).not.toShow("path:/1").toShow("path:/2").toShow("path:/3");
});

test("connections of this library and TLS in the plain are recorded as well", async () => {
  using recording = recordAll();
  const listener = await listen({
    handler: async (connection) => {
      for await (const chunk of connection) await connection.write(chunk);
    },
  });
  const { address } = listener;
  assert.ok(address.family !== "unix");
  const client = await connect({ port: address.port });
  await client.write("over tcp");
  await client.read();
  await client.end();
  await client.closed;
  await listener.close();

  const server = tls.createServer({ cert: CERTIFICATE.cert, key: CERTIFICATE.key }, (socket) =>
    socket.pipe(socket),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const secure = tls.connect({
    port: (server.address() as net.AddressInfo).port,
    host: "127.0.0.1",
    rejectUnauthorized: false,
  });
  secure.write("within tls");
  await once(secure, "data");
  secure.destroy();
  server.close();
  await once(server, "close");
  expectTrace(recording)
    .toShow('type:tcp "over tcp"', { times: 1 })
    .toShow('type:tcp "within tls"', { times: 1 });
});
