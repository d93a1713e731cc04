import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Conversations, laneName, numberOf } from "../../src/trace/conversations.ts";
import { Ladder } from "../../src/trace/ladder.ts";
import type { Band } from "../../src/trace/ladder-parts.ts";
import type { TraceRecord } from "../../src/trace/record.ts";
import { formatTimeline, TimelineWriter } from "../../src/trace/timeline.ts";
import { GET, OK, opened, openedWithHeader, Story, seenBy } from "../support/proxied.ts";

const LANES = ["client", "proxy·client", "proxy·server", "server"];

function ladderOf(records: readonly TraceRecord[]): Ladder {
  const ladder = new Ladder();
  for (const record of records) ladder.add(record);
  return ladder;
}

const bandText = ({ flow, start, end, toStart, from, to }: Band): string =>
  `${flow} ${from.lane} [${start}, ${end}) → ${to.lane} ${toStart}`;

/** Every end keeps its own order; between the ends it is any. */
const shuffled = (records: readonly TraceRecord[]): fc.Arbitrary<TraceRecord[]> =>
  fc.infiniteStream(fc.nat()).map((numbers) => {
    const ends = [...new Set(records.map(({ connection }) => connection))].map((connection) =>
      records.filter((record) => record.connection === connection),
    );
    const order: TraceRecord[] = [];
    for (let left = ends; left.length > 0; left = left.filter((end) => end.length > 0))
      order.push(
        (left[(numbers.next().value as number) % left.length] as TraceRecord[]).shift() as TraceRecord,
      );
    return order;
  });

const anyOrder = fc.constant(opened().exchange(GET, OK).records).chain(shuffled);

describe("names", () => {
  test("the ends of a proxy are called by whom they talk to, and all ends have one number", () => {
    const names = (records: readonly TraceRecord[]) => [
      ...new Set(formatTimeline(records).map((line) => line.split(/ +/)[3])),
    ];
    const { records } = opened().exchange("hello", "hi");
    assert.deepEqual(names(records), ["client", "proxy·client", "proxy·server", "server"]);
    const later = records.map((record): TraceRecord => {
      const text = JSON.stringify(record, (_, value) => (value instanceof Uint8Array ? [...value] : value));
      const moved = JSON.parse(
        text.replaceAll("5000", "6000").replace('"connection":2}}', '"connection":12}}'),
      );
      if (moved.type === "bytes") moved.bytes = Uint8Array.from(moved.bytes as number[]);
      return { ...moved, connection: record.connection + 10, t: record.t + 1e9 };
    });
    assert.deepEqual(names([...records, ...later]).slice(4), [
      "client#2",
      "proxy#2·client",
      "proxy#2·server",
      "server#2",
    ]);
  });

  test("the line that tells of the accepted connection waits until its end has a name", () => {
    const lines: string[] = [];
    const writer = new TimelineWriter((line) => lines.push(line));
    for (const record of seenBy([2, 3], opened()).slice(0, 2)) writer.add(record);
    assert.match(lines.join("\n"), /proxy·client accept .*\n.*proxy·server opened +for proxy·client$/);
  });

  test("an accepted connection that stays a server's is shown when the turn is over", () => {
    const lines: string[] = [];
    const writer = new TimelineWriter((line) => lines.push(line));
    for (const record of seenBy([4], opened())) writer.add(record);
    assert.equal(lines.length, 0);
    writer.flush();
    assert.match(lines.join("\n"), / server +accept /);
  });

  test("whoever is told first, each end gets its name, and there is one conversation", () => {
    fc.assert(
      fc.property(anyOrder, (records) => {
        const conversations = new Conversations();
        const ends = new Set(records.map((record) => conversations.add(record)));
        const names = [...ends].map((end) => `${end.connection} ${laneName(end)} ${numberOf(end)}`);
        assert.deepEqual(
          names.sort(),
          LANES.map((name, index) => `${index + 1} ${name} 1`),
        );
      }),
    );
  });

  test("two proxies in a row are told apart", () => {
    const address = (port: number) => ({ family: "IPv4", host: "127.0.0.1", port }) as const;
    const conversations = new Conversations();
    const { records } = new Story()
      .event(2, { kind: "accepted", local: address(1), remote: address(50_001) })
      .event(3, { kind: "relayed", connection: 2 })
      .event(4, { kind: "accepted", local: address(2), remote: address(50_002) })
      .event(5, { kind: "relayed", connection: 4 })
      .event(3, { kind: "connected", local: address(50_002), remote: address(2) })
      .event(5, { kind: "connected", local: address(50_003), remote: address(3) });
    const ends = new Set(records.map((record) => conversations.add(record)));
    assert.deepEqual(
      [...ends].map((end) => laneName(end)),
      ["proxy·client", "proxy·server", "proxy-2·client", "proxy-2·server"],
    );
    assert.deepEqual([...new Set([...ends].map(numberOf))], [1]);
    assert.deepEqual(
      ladderOf(records).lanes.map(({ name, recorded }) => (recorded ? name : `(${name})`)),
      ["(client)", "proxy·client", "proxy·server", "proxy-2·client", "proxy-2·server", "(server)"],
    );
  });

  test("a server that a PROXY header told of the client is the other end of the proxy's connection", () => {
    const conversations = new Conversations();
    const ends = new Set(openedWithHeader().records.map((record) => conversations.add(record)));
    assert.deepEqual(
      [...ends].map((end) => `${laneName(end)} ${numberOf(end)}`),
      LANES.map((name) => `${name} 1`),
    );
  });

  test("records that say a connection is behind itself are no endless row", () => {
    const conversations = new Conversations();
    const { records } = new Story()
      .event(3, { kind: "relayed", connection: 2 })
      .event(2, {
        kind: "accepted",
        local: { family: "IPv4", host: "a", port: 1 },
        remote: { family: "IPv4", host: "b", port: 2 },
      })
      .event(3, {
        kind: "connected",
        local: { family: "IPv4", host: "b", port: 2 },
        remote: { family: "IPv4", host: "a", port: 1 },
      })
      .event(3, { kind: "relayed", connection: 3 })
      .event(5, { kind: "relayed", connection: 2 });
    for (const record of records) assert.ok(laneName(conversations.add(record)).length > 0);
  });
});

describe("the ladder of a proxied conversation", () => {
  test("has a lane for each end, and bands lead through the proxy", () => {
    const ladder = ladderOf(opened().exchange("hello", "hi").records);
    assert.deepEqual(
      ladder.lanes.map(({ name }) => name),
      LANES,
    );
    assert.deepEqual(ladder.bands.map(bandText), [
      "client client [0, 5) → proxy·client 0",
      "client proxy·client [0, 5) → proxy·server 0",
      "client proxy·server [0, 5) → server 0",
      "server server [0, 2) → proxy·server 0",
      "server proxy·server [0, 2) → proxy·client 0",
      "server proxy·client [0, 2) → client 0",
    ]);
  });

  test("has the outer lanes although only the proxy was recorded", () => {
    const { lanes } = ladderOf(seenBy([2, 3], opened()));
    assert.deepEqual(
      lanes.map(({ name, recorded }) => (recorded ? name : `(${name})`)),
      ["(client)", "proxy·client", "proxy·server", "(server)"],
    );
  });

  test("has the same lanes and bands whoever is told first", () => {
    const expected = ladderOf(opened().exchange(GET, OK).records).bands.map(bandText).sort();
    fc.assert(
      fc.property(anyOrder, (records) => {
        const ladder = ladderOf(records);
        assert.deepEqual(
          ladder.lanes.map(({ name }) => name),
          LANES,
        );
        assert.deepEqual(ladder.bands.map(bandText).sort(), expected);
      }),
    );
  });

  test("FIN crosses each hop, and the proxy between", () => {
    const { records } = opened()
      .event(1, { kind: "end" })
      .event(2, { kind: "peer-end" })
      .event(3, { kind: "end" })
      .event(4, { kind: "peer-end" });
    const { crossings } = ladderOf(records);
    assert.deepEqual(
      crossings.map(({ from, to }) => `${from.lane} ${from.mark} → ${to.lane} ${to.mark}`).sort(),
      [
        "client FIN → proxy·client FIN received",
        "client connect → proxy·client accept",
        "proxy·client FIN received → proxy·server FIN",
        "proxy·client accept → proxy·server connect",
        "proxy·server FIN → server FIN received",
        "proxy·server connect → server accept",
      ],
    );
  });

  test("several connections that a forward proxy opens for one client share its lanes", () => {
    const { records } = opened().exchange("first", "1").event(5, { kind: "relayed", connection: 2 });
    const story = new Story();
    story.records.push(...records);
    story.bytes(2, "in", "second").bytes(5, "out", "second");
    const last = ladderOf(
      story.records.map((each) =>
        "offset" in each && each.connection === 2 && each.bytes.length === 6 ? { ...each, offset: 5 } : each,
      ),
    );
    assert.equal(last.lanes.length, 4);
    const [from, to] = [last.bands.at(-1)?.from, last.bands.at(-1)?.to];
    assert.deepEqual([from?.connection, from?.start, to?.connection, to?.start], [2, 5, 5, 0]);
  });
});

describe("what passes a proxy", () => {
  /** Bands from what the proxy read to what it wrote, as `[start, end) → toStart`. */
  function passed(reads: readonly string[], writes: readonly string[]): string[] {
    const story = opened();
    for (const text of reads) story.bytes(2, "in", text);
    for (const text of writes) story.bytes(3, "out", text);
    return ladderOf(story.records).bands.map(({ start, end, toStart }) => `[${start}, ${end}) → ${toStart}`);
  }

  const TEXT = "GET /hello HTTP/1.1\r\nHost: example\r\n\r\n";

  test("a changed byte has no band; all others have", () => {
    assert.deepEqual(passed([TEXT], [TEXT.replace("hello", "jello")]), ["[0, 5) → 0", "[6, 38) → 6"]);
    assert.deepEqual(passed([TEXT], [`${TEXT.slice(0, -1)}\r`]), ["[0, 37) → 0"]);
  });

  test("what one end masked, and the other did not, passed as it was", () => {
    assert.deepEqual(passed([TEXT], [TEXT.replace("example", "*******")]), ["[0, 38) → 0"]);
  });

  test("dropped bytes have no band, and what follows is joined to where it came from", () => {
    assert.deepEqual(passed([TEXT], [TEXT.replace("/hello ", "")]), ["[0, 4) → 0", "[11, 38) → 4"]);
  });

  test("bytes that the proxy added come from nowhere", () => {
    const header = "PROXY TCP4 127.0.0.1 127.0.0.1 50001 8080\r\n";
    assert.deepEqual(passed([TEXT], [header, TEXT]), [`[0, 38) → ${header.length}`]);
    assert.deepEqual(passed([TEXT], [`GET /hello${TEXT}`]), ["[0, 10) → 0", "[10, 38) → 20"]);
  });

  test("however it was cut, what passes unchanged is tiled by its bands", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 });
    const cut = (text: string, all: readonly number[]): string[] => {
      const pieces: string[] = [];
      let at = 0;
      for (const length of all) {
        pieces.push(text.slice(at, at + length));
        at += length;
      }
      return [...pieces, text.slice(at)].filter((piece) => piece !== "");
    };
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: "grapheme-ascii" }),
        lengths,
        lengths,
        (text, reads, writes) => {
          const story = opened();
          for (const piece of cut(text, reads)) story.bytes(2, "in", piece);
          for (const piece of cut(text, writes)) story.bytes(3, "out", piece);
          let at = 0;
          for (const { start, end, toStart } of ladderOf(story.records).bands) {
            assert.deepEqual([start, toStart], [at, at]);
            at = end;
          }
          assert.equal(at, text.length);
        },
      ),
    );
  });

  test("a stream that has nothing in common with what was read is drawn in time", () => {
    const noise = (seed: number) => {
      let text = "";
      for (let state = seed; text.length < 2000; text += String.fromCharCode(33 + (state % 90)))
        state = (state * 48_271) % 2_147_483_647;
      return text;
    };
    const reads = Array.from({ length: 300 }, (_, index) => noise(index + 1));
    const writes = Array.from({ length: 300 }, (_, index) => noise(index + 1001));
    assert.deepEqual(passed(reads, writes), []);
  });
});

describe("faults", () => {
  const hit = (start: number, end: number) =>
    opened()
      .bytes(1, "out", "0123456789")
      .bytes(2, "in", "01234")
      .bytes(2, "in", "56789")
      .event(2, { kind: "fault", fault: "drop", text: "3 bytes", start, end });

  test("are marks on the proxy's lane, on the bytes that they hit", () => {
    const ladder = ladderOf(hit(3, 6).records);
    const mark = ladder.events.at(-1);
    assert.ok(mark?.kind === "mark" && mark.mark === "fault");
    assert.equal(mark.lane, "proxy·client");
    assert.deepEqual(mark.hit, { flow: "client", start: 3, end: 6 });
    const reads = ladder.events.flatMap((event) =>
      event.kind === "read" ? [ladder.hitsOf(event).length] : [],
    );
    assert.deepEqual(reads, [1, 1]);
  });

  test("hit no read but those of their bytes", () => {
    const ladder = ladderOf(hit(5, 6).records);
    const reads = ladder.events.flatMap((event) =>
      event.kind === "read" ? [ladder.hitsOf(event).length] : [],
    );
    assert.deepEqual(reads, [0, 1]);
  });

  test("make a proxy of an end that opened no connection", () => {
    const { records } = new Story()
      .event(2, {
        kind: "accepted",
        local: { family: "IPv4", host: "a", port: 1 },
        remote: { family: "IPv4", host: "b", port: 2 },
      })
      .event(2, { kind: "fault", fault: "refuse", text: "RST on arrival", start: 0, end: 0 });
    assert.match(
      formatTimeline(records).join("\n"),
      /proxy·client accept .*\n.*proxy·client fault +refuse: RST on arrival, at byte 0/,
    );
  });

  test("the way of chosen bytes leads over all lanes, past what was dropped before them", () => {
    const story = opened()
      .bytes(1, "out", "dropped and then some more")
      .bytes(2, "in", "dropped and then some more")
      .bytes(3, "out", "and then some more")
      .bytes(4, "in", "and then")
      .bytes(4, "in", " some more");
    const ladder = ladderOf(story.records);
    const way = (start: number, end: number) =>
      [...ladder.wayOf({ connection: 1, flow: "client", start, end })]
        .map(({ connection, start }) => `${connection} ${start}`)
        .sort();
    assert.deepEqual(way(0, 3), ["1 0", "2 0"]); // "dro"
    assert.deepEqual(way(8, 11), ["1 0", "2 0", "3 0", "4 0"]); // "and"
    assert.deepEqual(way(22, 26), ["1 0", "2 0", "3 0", "4 8"]); // "more"
  });
});
