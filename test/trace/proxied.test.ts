import assert from "node:assert/strict";
import { test } from "node:test";
import type { Conversation } from "../../src/lab/model/conversation.ts";
import { filterableOf } from "../../src/lab/model/filterable.ts";
import { Recording } from "../../src/lab/model/recording.ts";
import { changeInside, streamOf } from "../../src/lab/model/streams.ts";
import { ConversationNumbers } from "../../src/trace/conversation-numbers.ts";
import { ExchangePairs } from "../../src/trace/exchange-pairs.ts";
import { parseFilter } from "../../src/trace/filter.ts";
import { toHar } from "../../src/trace/formats/har.ts";
import { ladderSvg } from "../../src/trace/formats/svg.ts";
import { GrammarReader } from "../../src/trace/grammar-reader.ts";
import { Ladder } from "../../src/trace/ladder.ts";
import type { TraceRecord } from "../../src/trace/record.ts";
import { waterfallOf } from "../../src/trace/waterfall.ts";
import { GET, OK, opened, type Story, seenBy } from "../support/proxied.ts";

// What is made of a proxied conversation: one conversation, whose exchanges are there once.

const ALL = [1, 2, 3, 4];
const PROXY = [2, 3];

/** With the spans that the grammar finds. */
function explained(story: Story, connections: readonly number[] = ALL): TraceRecord[] {
  const records: TraceRecord[] = [];
  const reader = new GrammarReader((record) => records.push(record));
  for (const record of seenBy(connections, story)) reader.add(record);
  return records;
}

const closed = (story: Story): Story => {
  for (const connection of ALL)
    story.event(connection, { kind: "end" }).event(connection, { kind: "peer-end" });
  for (const connection of ALL)
    story.event(connection, { kind: "closed", how: "end", bytesIn: 0, bytesOut: 0 });
  return story;
};

const twoExchanges = (): Story => closed(opened().exchange(GET, OK).exchange(GET.replace("/a", "/b"), OK));

function told(records: readonly TraceRecord[]): string[] {
  const lines: string[] = [];
  const pairs = new ExchangePairs({
    onExchange: ({ connection, request }, server) =>
      lines.push(
        `${connection.name} ${request?.target}${server === undefined ? "" : ` ${server.connection.name}`}`,
      ),
  });
  for (const record of records) pairs.add(record);
  pairs.end();
  return lines;
}

test("an exchange is told once, as the client saw it, and with what the server saw", () => {
  assert.deepEqual(told(explained(twoExchanges())), ["client /a server", "client /b server"]);
});

test("where only the proxy was recorded, its end towards the client tells", () => {
  assert.deepEqual(told(explained(twoExchanges(), PROXY)), ["proxy·client /a", "proxy·client /b"]);
  assert.deepEqual(told(explained(twoExchanges(), [2, 3, 4])), [
    "proxy·client /a server",
    "proxy·client /b server",
  ]);
});

test("what the server saw belongs to the request of its time, although the proxy answered another one itself", () => {
  const story = opened();
  story.bytes(1, "out", GET).bytes(2, "in", GET).bytes(2, "out", OK).bytes(1, "in", OK);
  story.exchange(GET.replace("/a", "/b"), OK);
  assert.deepEqual(told(explained(closed(story))), ["client /a", "client /b server"]);
});

test("a HAR has an entry for each exchange, and a waterfall a row", () => {
  for (const connections of [ALL, PROXY]) {
    const records = explained(twoExchanges(), connections);
    const har = JSON.parse(toHar(records)) as { log: { entries: { request: { url: string } }[] } };
    assert.deepEqual(
      har.log.entries.map(({ request }) => request.url),
      ["http://b/a", "http://b/b"],
    );
    assert.deepEqual(
      waterfallOf(records).map(({ end, target }) => `${end} ${target}`),
      ["/a", "/b"].map((target) => `${connections === ALL ? "client" : "proxy·server"} ${target}`),
    );
  }
});

test("the page has one conversation, with its bytes and exchanges once", () => {
  for (const connections of [ALL, PROXY]) {
    const recording = new Recording();
    for (const record of explained(twoExchanges(), connections)) recording.add(record);
    assert.equal(recording.conversations.length, 1);
    const [conversation] = recording.conversations;
    assert.ok(conversation !== undefined);
    assert.equal(conversation.proxied, true);
    assert.equal(conversation.state, "closed");
    assert.equal(conversation.bytes, 2 * (GET.length + OK.length));
    assert.equal(conversation.host, "127.0.0.1:80");
    assert.deepEqual(
      conversation.exchanges.map(({ request, response }) => `${request?.target} ${response?.status}`),
      ["/a 200", "/b 200"],
    );
  }
});

test("the page shows the bytes of the lane that is asked for: a fault may have changed them", () => {
  const story = opened()
    .bytes(1, "out", "hello")
    .bytes(2, "in", "hello")
    .bytes(3, "out", "jello")
    .bytes(4, "in", "jello");
  const recording = new Recording();
  for (const record of story.records) recording.add(record);
  const [conversation] = recording.conversations;
  assert.ok(conversation !== undefined);
  const text = (seenBy?: string) =>
    String.fromCharCode(...(streamOf(conversation, "client", 0, seenBy)?.stream.bytes ?? []));
  assert.deepEqual([undefined, "proxy·client", "proxy·server", "server"].map(text), [
    "hello",
    "hello",
    "jello",
    "jello",
  ]);
});

test("the page says what the proxy did to the bytes that are shown", () => {
  const sentence = (written: string) => {
    const recording = new Recording();
    for (const record of opened().bytes(2, "in", "hello").bytes(3, "out", written).records)
      recording.add(record);
    return changeInside(recording.conversations[0] as Conversation, "client");
  };
  assert.equal(sentence("hello"), undefined);
  assert.equal(sentence("he*lo"), undefined, "what one end masked is no change");
  assert.match(sentence("hexlo") ?? "", /from byte 2 on/);
  assert.match(sentence("hel") ?? "", /passed 3 of 5 bytes/);
  assert.match(sentence("hello!") ?? "", /added/);
});

test("a filter finds what went through a proxy, and what a fault hit", () => {
  const matching = (story: Story, filter: string): boolean => {
    const recording = new Recording();
    for (const record of story.records) recording.add(record);
    const { matches } = parseFilter(filter);
    return recording.conversations.flatMap(filterableOf).some((item) => matches?.(item));
  };
  const hit = () =>
    opened()
      .exchange("a", "b")
      .event(2, { kind: "fault", fault: "latency", text: "100 ms", start: 0, end: 1 });
  assert.equal(matching(hit(), "via:proxy"), true);
  assert.equal(matching(hit(), "fault:latency"), true);
  assert.equal(matching(hit(), "fault:"), true);
  assert.equal(matching(hit(), "fault:drop"), false);
  assert.equal(matching(opened().exchange("a", "b"), "fault:"), false);
  assert.equal(matching(opened().exchange("a", "b"), "-fault:"), true);
  assert.match(parseFilter("via:tunnel").error?.message ?? "", /none of proxy/);
});

test("the numbers of a recording count conversations, not hops", () => {
  const numbers = new ConversationNumbers();
  for (const record of twoExchanges().records) numbers.add(record);
  assert.deepEqual(numbers.all, [1]);
  assert.deepEqual(
    ALL.map((connection) => numbers.of(connection)),
    [1, 1, 1, 1],
  );
});

test("the picture names all lanes, and those that were not recorded", () => {
  const picture = (connections: readonly number[]) => {
    const ladder = new Ladder();
    for (const record of explained(twoExchanges(), connections)) ladder.add(record);
    return [...ladderSvg(ladder).matchAll(/<text class="lane[^>]*>([^<]*)/g)].map((match) => match[1]);
  };
  assert.deepEqual(picture(ALL), ["client", "proxy·client", "proxy·server", "server"]);
  assert.deepEqual(picture(PROXY), [
    "client",
    "not recorded",
    "proxy·client",
    "proxy·server",
    "server",
    "not recorded",
  ]);
});

test("a conversation that fills the memory loses records, and keeps its lanes", () => {
  const recording = new Recording({ maxBytes: 64 * 1024 });
  const story = opened();
  for (let i = 0; i < 200; i++) story.exchange("x".repeat(100), "y".repeat(100));
  for (const record of story.records) recording.add(record);
  const [conversation] = recording.conversations;
  assert.ok(recording.dropped > 0 && recording.conversations.length === 1);
  const ladder = new Ladder();
  for (const record of conversation?.records ?? []) ladder.add(record);
  assert.deepEqual(
    ladder.lanes.map(({ name }) => name),
    ["client", "proxy·client", "proxy·server", "server"],
  );
  assert.equal(recording.dropped + (conversation?.records.length ?? 0), story.records.length);
});

test("records that only tell of ends do not keep a full memory full", () => {
  const recording = new Recording({ maxBytes: 256 * 1024 });
  const story = opened();
  for (let i = 0; i < 5000; i++) story.event(5 + 2 * i, { kind: "relayed", connection: 2 });
  for (const record of story.records) recording.add(record);
  assert.ok(recording.dropped > 0);
});
