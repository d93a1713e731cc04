import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { utf8, utf8Bytes } from "../../src/bytes/text.ts";
import { connect } from "../../src/tcp/connect.ts";
import type { TcpConnection } from "../../src/tcp/connection.ts";
import type { TransportError } from "../../src/tcp/errors.ts";
import { type Listener, type ListenOptions, listen } from "../../src/tcp/listen.ts";
import {
  type ClosedInfo,
  MODEL_NAMES,
  type OpenedInfo,
  type WorkerEvent,
} from "../../src/tcp/models/model.ts";
import { moduleUrl } from "../../src/tcp/models/workers/module-url.ts";

// The promises of every concurrency model. Threads cannot listen on a Unix socket themselves, so over a Unix socket the
// relay is tested on every Node.

interface Stage {
  readonly listener: Listener;
  readonly opened: OpenedInfo[];
  readonly closed: ClosedInfo[];
  /** Emits "opened", "closed" and "worker". */
  readonly news: EventEmitter;
  connect(): Promise<TcpConnection>;
}

const directory = mkdtempSync(join(tmpdir(), "wirepane-"));
after(() => rmSync(directory, { recursive: true }));

const echo = moduleUrl("tcp/handlers/echo");
const obedient = new URL(
  `./obedient-handler${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`,
  import.meta.url,
);

for (const model of MODEL_NAMES) {
  for (const place of ["TCP", "a Unix socket"] as const) {
    describe(`the ${model} model over ${place}`, () => {
      const hasWorkers = model === "threads" || model === "processes";
      let sockets = 0;

      const promise = (
        sentence: string,
        module: URL,
        run: (stage: Stage) => Promise<void>,
        options: Pick<ListenOptions, "idleTimeoutMs" | "workers"> = {},
      ) =>
        test(sentence, { timeout: 120_000 }, async () => {
          const opened: OpenedInfo[] = [];
          const closed: ClosedInfo[] = [];
          const news = new EventEmitter();
          const path = join(directory, `${model}-${++sockets}.sock`);
          await using listener = await listen({
            ...(place === "TCP" ? {} : { path }),
            model,
            workers: 2,
            handler: { module },
            onConnection(info) {
              opened.push(info);
              news.emit("opened", info);
            },
            onClosed(info) {
              closed.push(info);
              news.emit("closed", info);
            },
            onWorker: (event) => news.emit("worker", event),
            ...options,
          });
          const { address } = listener;
          const connectHere = () =>
            connect(
              address.family === "unix" ? { path: address.path } : { host: address.host, port: address.port },
            );
          await run({ listener, opened, closed, news, connect: connectHere });
          await listener.close();
          if (place === "a Unix socket")
            assert.equal(existsSync(path), false, "the socket file is left behind");
        });

      promise("echoes 1 MiB in order", echo, async ({ connect }) => {
        const sent = utf8Bytes("0123456789abcdef".repeat(65_536));
        const connection = await connect();
        const arrived = readAll(connection);
        await connection.write(sent);
        await connection.end();
        assert.deepEqual(await arrived, sent);
      });

      promise("serves 100 clients who come at once", echo, async ({ connect, listener }) => {
        const answers = await Promise.all(
          Array.from({ length: 100 }, async (_, number) => {
            const connection = await connect();
            await connection.write(`I am ${number}`);
            await connection.end();
            return utf8(await readAll(connection));
          }),
        );
        assert.deepEqual(
          answers,
          Array.from({ length: 100 }, (_, number) => `I am ${number}`),
        );
        assert.equal(listener.accepted, 100);
      });

      promise(
        "lets a client end its half and still hear the answer",
        echo,
        async ({ connect, closed, news }) => {
          const connection = await connect();
          const over = once(news, "closed");
          await connection.write("last words");
          await connection.end();
          assert.equal(utf8(await readAll(connection)), "last words");
          await over;
          assert.deepEqual(closed[0]?.reason, { how: "end", bytesIn: 10, bytesOut: 10 });
        },
      );

      promise(
        "reports who opens and who closes, with the same id",
        echo,
        async ({ connect, opened, closed, news }) => {
          const connection = await connect();
          const over = once(news, "closed");
          await connection.end();
          await over;
          assert.equal(opened.length, 1);
          assert.equal(opened[0]?.id, closed[0]?.id);
          assert.equal(opened[0]?.open, 1);
          assert.equal(closed[0]?.open, 0);
          assert.equal(typeof opened[0]?.worker, hasWorkers ? "number" : "undefined");
        },
      );

      promise("survives a client that resets", echo, async ({ connect, closed, news }) => {
        const rude = await connect();
        await rude.write("x");
        await rude.read();
        const over = once(news, "closed");
        rude.abort();
        await over;
        // A Unix socket has no reset: it looks like an end.
        if (place === "TCP") assert.equal(closed[0]?.reason.how, "peer-abort");
        assert.equal(await ask(await connect(), "still there?"), "still there?");
      });

      promise("ends the connection when the handler returns", obedient, async ({ connect }) => {
        const connection = await connect();
        await connection.write("return");
        assert.equal(utf8(await readAll(connection)), "bye");
      });

      promise(
        "says that it let go of a client that did not end after the handler returned",
        obedient,
        async ({ connect, closed, news }) => {
          const over = once(news, "closed");
          const connection = await connect();
          await connection.write("return");
          assert.equal(utf8(await readAll(connection)), "bye");
          await over;
          assert.deepEqual(closed[0]?.reason, { how: "end", letGo: true, bytesIn: 6, bytesOut: 3 });
        },
      );

      promise(
        "resets a connection on which no byte moves, where that is limited",
        echo,
        async ({ connect, closed, news }) => {
          const over = once(news, "closed");
          const connection = await connect();
          await seenOver(connection);
          await over;
          const { reason } = closed[0] as ClosedInfo;
          assert.deepEqual([reason.how, reason.error?.code], ["abort", "TIMEOUT_IDLE"]);
          assert.equal(reason.error?.message, "no byte moved for 0.1 s");
        },
        { idleTimeoutMs: 100 },
      );

      promise(
        "aborts the connection when the handler throws, says why, and lives",
        obedient,
        async (stage) => {
          const connection = await stage.connect();
          const over = once(stage.news, "closed");
          await connection.write("throw");
          await seenOver(connection);
          await over;
          const { reason } = stage.closed[0] as ClosedInfo;
          assert.equal(reason.how, "abort");
          assert.match(reason.error?.message ?? "", /the handler failed: Error: as told/);
          assert.match(reason.error?.stack ?? "", /^Error: as told\n +at .*obedient-handler/);
          assert.equal(await ask(await stage.connect(), "next"), "next");
        },
      );

      promise(
        "lets the handler read what the client said before it broke off, though a write fails first",
        obedient,
        async ({ connect, news }) => {
          const rude = await connect();
          const over = once(news, "closed");
          await rude.write("flood");
          await rude.read();
          rude.pause();
          await rude.write("last words");
          rude.abort();
          await over;
          assert.equal(await ask(await connect(), "last words?"), "last words");
        },
        { workers: 1 },
      );

      promise("lets open connections end before it stops", echo, async ({ connect, listener }) => {
        const connection = await connect();
        await connection.write("a");
        await connection.read();
        const stopped = listener.stop({ drainMs: 20_000 });
        await assert.rejects(async () => await stranger(connect), { name: "TransportError" });
        await connection.write("b");
        assert.equal(utf8((await connection.read()) ?? new Uint8Array()), "b");
        await connection.end();
        assert.deepEqual(await stopped, { drained: true, aborted: 0 });
      });

      promise("aborts what is still open when the drain is over", echo, async ({ connect, listener }) => {
        const connection = await connect();
        await connection.write("a");
        await connection.read();
        assert.deepEqual(await listener.stop({ drainMs: 0 }), { drained: false, aborted: 1 });
        const seen = await connection.read().catch((error: TransportError) => error.code);
        assert.equal(seen, place === "TCP" ? "PEER_RESET" : undefined);
      });

      promise("can cut a drain short", echo, async ({ connect, listener }) => {
        const connection = await connect();
        await connection.write("a");
        await connection.read();
        const draining = listener.stop({ drainMs: 20_000 });
        assert.deepEqual(await listener.close(), { drained: false, aborted: 1 });
        await draining;
      });

      if (!hasWorkers) return;

      promise("counts what each worker accepted", echo, async ({ connect, listener, news, opened }) => {
        for (let i = 0; i < 10; i++) await ask(await connect(), "x");
        // A worker may report a connection after the answer on that connection has arrived.
        while (opened.length < 10) await once(news, "opened");
        const accepted = listener.workers.map((worker) => worker.accepted);
        assert.equal(accepted.length, 2);
        assert.equal((accepted[0] as number) + (accepted[1] as number), 10);
      });

      promise("replaces a worker that dies, while the others live", obedient, async (stage) => {
        const { connect, closed, news, opened } = stage;
        const [doomed, healthy] = await oneOnEachWorker(stage);
        const events: WorkerEvent[] = [];
        news.on("worker", (event: WorkerEvent) => events.push(event));
        const replaced = new Promise<void>((resolve) =>
          news.on("worker", ({ kind }: WorkerEvent) => kind === "started" && resolve()),
        );
        await doomed.connection.write("crash");
        await seenOver(doomed.connection);
        assert.equal(await ask(healthy.connection, "alive?"), "alive?");
        await replaced;
        assert.deepEqual(
          events.map(({ kind, worker }) => [kind, worker]),
          [
            ["lost", doomed.info.worker],
            ["started", doomed.info.worker],
          ],
        );
        const lost = closed.find(({ id }) => id === doomed.info.id);
        assert.equal(lost?.reason.error?.code, "WORKER_LOST");
        assert.deepEqual([lost?.reason.bytesIn, lost?.reason.bytesOut], ["crash".length, 0]);
        const before = opened.length;
        assert.equal(await ask(await connect(), "and now?"), "and now?");
        // A worker answers by itself: what it tells of the connection may come behind the answer.
        if (opened.length === before) await once(news, "opened");
        assert.equal(opened.length, before + 1);
      });
    });
  }
}

/**
 * Connects until both workers have a connection: if the kernel chooses the worker, several connections may be needed.
 */
async function oneOnEachWorker({ connect, news }: Stage) {
  const held = new Map<number | undefined, { connection: TcpConnection; info: OpenedInfo }>();
  while (held.size < 2) {
    const opened = once(news, "opened");
    const connection = await connect();
    const [info] = (await opened) as [OpenedInfo];
    if (held.has(info.worker)) await connection[Symbol.asyncDispose]();
    else held.set(info.worker, { connection, info });
  }
  const [first, second] = [...held.values()];
  assert.ok(first && second);
  return [first, second] as const;
}

/** A connection after the stop: refused, or reset if the kernel had taken it into the backlog. */
async function stranger(connect: Stage["connect"]): Promise<void> {
  const connection = await connect();
  await connection.write("let me in");
  await connection.read();
}

/** A reset or an end, whichever the kernel reports. */
async function seenOver(connection: TcpConnection): Promise<void> {
  await connection.read().catch(() => undefined);
  await connection[Symbol.asyncDispose]();
}

async function ask(connection: TcpConnection, question: string): Promise<string> {
  await connection.write(question);
  await connection.end();
  return utf8(await readAll(connection));
}

async function readAll(connection: TcpConnection): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of connection) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
