import assert from "node:assert/strict";
import { once } from "node:events";
import {
  createReadStream,
  mkdtempSync,
  type ReadStream,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { HttpHandler, ServerResponse } from "../../src/http/handler.ts";
import { type HttpServer, type ServeOptions, serve } from "../../src/http/server.ts";
import { staticFiles } from "../../src/http/static-files.ts";

const directory = mkdtempSync(join(tmpdir(), "wirepane-abandoned-"));
const file = join(directory, "large.bin");
writeFileSync(file, Buffer.alloc(4_000_000, "left"));
after(() => rmSync(directory, { recursive: true }));

/** A server that counts its connections' ends. */
async function countingServer(handler: HttpHandler, options: Partial<ServeOptions> = {}) {
  let ended = 0;
  let wake = (): void => {};
  const server = await serve({
    ...options,
    handler,
    onClosed: () => {
      ended++;
      wake();
    },
  });
  const allEnded = async (count: number): Promise<void> => {
    while (ended < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { server, allEnded };
}

async function clientOf(server: HttpServer, request: string): Promise<net.Socket> {
  const { port } = server.address as { port: number };
  const socket = net.connect({ port, host: "127.0.0.1" });
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(request, "latin1");
  return socket;
}

const UNSENT: Record<string, { request: string; answer?: Partial<ServerResponse> }> = {
  "the answer to HEAD": { request: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" },
  "an answer that may have no content": {
    request: "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    answer: { status: 304 },
  },
  "an answer that cannot be sent": {
    request: "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    answer: { fields: [["X-Broken", "a\r\nb"]] },
  },
};

for (const [what, { request, answer }] of Object.entries(UNSENT)) {
  test(`a file that was opened for ${what} is closed`, async () => {
    const streams: ReadStream[] = [];
    const { server } = await countingServer(() => {
      const body = createReadStream(file);
      streams.push(body);
      return { ...answer, body };
    });
    await using _ = server;
    const client = await clientOf(server, request);
    await once(client, "data");
    const [stream] = streams;
    if (stream?.closed === false) await once(stream, "close");
    client.destroy();
  });
}

test("a file that is being sent is closed when its client leaves", {
  skip: process.platform !== "linux",
}, async () => {
  const { server, allEnded } = await countingServer(staticFiles(directory));
  await using _ = server;
  for (const leave of ["destroy", "resetAndDestroy"] as const) {
    const client = await clientOf(server, "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    await once(client, "readable");
    assert.equal(descriptorsOf(file), 1);
    client[leave]();
  }
  await allEnded(2);
  while (descriptorsOf(file) > 0) await new Promise((resolve) => setImmediate(resolve));
});

test("uploads and downloads that break off leave the server as it was", async () => {
  const rejected: unknown[] = [];
  const { server, allEnded } = await countingServer(async (request) => {
    if (request.method === "GET") return { body: Buffer.alloc(1_000_000) };
    try {
      return { body: `${(await request.bytes()).length} bytes` };
    } catch (error) {
      rejected.push(error);
      throw error;
    }
  });
  await using _ = server;
  const requests = [
    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nnot a thousand",
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  ];
  for (let round = 0; round < 20; round++) {
    for (const request of requests) (await clientOf(server, request)).resetAndDestroy();
  }
  await allEnded(60);
  assert.equal(server.listener.open, 0);
  // Where the reset arrives with the first bytes, some Node see an end.
  for (const error of rejected) {
    assert.match((error as { code?: string }).code ?? "", /^(?:PEER_RESET|INCOMPLETE_BODY)$/);
  }
  const client = await clientOf(server, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nwhole");
  assert.match(String((await once(client, "data"))[0]), /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n5 bytes$/s);
  client.destroy();
});

/** How often this process has it open. */
function descriptorsOf(path: string): number {
  return readdirSync("/proc/self/fd").filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === path;
    } catch {
      return false; // the one that lists the directory is closed by now
    }
  }).length;
}
