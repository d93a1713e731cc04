import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { serve } from "../../src/http/server/server.ts";
import { deferred } from "./raw-server.ts";
import { untilEnd } from "./talk.ts";

test("content that waits for its handler stays as it came while other clients are served", async () => {
  const [arrived, opened] = [deferred(), deferred()];
  await using server = await serve({
    handler: async (request) => {
      if (request.path === "/waits") {
        arrived.resolve();
        await opened.promise;
      }
      return { body: await request.bytes() };
    },
  });
  const { port } = server.address as { port: number };
  const post = (path: string, letter: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\nConnection: close\r\n\r\n${letter.repeat(1000)}`;
  const socket = net.connect(port, "127.0.0.1");
  let received = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    received += text;
  });
  socket.write(post("/waits", "A"));
  await arrived.promise;
  // This is read into the same memory.
  assert.match(await untilEnd(port, `${post("/other", "B")}${"B".repeat(1000)}`), /\r\n\r\nB{2000}$/);
  socket.write("A".repeat(1000));
  opened.resolve();
  await once(socket, "end");
  socket.destroy();
  assert.match(received, /\r\n\r\nA{2000}$/);
});
