import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { utf8, utf8Bytes } from "../../src/bytes/text.ts";
import { type ConnectOptions, connect } from "../../src/tcp/connect.ts";
import type { ByteSink, CloseReason, TcpConnection } from "../../src/tcp/connection.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { type ListenOptions, listen } from "../../src/tcp/listen.ts";
import { memoryConnectionPair } from "../../src/tcp/memory-connection.ts";
import type { ConnectionEvent } from "../../src/tcp/observer.ts";
import { CERTIFICATE } from "../support/certificate.ts";

// The promises of a TcpConnection, tested with every implementation.

interface Pair {
  readonly client: TcpConnection;
  readonly server: TcpConnection;
  readonly events: ConnectionEvent[];
  close(): Promise<void>;
}

const directory = mkdtempSync(join(tmpdir(), "wirepane-"));
after(() => rmSync(directory, { recursive: true }));
let sockets = 0;

const transports: Record<string, () => Promise<Pair>> = {
  "in memory": async () => {
    const events: ConnectionEvent[] = [];
    const observer = { connection: (event: ConnectionEvent) => void events.push(event) };
    const [client, server] = memoryConnectionPair({ observer: { client: observer } });
    return { client, server, events, close: async () => client.abort() };
  },
  "over TCP": () => socketPair({}),
  "over a Unix socket": () => socketPair({ path: join(directory, `${++sockets}.sock`) }),
  "over TLS": () => socketPair({ tls: CERTIFICATE }, { tls: { ca: [CERTIFICATE.cert] } }),
};

async function socketPair(
  listenOptions: Partial<ListenOptions>,
  connectOptions: ConnectOptions = {},
): Promise<Pair> {
  let accept: (connection: TcpConnection) => void = () => {};
  const accepted = new Promise<TcpConnection>((resolve) => {
    accept = resolve;
  });
  const listener = await listen({
    ...listenOptions,
    handler: async (connection) => {
      accept(connection);
      await connection.closed;
    },
  });
  const { address } = listener;
  const events: ConnectionEvent[] = [];
  const client = await connect({
    ...(address.family === "unix" ? { path: address.path } : { host: address.host, port: address.port }),
    ...connectOptions,
    observer: { connection: (event) => events.push(event) },
  });
  const server = await accepted;
  return {
    client,
    server,
    events,
    close: async () => {
      client.abort();
      await listener.close();
    },
  };
}

for (const [name, makePair] of Object.entries(transports)) {
  describe(`a connection ${name}`, () => {
    const promise = (sentence: string, run: (pair: Pair) => Promise<void>) =>
      test(sentence, async () => {
        const pair = await makePair();
        try {
          await run(pair);
        } finally {
          await pair.close();
        }
      });

    promise("delivers what was written, in order, then the end", async ({ client, server }) => {
      const sent = pattern(300_000);
      const arrived = readAll(server);
      for (let at = 0; at < sent.length; at += 7_919) await client.write(sent.slice(at, at + 7_919));
      await client.end();
      assert.deepEqual(await arrived, sent);
      assert.equal(server.bytesIn, sent.length);
    });

    promise("takes a string as latin1, one byte a character", async ({ client, server }) => {
      await client.write("h\u00e9\u00ff");
      await client.end();
      assert.deepEqual(await readAll(server), new Uint8Array([0x68, 0xe9, 0xff]));
    });

    promise("goes on receiving after end()", async ({ client, server }) => {
      await client.write("question");
      await client.end();
      assert.equal(utf8(await readAll(server)), "question");
      await server.write("answer");
      await server.end();
      assert.equal(utf8(await readAll(client)), "answer");
      const [atClient, atServer] = await Promise.all([client.closed, server.closed]);
      assert.deepEqual(atClient, { how: "end", bytesIn: 6, bytesOut: 8 });
      assert.deepEqual(atServer, { how: "end", bytesIn: 8, bytesOut: 6 });
    });

    promise(
      "answers read() with undefined again and again after the peer's end",
      async ({ client, server }) => {
        await server.end();
        assert.equal(await client.read(), undefined);
        assert.equal(await client.read(), undefined);
      },
    );

    promise("hands out chunks that stay as they are", async ({ client, server }) => {
      await server.write("first");
      const first = await client.read();
      await server.write("other");
      await client.read();
      assert.equal(utf8(first ?? new Uint8Array()), "first");
      assert.equal(Object.getPrototypeOf(first), Uint8Array.prototype);
    });

    promise(
      "gives a sink what came before, what comes, the end and the close, in this order",
      async (pair) => {
        const { client, server } = pair;
        await server.write("early ");
        await client.write("x");
        await server.read();
        const { sink, log, closed } = recordingSink();
        client.attach(sink);
        await server.write("late");
        await server.end();
        await client.end();
        await closed;
        assert.equal(
          log
            .filter((entry) => entry.startsWith("bytes "))
            .map((entry) => entry.slice(6))
            .join(""),
          "early late",
        );
        assert.deepEqual(log.slice(-2), ["end", "close end"]);
      },
    );

    promise("keeps bytes from a paused sink, and gives them when it resumes", async ({ client, server }) => {
      const { sink, log, closed } = recordingSink();
      client.attach(sink);
      client.pause();
      await server.write("waiting");
      await server.end();
      assert.deepEqual(log, []);
      client.resume();
      await client.end();
      await closed;
      assert.deepEqual(log, ["bytes waiting", "end", "close end"]);
    });

    promise("can be taken back from a sink, with what the sink did not use", async ({ client, server }) => {
      const taken = new Promise<void>((resolve) =>
        client.attach({
          onBytes(bytes) {
            client.detach(bytes.subarray(4));
            resolve();
          },
          onEnd() {},
          onClose() {},
        }),
      );
      await server.write("headrest");
      await taken;
      await server.end();
      assert.equal(utf8(await readAll(client)), "rest");
    });

    promise("lets a writer wait while the peer does not read, and no longer", async ({ client, server }) => {
      const chunk = new Uint8Array(64 * 1024);
      server.pause();
      let sent = 0;
      while (client.send(chunk)) sent += chunk.length;
      sent += chunk.length;
      assert.ok(client.queuedBytes > 0);
      let drained = false;
      const drain = client.write(chunk).then(() => {
        drained = true;
      });
      sent += chunk.length;
      assert.equal(drained, false);
      server.resume();
      const arrived = readAll(server);
      await drain;
      await client.end();
      assert.equal((await arrived).length, sent);
    });

    promise(
      "does not take more from the peer than it can keep while nobody reads",
      async ({ client, server }) => {
        const chunk = new Uint8Array(64 * 1024);
        let sent = 0;
        let full = false;
        // We cannot bound what the kernel's buffers take. 16 MiB is more than they take.
        while (!full && sent < 64 * 1024 * 1024) {
          sent += chunk.length;
          full = !(await settled(client.write(chunk), 200));
        }
        assert.ok(full, "the writer was never made to wait");
        assert.ok(server.bytesIn <= 512 * 1024, `${server.bytesIn} bytes were taken`);
      },
    );

    promise(
      "tells the peer of an abort, and fails its own reads and writes from then on",
      async ({ client, server }) => {
        await client.write("x");
        await server.read();
        const atServer = server.read().then(
          () => undefined,
          (error: TransportError) => error,
        );
        const reading = assert.rejects(client.read(), { code: "ABORTED" });
        client.abort(new Error("enough"));
        await reading;
        await assert.rejects(client.read(), { code: "ABORTED" });
        await assert.rejects(client.write("y"), { code: "ABORTED", message: "aborted: enough" });
        assert.equal((await client.closed).how, "abort");
        const seen = await atServer;
        // A Unix socket has no reset: the peer only sees an end.
        if (name === "over a Unix socket") return;
        assert.ok(seen instanceof TransportError);
        assert.equal(seen.code, "PEER_RESET");
        assert.equal((await server.closed).how, "peer-abort");
        await assert.rejects(server.write("z"), { code: "PEER_RESET" });
      },
    );

    promise(
      "gives a sink what the peer said before it broke off, though a write fails first",
      async (pair) => {
        const { client } = pair;
        const { sink, log, closed } = recordingSink();
        client.attach(sink);
        await breakOffAfter("last words", pair);
        await closed;
        assert.deepEqual(log, ["bytes last words", "close peer-abort"]);
      },
    );

    promise(
      "lets a reader read what the peer said before it broke off, though a write fails first",
      async (pair) => {
        const { client } = pair;
        await breakOffAfter("last words", pair);
        assert.equal(utf8((await client.read()) ?? new Uint8Array()), "last words");
        await assert.rejects(client.read(), { code: "PEER_RESET" });
        const { how, bytesIn } = await client.closed;
        assert.deepEqual({ how, bytesIn }, { how: "peer-abort", bytesIn: 10 });
      },
    );

    promise("refuses to write after end()", async ({ client }) => {
      await client.end();
      await assert.rejects(client.write("x"), { code: "WRITE_FAILED", phase: "write" });
      assert.throws(() => client.send("x"), { code: "WRITE_FAILED" });
    });

    promise("ends only once, however often it is asked", async ({ client, server }) => {
      await Promise.all([client.end(), client.end()]);
      assert.equal(await server.read(), undefined);
    });

    promise("sends what is queued before it is disposed of", async ({ client, server }) => {
      const sent = pattern(200_000);
      const arrived = readAll(server);
      void arrived.then(() => server.end());
      void client.write(sent);
      await Promise.all([client[Symbol.asyncDispose](), arrived]);
      assert.deepEqual(await arrived, sent);
      assert.equal((await client.closed).how, "end");
    });

    promise("shows an observer every byte of both directions", async ({ client, server, events }) => {
      await client.write("ping");
      await server.read();
      await server.write("pong");
      await server.end();
      await readAll(client);
      await client.end();
      await client.closed;
      const shown = (kind: "read" | "write") =>
        events.flatMap((event) => (event.kind === kind ? utf8(event.bytes) : []));
      assert.deepEqual(shown("write"), ["ping"]);
      assert.deepEqual(shown("read"), ["pong"]);
      const kinds = events.map(({ kind }) => kind);
      assert.deepEqual(kinds.slice(kinds.indexOf("write")), ["write", "read", "peer-end", "end", "closed"]);
    });
  });
}

/** The server sends a word and aborts. The client has not read the word when a write tells it of the abort. */
async function breakOffAfter(words: string, { client, server }: Pair): Promise<void> {
  client.pause();
  await server.write(words);
  server.abort();
  await server.closed;
  const writing = async () => {
    for (;;) {
      await client.write("more");
      await new Promise(setImmediate);
    }
  };
  await assert.rejects(writing, { code: "PEER_RESET" });
}

function recordingSink() {
  const log: string[] = [];
  let close: (reason: CloseReason) => void = () => {};
  const closed = new Promise<CloseReason>((resolve) => {
    close = resolve;
  });
  const sink: ByteSink = {
    onBytes: (bytes) => void log.push(`bytes ${utf8(bytes)}`),
    onEnd: () => void log.push("end"),
    onClose(reason) {
      log.push(`close ${reason.how}`);
      close(reason);
    },
  };
  return { sink, log, closed };
}

async function readAll(connection: TcpConnection): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of connection) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

function pattern(length: number): Uint8Array {
  return utf8Bytes("0123456789abcdef-".repeat(Math.ceil(length / 17))).slice(0, length);
}

/** Whether the promise settles within that time. Only here a test uses a clock: no event tells that nothing happens. */
async function settled(work: Promise<unknown>, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, withinMs, false);
  });
  const first = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return first;
}
