import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { connect } from "../../src/tcp/connect.ts";
import { listen } from "../../src/tcp/listen.ts";

// What a finished connect leaves behind, besides its connection.

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

test("a connect that succeeded or failed leaves no timer behind, and does not listen to its signal", async () => {
  const listener = await listen({ handler: async (connection) => void (await connection.read()) });
  const { port } = listener.address as { port: number };
  const { signal } = new AbortController();
  const before = timers();
  const connection = await connect({ port, signal, timeoutMs: 60_000 });
  assert.equal(timers(), before);
  connection.abort();
  await connection.closed;
  await listener.close();
  await assert.rejects(connect({ port, signal, timeoutMs: 60_000 }), { code: "CONNECT_REFUSED" });
  assert.equal(timers(), before);
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

for (const host of ["LOCALHOST", "localhost.", "a.localhost", "A.b.LocalHost."]) {
  test(`${host} is loopback, and no name server is asked`, async () => {
    await using listener = await listen({ handler: async (connection) => connection.write("hello") });
    const { port } = listener.address as { port: number };
    const lookup = () => assert.fail("a name server was asked");
    await using connection = await connect({ host, port, lookup });
    assert.equal((await connection.read())?.length, "hello".length);
  });
}
