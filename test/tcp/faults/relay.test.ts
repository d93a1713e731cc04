import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { latin1, latin1Bytes } from "../../../src/bytes/text.ts";
import type { Clock } from "../../../src/tcp/clock.ts";
import type { CloseReason, TcpConnection } from "../../../src/tcp/connection.ts";
import { FaultSet } from "../../../src/tcp/faults/fault-set.ts";
import { relayWithFaults } from "../../../src/tcp/faults/faulty-relay.ts";
import { parseFault } from "../../../src/tcp/faults/text.ts";
import { memoryConnectionPair } from "../../../src/tcp/memory-connection.ts";

// The relay between two pairs of memory connections, on a clock that the test moves.

/** A clock whose time passes only when the test says so. */
class HandClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly expired: () => void }>();

  now(): number {
    return this.#now;
  }

  every(): () => void {
    return () => {};
  }

  after(ms: number, expired: () => void): () => void {
    const timer = { at: this.#now + ms, expired };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  afterPoll(turn: () => void): void {
    setImmediate(turn);
  }

  afterPromises(turn: () => void): void {
    queueMicrotask(turn);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Lets time pass up to `to`, timer by timer, and the loop turn in between. */
  async passTo(to: number): Promise<void> {
    for (;;) {
      await turnOfLoop();
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > to) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.expired();
    }
    this.#now = to;
    await turnOfLoop();
  }
}

/** Memory connections deliver by microtasks; after an immediate all of them have run. */
const turnOfLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One end of the conversation, and all that it received. */
class End {
  readonly connection: TcpConnection;
  text = "";
  ended = false;
  closed: CloseReason | undefined;

  constructor(connection: TcpConnection) {
    this.connection = connection;
    connection.attach({
      onBytes: (bytes) => {
        this.text += latin1(bytes);
      },
      onEnd: () => {
        this.ended = true;
      },
      onClose: (reason) => {
        this.closed = reason;
      },
    });
  }

  get how(): string | undefined {
    return this.closed?.how;
  }
}

function world(...faults: string[]) {
  const clock = new HandClock();
  const set = new FaultSet({ seed: 1, now: () => clock.now(), faults: faults.map(parseFault) });
  const [client, towardsClient] = memoryConnectionPair();
  const [towardsServer, server] = memoryConnectionPair();
  relayWithFaults(towardsClient, towardsServer, set, set.arrive().number, clock);
  return { clock, set, client: new End(client), server: new End(server), towardsClient, towardsServer };
}

test("without a fault bytes, ends and closes pass", async () => {
  const { client, server, clock } = world();
  await client.connection.write("hello");
  void client.connection.end();
  await turnOfLoop();
  assert.deepEqual([server.text, server.ended, client.ended], ["hello", true, false]);
  await server.connection.write("world");
  void server.connection.end();
  await turnOfLoop();
  assert.deepEqual([client.text, client.how, server.how, clock.timers], ["world", "end", "end", 0]);
});

test("a latency holds the bytes for its time, in its direction alone", async () => {
  const { client, server, clock } = world("down:latency 100ms");
  await client.connection.write("up");
  await server.connection.write("down");
  await clock.passTo(99);
  assert.deepEqual([server.text, client.text], ["up", ""]);
  await clock.passTo(100);
  assert.equal(client.text, "down");
});

test("a reset waits behind the bytes that a latency holds", async () => {
  const { client, server, clock } = world("down:latency 100ms");
  await server.connection.write("last words");
  await turnOfLoop();
  server.connection.abort();
  await clock.passTo(99);
  assert.deepEqual([client.text, client.how], ["", undefined]);
  await clock.passTo(200);
  assert.deepEqual([client.text, client.how, clock.timers], ["last words", "peer-abort", 0]);
});

test("a client that gives up a stalled response is let go, once the server has gone, too", async () => {
  const { client, server, clock, towardsClient } = world("down:stall");
  await server.connection.write("never to arrive");
  void client.connection.end();
  await turnOfLoop();
  assert.ok(server.ended);
  assert.equal(client.how, undefined);
  void server.connection.end();
  await clock.passTo(10_000);
  assert.deepEqual(
    [client.text, client.how, (await towardsClient.closed).how, clock.timers],
    ["", "end", "end", 0],
  );
});

test("a fault that is added acts on an open connection; taken away, it lets go what it held", async () => {
  const { client, server, clock, set } = world();
  await server.connection.write("one ");
  await turnOfLoop();
  set.add(parseFault("down:latency 1min"));
  await server.connection.write("two ");
  void server.connection.end();
  await turnOfLoop();
  assert.equal(client.text, "one ");
  set.remove("latency_downstream");
  await turnOfLoop();
  assert.deepEqual([client.text, client.ended, clock.timers], ["one two ", true, 0]);
});

test("half-open: the receiver hears nothing more and is not read", async () => {
  const { client, server, clock } = world("down:half-open after=4B");
  await server.connection.write("some words");
  await clock.passTo(1000);
  assert.deepEqual([client.text, client.how, server.how], ["some", undefined, "peer-abort"]);
  void client.connection.write("hello?");
  void client.connection.end();
  await clock.passTo(60_000);
  assert.equal(client.how, undefined);
});

test("what passes is a prefix of what was sent, and all of it without faults that end: any faults, any writes", async () => {
  const holding = [
    "latency 30ms±20ms",
    "bandwidth 50KB/s",
    "slicer 100B±50B",
    "slow_close 20ms",
    "stall 40ms after=500B",
  ];
  const ending = [
    "cut after=3000B",
    "cut rst after=2000B",
    "limit_data 2500B",
    "timeout 100ms",
    "reset_peer 5ms",
  ];
  const side = fc.uniqueArray(fc.constantFrom(...holding, ...ending), {
    maxLength: 3,
    selector: (text) => text.split(" ")[0], // each name once
  });
  const writes = fc.array(fc.nat(3000), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(side, side, writes, writes, async (upFaults, downFaults, up, down) => {
      const { client, server, clock } = world(
        ...upFaults.map((text) => `up:${text}`),
        ...downFaults.map((text) => `down:${text}`),
      );
      const [sentUp, sentDown] = [sendAll(client, up, "u"), sendAll(server, down, "d")];
      await clock.passTo(100_000);
      assert.equal(server.text, sentUp.slice(0, server.text.length));
      assert.equal(client.text, sentDown.slice(0, client.text.length));
      if ([...upFaults, ...downFaults].some((text) => ending.includes(text))) return;
      assert.deepEqual([server.text.length, client.text.length], [sentUp.length, sentDown.length]);
      assert.deepEqual([server.how, client.how, clock.timers], ["end", "end", 0]);
    }),
    { numRuns: 300 },
  );
});

/** Sends pieces of these lengths, in which every place looks different, and the end. */
function sendAll({ connection }: End, lengths: readonly number[], mark: string): string {
  let text = "";
  for (const length of lengths) {
    const piece = Array.from({ length }, (_, i) =>
      (text.length + i) % 7 === 0 ? mark : String(i % 10),
    ).join("");
    connection.send(latin1Bytes(piece));
    text += piece;
  }
  void connection.end();
  return text;
}
