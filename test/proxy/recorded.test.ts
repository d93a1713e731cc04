import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient, practice, serve } from "wirepane/http";
import { createProxy } from "wirepane/proxy";
import { formatTimeline, Ladder, recordTrace, type TraceRecord } from "wirepane/trace";
import { Recording } from "../../src/lab/model/recording.ts";

const CLIENTS = 10;

/** Clients that ask at once, through one proxy, with all ends recorded. */
async function recorded(): Promise<readonly TraceRecord[]> {
  const recorder = recordTrace();
  await using server = await serve({ handler: practice(), observe: () => recorder.observe("server") });
  const { host } = new URL(server.url);
  await using proxy = await createProxy({
    port: 0,
    upstream: host,
    observe: (role) => recorder.observe(role),
  });
  const { address } = proxy;
  assert.ok(address.family !== "unix");
  const url = `http://127.0.0.1:${address.port}`;
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, index) => {
      await using client = new HttpClient({ observe: () => recorder.observe("client") });
      await (await client.request({ url: new URL(`/bytes/${1000 * index}`, url) })).bytes();
      await client.close();
    }),
  );
  await server.stop();
  return recorder.records;
}

test("each conversation through a proxy has its four ends, also where many begin at once", async () => {
  const records = await recorded();
  const recording = new Recording();
  for (const record of records) recording.add(record);
  assert.equal(recording.conversations.length, CLIENTS);
  const asked = new Set<string>();
  for (const conversation of recording.conversations) {
    const ladder = new Ladder();
    for (const record of conversation.records) ladder.add(record);
    assert.deepEqual(
      ladder.lanes.map(({ name, recorded }) => (recorded ? name : `(${name})`)),
      ["client", "proxy·client", "proxy·server", "server"],
    );
    assert.equal(conversation.exchanges.length, 1);
    asked.add(conversation.exchanges[0]?.request?.target ?? "");
    // Every byte that the server wrote is led to the client, over three bands.
    const [client] = conversation.everyEnd;
    for (const lane of ["proxy·server", "proxy·client", "client"])
      assert.equal(
        ladder.bands
          .filter(({ flow, to }) => flow === "server" && to.lane === lane)
          .reduce((sum, { start, end }) => sum + end - start, 0),
        client?.bytesIn,
        `${lane}, ${conversation.exchanges[0]?.request?.target}`,
      );
  }
  assert.equal(asked.size, CLIENTS);
  const names = new Set(formatTimeline(records).map((line) => line.split(/ +/)[3]));
  assert.equal(names.size, 4 * CLIENTS);
});
