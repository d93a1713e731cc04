import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { utf8 } from "../../src/bytes/text.ts";
import { connect } from "../../src/tcp/connect.ts";
import type { TcpConnection } from "../../src/tcp/connection.ts";
import { type Listener, type ListenOptions, listen } from "../../src/tcp/listen.ts";
import { MODEL_NAMES } from "../../src/tcp/models/model.ts";
import { moduleUrl } from "../../src/tcp/models/workers/module-url.ts";
import type { ConnectionEvent, TcpObserver } from "../../src/tcp/observer.ts";

// Whoever serves a connection, an observer in the listener's thread is told the same of it. Over a Unix socket, threads
// are relayed on every Node.

const directory = mkdtempSync(join(tmpdir(), "wirepane-"));
after(() => rmSync(directory, { recursive: true }));

const echo = moduleUrl("tcp/handlers/echo");
const obedient = new URL(
  `./obedient-handler${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`,
  import.meta.url,
);

/** What one observer was told, its bytes copied. */
interface Seen {
  readonly events: ConnectionEvent[];
  /** When each event happened, if the observer was told. */
  readonly times: (number | undefined)[];
}

interface Stage {
  readonly listener: Listener;
  /** One for each call of `observe`. */
  readonly seen: Seen[];
  connect(): Promise<TcpConnection>;
}

let sockets = 0;

for (const model of MODEL_NAMES) {
  for (const place of ["TCP", "a Unix socket"] as const) {
    describe(`observers under the ${model} model over ${place}`, () => {
      const hasWorkers = model === "threads" || model === "processes";
      const servedByWorker = hasWorkers ? [1] : [undefined];

      const promise = (
        sentence: string,
        module: URL,
        run: (stage: Stage) => Promise<void>,
        options: Partial<ListenOptions> = {},
      ) =>
        test(sentence, { timeout: 120_000 }, async () => {
          const seen: Seen[] = [];
          await using listener = await listen({
            ...(place === "TCP" ? {} : { path: join(directory, `${model}-${++sockets}.sock`) }),
            model,
            workers: 1,
            handler: { module },
            observe: () => {
              const told: Seen = { events: [], times: [] };
              seen.push(told);
              return {
                connection(event, at) {
                  told.events.push("bytes" in event ? { ...event, bytes: event.bytes.slice() } : event);
                  told.times.push(at);
                },
              };
            },
            ...options,
          });
          const { address } = listener;
          const connectHere = () =>
            connect(
              address.family === "unix" ? { path: address.path } : { host: address.host, port: address.port },
            );
          await run({ listener, seen, connect: connectHere });
        });

      promise(
        "are told the same events in the same order, and that the connection is closed last of all",
        echo,
        async ({ connect, listener, seen }) => {
          const connection = await connect();
          for (const word of ["one", "two"]) {
            await connection.write(word);
            assert.equal(utf8((await connection.read()) ?? new Uint8Array()), word);
          }
          await connection.end();
          await connection.closed;
          await listener.stop();
          assert.equal(seen.length, 1);
          const { events } = seen[0] as Seen;
          assert.deepEqual(events.map(shown), [
            "accepted",
            'read "one"',
            'write "one"',
            'read "two"',
            'write "two"',
            "peer-end",
            "end",
            "closed",
          ]);
          assert.deepEqual(events.at(-1), { kind: "closed", how: "end", bytesIn: 6, bytesOut: 6 });
        },
      );

      promise(
        "are told where the connection is, and which worker has it",
        echo,
        async ({ connect, listener, seen }) => {
          const connection = await connect();
          const { local, remote } = connection;
          await connection.end();
          await connection.closed;
          await listener.stop();
          const [accepted] = (seen[0] as Seen).events;
          assert.ok(accepted?.kind === "accepted");
          if (place === "TCP") assert.deepEqual([accepted.local, accepted.remote], [remote, local]);
          assert.deepEqual([accepted.worker], servedByWorker);
        },
      );

      promise("see all bytes of 1 MiB in both directions", echo, async ({ connect, listener, seen }) => {
        const sent = Uint8Array.from({ length: 1024 * 1024 }, (_, at) => (at * 7 + (at >> 8)) & 0xff);
        const connection = await connect();
        const arrived = readAll(connection);
        await connection.write(sent);
        await connection.end();
        await arrived;
        await listener.stop();
        const { events } = seen[0] as Seen;
        for (const kind of ["read", "write"] as const) {
          const bytes = events.flatMap((event) => (event.kind === kind ? [event.bytes] : []));
          assert.ok(Buffer.concat(bytes).equals(sent), `the bytes of ${kind} events differ`);
        }
      });

      promise(
        "are told times that never go back, and lie between the client's own",
        echo,
        async ({ connect, listener, seen }) => {
          const before = Number(process.hrtime.bigint());
          const connection = await connect();
          await connection.write("when?");
          await connection.read();
          await connection.end();
          await connection.closed;
          await listener.stop();
          const after = Number(process.hrtime.bigint());
          const times = (seen[0] as Seen).times.filter((at) => at !== undefined);
          assert.deepEqual(
            times,
            times.toSorted((a, b) => a - b),
          );
          for (const at of times)
            assert.ok(before <= at && at <= after, `${at} is not in ${before}–${after}`);
        },
      );

      promise("are told of a reset, and of what the handler threw", obedient, async (stage) => {
        const connection = await stage.connect();
        await connection.write("throw");
        await seenOver(connection);
        await stage.listener.stop();
        const kinds = (stage.seen[0] as Seen).events.map(({ kind }) => kind);
        assert.deepEqual(kinds.slice(-2), ["abort", "closed"]);
      });

      promise(
        "are asked for each connection, and need not watch all of them",
        echo,
        async ({ connect, listener }) => {
          for (let number = 0; number < 4; number++) {
            const connection = await connect();
            await connection.write(`I am ${number}`);
            await connection.end();
            await readAll(connection);
          }
          await listener.stop();
          assert.deepEqual(watched.map(firstRead), ["I am 1", "I am 3"]);
          watched.length = 0;
        },
        { observe: everySecond() },
      );

      if (!hasWorkers) return;

      promise("are told that a connection is over when its worker dies", obedient, async (stage) => {
        const connection = await stage.connect();
        await connection.write("crash");
        await seenOver(connection);
        await stage.listener.stop();
        const { events } = stage.seen[0] as Seen;
        const closed = events.at(-1);
        assert.deepEqual(events.slice(0, 2).map(shown), ["accepted", 'read "crash"']);
        assert.ok(closed?.kind === "closed");
        assert.notEqual(closed.how, "end");
        assert.deepEqual([closed.bytesIn, closed.bytesOut], ["crash".length, 0]);
      });
    });
  }
}

const watched: ConnectionEvent[][] = [];

/** Watches the second connection, the fourth, … */
function everySecond(): () => TcpObserver | undefined {
  let asked = 0;
  return () => {
    if (++asked % 2 === 1) return undefined;
    const events: ConnectionEvent[] = [];
    watched.push(events);
    return {
      connection: (event) =>
        void events.push("bytes" in event ? { ...event, bytes: event.bytes.slice() } : event),
    };
  };
}

function firstRead(events: readonly ConnectionEvent[]): string | undefined {
  const read = events.find((event) => event.kind === "read");
  return read?.kind === "read" ? utf8(read.bytes) : undefined;
}

const shown = (event: ConnectionEvent): string =>
  "bytes" in event ? `${event.kind} "${utf8(event.bytes)}"` : event.kind;

/** A reset or an end, whichever the kernel reports. */
async function seenOver(connection: TcpConnection): Promise<void> {
  await connection.read().catch(() => undefined);
  await connection[Symbol.asyncDispose]();
}

async function readAll(connection: TcpConnection): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of connection) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
