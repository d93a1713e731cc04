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
import { PassThrough } from "node:stream";
import { after, test } from "node:test";
import { staticFiles } from "../../src/http/server/files/static-files.ts";
import type { HttpHandler, ServerRequest, ServerResponse } from "../../src/http/server/handler.ts";
import { firstOf } from "../../src/http/server/router.ts";
import { type HttpServer, type ServeOptions, serve } from "../../src/http/server/server.ts";

const directory = mkdtempSync(join(tmpdir(), "wirepane-abandoned-"));
const file = join(directory, "large.bin");
writeFileSync(file, Buffer.alloc(4_000_000, "left"));
after(() => rmSync(directory, { recursive: true }));

/** A server that counts the ends of its connections. */
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
  // If the reset arrives with the first bytes, some versions of Node report an end.
  for (const error of rejected) {
    assert.match((error as { code?: string }).code ?? "", /^(?:PEER_RESET|INCOMPLETE_BODY)$/);
  }
  const client = await clientOf(server, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nwhole");
  assert.match(String((await once(client, "data"))[0]), /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n5 bytes$/s);
  client.destroy();
});

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async function answerOf(client: net.Socket): Promise<string> {
  let received = "";
  client.setEncoding("latin1").on("data", (chunk: string) => {
    received += chunk;
  });
  await once(client, "end");
  return received;
}

/** Resolves when the signal is aborted, or if it already is. */
const aborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, "abort");
};

test("a client that ends before its answer has begun aborts the signal, and is still answered", async () => {
  const reasons: unknown[] = [];
  const { server, allEnded } = await countingServer(async ({ signal }) => {
    await aborted(signal);
    reasons.push((signal.reason as { code?: string }).code);
    return { body: "for who still reads" };
  });
  await using _ = server;
  const client = await clientOf(server, GET);
  const answer = answerOf(client);
  client.end();
  assert.match(await answer, /^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close\r\n[\s\S]*for who still reads$/);
  assert.deepEqual(reasons, ["PEER_CLOSED_BEFORE_RESPONSE"]);
  await allEnded(1);
});

test("the end of a client is seen after requests that wait, and each of them is answered", async () => {
  const { server } = await countingServer(async ({ signal, path }) => {
    await aborted(signal);
    return { body: path };
  });
  await using _ = server;
  const requests = ["/1", "/2", "/3"].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const client = await clientOf(server, requests.join(""));
  const answer = answerOf(client);
  client.end();
  assert.match(await answer, /\/1HTTP[\s\S]*\/2HTTP[\s\S]*Connection: close\r\n[\s\S]*\/3$/);
});

test("a reset is noticed even if the client had sent more requests", async () => {
  const signals: AbortSignal[] = [];
  let begun = (): void => {};
  const handling = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const { server, allEnded } = await countingServer(({ signal }) => {
    signals.push(signal);
    begun();
    return new Promise(() => {});
  });
  await using _ = server;
  const client = await clientOf(server, GET.repeat(10));
  await handling;
  client.resetAndDestroy();
  await allEnded(1);
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true],
  );
});

test("a client that ends once its answer has begun gets the whole answer, and nothing is aborted", async () => {
  const body = new PassThrough();
  const signals: AbortSignal[] = [];
  const { server } = await countingServer(({ signal }) => {
    signals.push(signal);
    return { body };
  });
  await using _ = server;
  const client = await clientOf(server, GET);
  body.write("before");
  let received = "";
  client.setEncoding("latin1").on("data", (chunk: string) => {
    received += chunk;
  });
  const until = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(received)) await once(client, "data");
  };
  await until(/before\r\n$/);
  client.end();
  // The server asks whether somebody still reads: it sends a zero of the next chunk-size.
  await until(/before\r\n0+$/);
  body.end("after");
  await until(/\r\n\r\n6\r\nbefore\r\n0+5\r\nafter\r\n0\r\n\r\n$/);
  assert.equal(signals[0]?.aborted, false);
});

test("a client that is gone by the time it is answered frees its place", async () => {
  const { server, allEnded } = await countingServer(async ({ signal }) => {
    await aborted(signal);
    return { body: endless() };
  });
  await using _ = server;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.alloc(1000);
  }
  (await clientOf(server, GET)).destroy();
  await allEnded(1);
  assert.equal(server.listener.open, 0);
});

/** Streams that give one piece and then nothing, and a promise that tells when each was released. */
const QUIET: Record<string, () => { answer: Awaited<ReturnType<HttpHandler>>; released: Promise<unknown> }> =
  {
    "a stream of Node": () => {
      const body = new PassThrough();
      body.write("first");
      return { answer: { body }, released: once(body, "close") };
    },
    "a web stream": () => {
      const { body, released } = quietWebStream();
      return { answer: { body: body as unknown as AsyncIterable<Uint8Array> }, released };
    },
    "a Response": () => {
      const { body, released } = quietWebStream();
      return { answer: new Response(body), released };
    },
  };

function quietWebStream() {
  let cancelled = (): void => {};
  const released = new Promise<void>((resolve) => {
    cancelled = resolve;
  });
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array([0x31])),
    cancel: () => cancelled(),
  });
  return { body, released };
}

for (const [what, make] of Object.entries(QUIET)) {
  for (const leave of ["destroy", "resetAndDestroy"] as const) {
    test(`${what} that is quiet is let go when its client leaves (${leave})`, async () => {
      const { answer, released } = make();
      const { server, allEnded } = await countingServer(() => answer);
      await using _ = server;
      const client = await clientOf(server, GET);
      await once(client, "data");
      client[leave]();
      await Promise.all([released, allEnded(1)]);
    });
  }
}

test("a generator ends at its next step after its client has left", async () => {
  let step = (): void => {};
  const quiet = new Promise<void>((resolve) => {
    step = resolve;
  });
  let ended = (): void => {};
  const released = new Promise<void>((resolve) => {
    ended = resolve;
  });
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      yield Buffer.from("first");
      await quiet;
      yield Buffer.from("for nobody");
      assert.fail("nobody asks for more");
    } finally {
      ended();
    }
  }
  const { server, allEnded } = await countingServer(() => ({ body: body() }));
  await using _ = server;
  const client = await clientOf(server, GET);
  await once(client, "data");
  client.resetAndDestroy();
  await allEnded(1);
  step();
  await released;
});

test("if two handlers answer, the answer that is not sent is released", async () => {
  for (const [first, second] of [
    [404, 200],
    [404, 404],
    [405, 200],
  ]) {
    const streams = [first, second].map((status) => ({ status, body: new PassThrough() }));
    const [one, other] = streams;
    const handler = firstOf(
      () => one as ServerResponse,
      () => other as ServerResponse,
    );
    const sent = await handler({} as ServerRequest);
    assert.deepEqual(
      streams.map(({ body }) => body.destroyed),
      streams.map((answer) => answer !== sent),
    );
  }
});

/** How many descriptors of this process have the file open. */
function descriptorsOf(path: string): number {
  return readdirSync("/proc/self/fd").filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === path;
    } catch {
      return false; // the descriptor that listed the directory is closed by now
    }
  }).length;
}
