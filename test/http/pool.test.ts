import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Cancellation } from "../../src/http/cancellation.ts";
import { Pool, type Pooled } from "../../src/http/client/pool.ts";
import { Deadlines } from "../../src/http/deadline.ts";
import { systemClock } from "../../src/tcp/clock.ts";
import { TransportError } from "../../src/tcp/errors.ts";

class Stub implements Pooled {
  state: "used" | "free" | "gone" = "used";
  readonly gathering = false;
  readonly pool: Pool<Stub>;

  constructor(pool: Pool<Stub>) {
    this.pool = pool;
  }

  get idle(): boolean {
    return this.state !== "used";
  }

  get room(): number {
    return this.state === "free" ? 1 : 0;
  }

  done(): void {
    this.state = "free";
    this.pool.release(this);
  }

  rest(): void {
    this.state = "free";
  }

  wake(): boolean {
    assert.equal(this.state, "free", "a connection is given to one user at a time");
    this.state = "used";
    return true;
  }

  end(): void {
    if (this.state === "gone") return;
    this.state = "gone";
    this.pool.remove(this);
  }

  abort(): void {
    this.end();
  }
}

/** A connection, or `undefined` for permission to open one. */
function acquire(pool: Pool<Stub>, key: string, cancellation?: Cancellation): Promise<Stub | undefined> {
  return new Promise((resolve, reject) => {
    pool.acquire(key, {
      mayBePipelined: false,
      cancellation,
      use(stub) {
        stub.state = "used";
        resolve(stub);
      },
      open: () => resolve(undefined),
      refuse: reject,
    });
  });
}

function newPool(maxConnectionsPerOrigin: number): Pool<Stub> {
  return new Pool({
    maxConnectionsPerOrigin,
    maxQueued: 1000,
    queueTimeoutMs: 60_000,
    deadlines: new Deadlines(),
  });
}

test("the connection used last is used first", async () => {
  const pool = newPool(2);
  const stubs = [new Stub(pool), new Stub(pool)] as const;
  for (const stub of stubs) {
    assert.equal(await acquire(pool, "a"), undefined);
    pool.add("a", stub);
  }
  stubs[0].done();
  stubs[1].done();
  assert.equal(await acquire(pool, "a"), stubs[1]);
  assert.equal(await acquire(pool, "a"), stubs[0]);
});

test("a free connection that cannot be woken takes no place of its route", async () => {
  const pool = newPool(1);
  await acquire(pool, "a");
  const stub = new Stub(pool);
  pool.add("a", stub);
  stub.done();
  stub.wake = () => {
    stub.end();
    return false;
  };
  assert.equal(await acquire(pool, "a"), undefined, "its place");
  pool.add("a", new Stub(pool));
  const second = await Promise.race([acquire(pool, "a"), Promise.resolve("waits")]);
  assert.equal(second, "waits");
  pool.close(new TransportError("POOL_CLOSED", "connect", "the test is over"));
});

test("connections of one key are never given for another", async () => {
  const pool = newPool(1);
  await acquire(pool, "a");
  const stub = new Stub(pool);
  pool.add("a", stub);
  stub.done();
  assert.equal(await acquire(pool, "b"), undefined);
});

test("whatever happens, no place is lost, none is given twice, and nobody waits while one is free", async () => {
  const step = fc.constantFrom("ask", "cancel", "opened", "failed", "done", "broken");
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 200 }),
      async (places, steps) => {
        const pool = newPool(places);
        const waiting = new Set<AbortController>();
        const opening: number[] = [];
        const used: Stub[] = [];
        let asked = 0;
        let served = 0;
        let cancelled = 0;
        const ask = async () => {
          asked++;
          const controller = new AbortController();
          const cancellation = new Cancellation(controller.signal, undefined, systemClock);
          waiting.add(controller);
          try {
            const got = await acquire(pool, "a", cancellation);
            if (got === undefined) opening.push(1);
            else used.push(got);
            served++;
          } catch (error) {
            assert.ok(error instanceof TransportError && error.code === "ABORTED");
            cancelled++;
          } finally {
            waiting.delete(controller);
            cancellation.dispose();
          }
        };
        for (const each of steps) {
          if (each === "ask") void ask();
          if (each === "cancel") [...waiting].at(-1)?.abort();
          if (each === "opened" && opening.pop()) {
            const stub = new Stub(pool);
            pool.add("a", stub);
            used.push(stub);
          }
          if (each === "failed" && opening.pop()) pool.giveBack("a");
          if (each === "done") {
            const stub = used.shift();
            stub?.done();
          }
          if (each === "broken") used.shift()?.end();
          await new Promise((resolve) => setImmediate(resolve));
          assert.ok(used.length + opening.length <= places);
          if (waiting.size > 0) assert.equal(used.length + opening.length, places);
          assert.equal(served + cancelled + waiting.size, asked);
        }
        // All requests leave, and nothing is left.
        while (waiting.size + used.length + opening.length > 0) {
          if (opening.pop()) pool.giveBack("a");
          used.pop()?.end();
          await new Promise((resolve) => setImmediate(resolve));
        }
        pool.endFree("a");
        assert.equal(served + cancelled, asked);
        assert.equal(pool.size, 0);
      },
    ),
    { numRuns: 100 },
  );
});
