import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "../../src/tcp/clock.ts";
import type { TransportError } from "../../src/tcp/errors.ts";
import { type Listener, type ListenOptions, listen, type OverloadInfo } from "../../src/tcp/listen.ts";
import type { ClosedInfo, OpenedInfo, WorkerEvent } from "../../src/tcp/models/model.ts";
import { settled } from "../http/raw-client.ts";

// What happens to connections if their worker dies or hangs, or if there is no worker. The clients are plain sockets,
// since our clients would use up numbers of the listener's connections.

const directory = mkdtempSync(join(tmpdir(), "wirepane-"));
after(() => rmSync(directory, { recursive: true }));
const module = new URL(
  `./hanging-handler${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`,
  import.meta.url,
);

interface Stage extends AsyncDisposable {
  readonly listener: Listener;
  readonly opened: OpenedInfo[];
  readonly closed: ClosedInfo[];
  readonly refused: OverloadInfo[];
  /** Emits what the listener reports. */
  readonly news: EventEmitter;
}

let paths = 0;

/** "relay": threads, with the sockets in the main thread, as over every Unix socket. */
async function stage(
  kind: "processes" | "threads" | "relay",
  options: Partial<ListenOptions> = {},
): Promise<Stage> {
  const opened: OpenedInfo[] = [];
  const closed: ClosedInfo[] = [];
  const refused: OverloadInfo[] = [];
  const news = new EventEmitter();
  const listener = await listen({
    model: kind === "processes" ? "processes" : "threads",
    ...(kind === "relay" && { path: join(directory, `${++paths}.sock`) }),
    workers: 1,
    handler: { module },
    onConnection: (info) => opened.push(info) && news.emit("opened", info),
    onClosed: (info) => closed.push(info) && news.emit("closed", info),
    onWorker: (event) => news.emit(event.kind, event),
    onOverload: (info) => refused.push(info) && news.emit("refused", info),
    onFailed: (error) => news.emit("failed", error),
    ...options,
  });
  return {
    listener,
    opened,
    closed,
    refused,
    news,
    [Symbol.asyncDispose]: async () => void (await listener.close()),
  };
}

/** A client, and whether it was reset. */
function dial({ listener: { address } }: Stage): net.Socket {
  return net
    .connect(address.family === "unix" ? { path: address.path } : { port: address.port })
    .on("error", () => {});
}

/** Resolves at an end or a reset. `once` would reject at a reset. */
function closed(client: net.Socket): Promise<string> {
  return new Promise((resolve) => client.resume().once("close", () => resolve("closed")));
}

function answer(client: net.Socket, question: string): Promise<string> {
  client.write(question);
  return new Promise((resolve) => {
    client.once("data", (bytes) => resolve(String(bytes))).once("close", () => resolve("closed"));
  });
}

for (const kind of ["processes", "relay"] as const) {
  test(`a client that connects while no worker is up waits for one (${kind})`, {
    timeout: 60_000,
  }, async () => {
    await using here = await stage(kind);
    const doomed = dial(here);
    const lost = once(here.news, "lost");
    doomed.write("crash");
    await lost;
    const clients = [1, 2, 3].map(() => dial(here));
    const answers = await Promise.all(clients.map((client, n) => answer(client, `I am ${n}`)));
    assert.deepEqual(answers, ["I am 0", "I am 1", "I am 2"]);
    for (const client of clients) client.destroy();
  });

  test(`a client beyond the limit while no worker is up is refused, counted and reported (${kind})`, {
    timeout: 60_000,
  }, async () => {
    await using here = await stage(kind, { maxConnections: 2 });
    const doomed = dial(here);
    const lost = once(here.news, "lost");
    doomed.write("crash");
    await lost;
    const waiting = [dial(here), dial(here)];
    await Promise.all(waiting.map((client) => once(client, "connect")));
    // The lost connection may still be counted, so already the second client may be refused.
    const told = once(here.news, "refused");
    const surplus = [dial(here), dial(here)];
    await told;
    assert.equal(here.listener.refused, here.refused.length);
    assert.equal(here.refused[0]?.reason, "max-connections");
    for (const client of [...waiting, ...surplus]) client.destroy();
  });
}

test("a connection that was sent to a worker that dies before taking it goes to the next worker", {
  timeout: 60_000,
}, async () => {
  await using here = await stage("processes");
  const pid = here.listener.workers[0]?.pid as number;
  process.kill(pid, "SIGSTOP");
  const clients = Array.from({ length: 6 }, () => dial(here));
  const answers = clients.map((client, n) => answer(client, `I am ${n}`));
  await Promise.all(clients.map((client) => once(client, "connect")));
  // The main thread accepts these connections and sends them to the workers.
  for (let turn = 0; turn < 20; turn++) await settled();
  process.kill(pid, "SIGKILL");
  assert.deepEqual(await Promise.all(answers), ["I am 0", "I am 1", "I am 2", "I am 3", "I am 4", "I am 5"]);
  assert.equal(here.listener.accepted, 6);
  for (const client of clients) client.destroy();
});

for (const kind of ["processes", "threads", "relay"] as const) {
  test(`when every worker is given up, the listener fails and frees its port or path (${kind})`, {
    timeout: 60_000,
  }, async () => {
    // Five deaths count as within ten seconds, however slow the machine is.
    await using here = await stage(kind, { clock: { ...systemClock, now: () => 0 } });
    const failed = once(here.news, "failed");
    let over = false;
    const givenUp = once(here.news, "given-up").then(() => {
      over = true;
    });
    while (!over) {
      const client = dial(here);
      client.write("crash");
      await Promise.race([closed(client), givenUp]);
      client.destroy();
    }
    const [error] = (await failed) as [TransportError];
    assert.equal(error.code, "WORKER_LOST");
    assert.match(error.message, /^worker 1: exit code 7; it died 5 times in 10 s/);
    const { address } = here.listener;
    const again = net.createServer();
    await once(again.listen(address.family === "unix" ? address.path : address.port), "listening");
    again.close();
  });

  test(`a worker whose loop is blocked is reported and replaced, and its clients are reset (${kind})`, {
    timeout: 60_000,
  }, async () => {
    await using here = await stage(kind, { maxWorkerSilenceMs: 2_000 });
    const client = dial(here);
    assert.equal(await answer(client, "hello"), "hello");
    const lost = once(here.news, "lost");
    client.write("hang");
    await closed(client);
    const [event] = (await lost) as [WorkerEvent & { reason: string }];
    assert.equal(event.reason, "it answered nothing for 2 s: its event loop is blocked");
    const { reason, id } = here.closed[0] as ClosedInfo;
    assert.equal(id, here.opened[0]?.id);
    assert.equal(reason.error?.code, "WORKER_LOST");
    assert.equal(reason.bytesOut, "hello".length);
    // Threads that count by themselves may miss bytes of the last 100 ms before their death.
    assert.ok(reason.bytesIn === "hello".length || reason.bytesIn === "hellohang".length);
    for (let said = ""; said !== "next"; ) {
      const next = dial(here);
      said = await answer(next, "next");
      next.destroy();
    }
  });
}

test("a client on its way into a thread that hangs is reset, and reported with its number", {
  timeout: 60_000,
}, async () => {
  await using here = await stage("relay", { maxWorkerSilenceMs: 2_000 });
  const first = dial(here);
  assert.equal(await answer(first, "hello"), "hello");
  first.write("hang");
  const second = dial(here);
  await Promise.all([closed(first), closed(second)]);
  while (here.closed.length < 2) await once(here.news, "closed");
  assert.deepEqual(
    here.closed.map(({ reason }) => reason.error?.code),
    ["WORKER_LOST", "WORKER_LOST"],
  );
  const [one, other] = here.opened;
  assert.equal(here.closed[1]?.id, (one?.id as number) + 1);
  // On a busy machine both messages reach the thread in one turn: then it opens the second connection before it hangs.
  assert.ok(other === undefined || other.id === here.closed[1]?.id);
});

test("a client that comes while a thread that hung is ending waits for the next thread", {
  timeout: 60_000,
}, async () => {
  await using here = await stage("relay", { maxWorkerSilenceMs: 2_000 });
  const client = dial(here);
  client.write("hang");
  await closed(client);
  assert.equal(await answer(dial(here), "next"), "next");
});

test("the connections of a killed process report how many bytes had passed", {
  timeout: 60_000,
}, async () => {
  await using here = await stage("processes");
  const client = dial(here);
  assert.equal(await answer(client, "hello"), "hello");
  // A worker reports in order: before it reports another connection as open, it has reported the first.
  const second = dial(here);
  assert.equal(await answer(second, "second"), "second");
  const lost = once(here.news, "lost");
  process.kill(here.listener.workers[0]?.pid as number, "SIGKILL");
  await lost;
  const { reason } = here.closed.find(({ id }) => id === here.opened[0]?.id) as ClosedInfo;
  assert.deepEqual([reason.error?.code, reason.bytesIn, reason.bytesOut], ["WORKER_LOST", 5, 5]);
  client.destroy();
  second.destroy();
});

test("clients that are relayed to threads are numbered one by one, and can be observed", {
  timeout: 60_000,
}, async () => {
  let observed = 0;
  await using here = await stage("relay", {
    observe: () => {
      observed++;
      return { connection() {} };
    },
  });
  for (const word of ["one", "two", "three"]) {
    const client = dial(here);
    assert.equal(await answer(client, word), word);
    client.destroy();
  }
  const first = here.opened[0]?.id as number;
  assert.deepEqual(
    here.opened.map(({ id }) => id - first),
    [0, 1, 2],
  );
  assert.equal(observed, 3);
});
