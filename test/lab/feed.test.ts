import assert from "node:assert/strict";
import { test } from "node:test";
import { Feed } from "../../src/lab/host/feed.ts";

// The stream of records to a page, as its bytes are (HTML Living Standard, "Server-sent events").

/** The events of a stream, until one of this name. */
async function eventsUntil(
  stream: AsyncIterable<Uint8Array>,
  last: string,
): Promise<[name: string, data: string][]> {
  const events: [string, string][] = [];
  let text = "";
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk);
    for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const values = (name: string) =>
        lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
      events.push([values("event")[0] ?? "", values("data").join("\n")]);
      if (events.at(-1)?.[0] === last) return events;
    }
  }
  return events;
}

const recordsIn = (events: readonly [string, string][]): string[] =>
  events.filter(([name]) => name === "records").flatMap(([, data]) => data.split("\n"));

test("a page that opens late sees what was before, once and in order", async () => {
  const feed = new Feed();
  for (let i = 0; i < 5000; i++) feed.add(`{"n":${i}}`);
  feed.end();
  const events = await eventsUntil(feed.events(), "end");
  assert.deepEqual(
    recordsIn(events),
    Array.from({ length: 5000 }, (_, i) => `{"n":${i}}`),
  );
});

test("beyond its memory the oldest records are dropped, and every page is told how many", async () => {
  const feed = new Feed({ maxKeptBytes: 10_000 });
  const line = "x".repeat(100);
  const early = feed.events();
  feed.add(line);
  assert.match(new TextDecoder().decode((await early.next()).value as Uint8Array), /^event: records/);
  for (let i = 0; i < 1000; i++) feed.add(line);
  feed.end();
  for (const [stream, before] of [
    [feed.events(), 0],
    [early, 1],
  ] as const) {
    const events = await eventsUntil(stream, "end");
    const dropped = events
      .filter(([name]) => name === "dropped")
      .reduce((sum, [, data]) => sum + Number(data), 0);
    const came = recordsIn(events).length;
    assert.ok(came <= 100, `${came} records are more than the memory`);
    // A page that opens now is not told of what it could never have seen.
    assert.equal(before === 0 ? came : before + dropped + came, before === 0 ? came : 1001);
  }
});

test("what is told besides records reaches every page, and a page that opens later gets the latest", async () => {
  const feed = new Feed();
  feed.tell("servers", [1]);
  feed.tell("servers", [1, 2]);
  feed.end();
  assert.deepEqual(await eventsUntil(feed.events(), "end"), [
    ["servers", "[1,2]"],
    ["end", "0"],
  ]);
});

test("readers are counted, and one that leaves is noticed", async () => {
  const counts: number[] = [];
  const feed = new Feed({ onReaders: (readers) => counts.push(readers) });
  feed.add("{}");
  const [one, other] = [feed.events(), feed.events()];
  await one.next();
  await other.next();
  await one.return();
  assert.deepEqual(counts, [1, 2, 1]);
});
