import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { listenWithFaults } from "../../src/proxy/fault-listener.ts";
import { nowMs } from "../../src/tcp/clock.ts";
import { FaultSet } from "../../src/tcp/faults/fault-set.ts";
import { parseFault } from "../../src/tcp/faults/text.ts";

// The kernel decides who may connect. A client of Node's asks it.

async function world(t: { after(clean: () => unknown): void }) {
  const faults = new FaultSet({ seed: 1, now: nowMs });
  const handler = async (
    connection: AsyncIterable<Uint8Array> & { write(bytes: Uint8Array): Promise<void> },
  ) => {
    for await (const bytes of connection) await connection.write(bytes);
  };
  const listener = await listenWithFaults({ handler }, faults);
  const other = net.createServer();
  await once(other.listen(0, "127.0.0.1"), "listening");
  const clients: net.Socket[] = [];
  t.after(async () => {
    for (const client of clients) client.destroy();
    other.close();
    await listener.close();
  });
  assert.ok(listener.address.family !== "unix");
  const { host, port } = listener.address;
  const connect = (): net.Socket => {
    const client = net.connect({ host, port }).on("error", () => {});
    clients.push(client);
    return client;
  };
  /** A connection to another port has come: one to ours would have, too. */
  const otherwise = async (): Promise<void> => {
    const client = net.connect((other.address() as net.AddressInfo).port, "127.0.0.1");
    clients.push(client);
    await once(client, "connect");
  };
  return { faults, listener, connect, otherwise };
}

test("backlog-full: connecting hangs, open connections go on, and afterwards all come in", async (t) => {
  const { faults, listener, connect, otherwise } = await world(t);
  const first = connect();
  await once(first, "connect");
  faults.add(parseFault("backlog-full"));
  await listener.settled();
  const late = connect();
  await otherwise();
  assert.ok(late.connecting);
  first.write("still here");
  assert.equal(String((await once(first, "data"))[0]), "still here");
  faults.remove("backlog-full");
  await listener.settled();
  late.write("at last"); // the kernel asks again after a second
  assert.equal(String((await once(late, "data"))[0]), "at last");
  assert.deepEqual([listener.accepted, listener.open], [2, 2]);
});

test("a time window opens the port again by itself", async (t) => {
  const { faults, listener, connect } = await world(t);
  const since = nowMs() - faults.startedAt;
  faults.add(parseFault(`backlog-full to=${Math.ceil(since) + 50}ms`));
  await listener.settled();
  // While the port changes hands it is closed for a moment.
  const connected = (): Promise<boolean> =>
    once(connect(), "connect").then(
      () => true,
      () => false,
    );
  while (!(await connected()));
});

test("a listener whose backlog is full stops, and its port is free", async (t) => {
  const { faults, listener } = await world(t);
  faults.add(parseFault("backlog-full"));
  await listener.settled();
  assert.deepEqual(await listener.stop(), { drained: true, aborted: 0 });
  assert.ok(listener.address.family !== "unix");
  const again = net.createServer();
  await once(again.listen(listener.address.port, "127.0.0.1"), "listening");
  again.close();
});

test("a stop ends the connections of before, too", async (t) => {
  const { faults, listener, connect } = await world(t);
  const first = connect();
  await once(first, "connect");
  faults.add(parseFault("backlog-full"));
  await listener.settled();
  assert.deepEqual(await listener.close(), { drained: false, aborted: 1 });
});
