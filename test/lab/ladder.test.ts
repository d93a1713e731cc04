import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { HttpClient, practice, serve } from "wirepane/http";
import { connect, listen } from "wirepane/tcp";
import { recordTrace, type TraceRecord } from "wirepane/trace";
import { Ladder, LadderLayout, shapesOf } from "../../src/browser.ts";

// The picture without a screen: what the ladder of real and of invented records is.

type Cut = {
  readonly role: "client" | "server";
  readonly direction: "in" | "out";
  readonly lengths: readonly number[];
};

/** Records of one flow, cut in pieces, at times that count up. */
function bytesRecords({ role, direction, lengths }: Cut, firstTime: number): TraceRecord[] {
  let offset = 0;
  return lengths.map((length, index) => {
    const record = {
      v: 1,
      t: firstTime + index,
      connection: role === "client" ? 1 : 2,
      role,
      type: "bytes",
      direction,
      offset,
      bytes: new Uint8Array(length).fill(65),
    } as const;
    offset += length;
    return record;
  });
}

const ladderOf = (records: readonly TraceRecord[]): Ladder => {
  const ladder = new Ladder();
  for (const record of records) ladder.add(record);
  return ladder;
};

describe("bands", () => {
  test("one write that was read in two pieces is a fork, two writes read at once are a merge", () => {
    const fork = ladderOf([
      ...bytesRecords({ role: "client", direction: "out", lengths: [91] }, 0),
      ...bytesRecords({ role: "server", direction: "in", lengths: [60, 31] }, 10),
    ]);
    assert.deepEqual(
      fork.bands.map(({ start, end, from, to }) => [start, end, from.end, to.start]),
      [
        [0, 60, 91, 0],
        [60, 91, 91, 60],
      ],
    );
    const merge = ladderOf([
      ...bytesRecords({ role: "server", direction: "out", lengths: [3, 4] }, 0),
      ...bytesRecords({ role: "client", direction: "in", lengths: [7] }, 10),
    ]);
    assert.deepEqual(
      merge.bands.map(({ flow, start, end }) => [flow, start, end]),
      [
        ["server", 0, 3],
        ["server", 3, 7],
      ],
    );
  });

  const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 });

  test("however writes and reads are cut, and whichever end is told first, the bands tile what both ends have", () => {
    fc.assert(
      fc.property(lengths, lengths, fc.boolean(), (writes, reads, readsFirst) => {
        const parts = [
          bytesRecords({ role: "client", direction: "out", lengths: writes }, 0),
          bytesRecords({ role: "server", direction: "in", lengths: reads }, 100),
        ];
        const { bands } = ladderOf((readsFirst ? parts.reverse() : parts).flat());
        const sum = (all: readonly number[]) => all.reduce((total, length) => total + length, 0);
        let at = 0;
        for (const { start, end, from, to } of bands) {
          assert.equal(start, at);
          assert.ok(
            start < end && from.start <= start && end <= from.end && to.start <= start && end <= to.end,
          );
          at = end;
        }
        assert.equal(at, Math.min(sum(writes), sum(reads)));
      }),
    );
  });

  test("records of another thread may come late: events are in the order of time all the same", () => {
    const late = [
      ...bytesRecords({ role: "client", direction: "out", lengths: [5, 5, 5] }, 100),
      ...bytesRecords({ role: "server", direction: "in", lengths: [15] }, 50),
    ];
    const ladder = ladderOf(late);
    assert.deepEqual(
      ladder.events.map(({ t }) => t),
      [50, 100, 101, 102],
    );
    assert.equal(ladder.takeChanged(), 0);
  });
});

describe("a layout that grows", () => {
  const times = fc.array(fc.integer({ min: 0, max: 20_000_000 }), { minLength: 1, maxLength: 30 });

  test("is the layout that would have been made at once", () => {
    fc.assert(
      fc.property(times, (all) => {
        const records = all.map((t, index): TraceRecord => {
          const [record] = bytesRecords({ role: "client", direction: "out", lengths: [1] }, t);
          return { ...(record as Extract<TraceRecord, { type: "bytes" }>), offset: index };
        });
        const grown = new Ladder();
        const layout = new LadderLayout(grown, { kind: "rows" });
        for (const record of records) {
          grown.add(record);
          layout.update(grown.takeChanged());
        }
        const whole = new LadderLayout(ladderOf(records), { kind: "rows" });
        whole.update(0);
        assert.deepEqual(layout.tops, whole.tops);
        assert.deepEqual(layout.folds, whole.folds);
        for (const [index, top] of layout.tops.entries())
          if (index > 0) assert.ok(top - (layout.tops[index - 1] as number) >= 30, "rows do not overlap");
      }),
    );
  });
});

describe("real conversations", () => {
  test("an exchange: FIN crosses, the handler is a block, both directions close, nothing is left open", async () => {
    const recorder = recordTrace();
    const server = await serve({ handler: practice(), observe: () => recorder.observe("server") });
    const client = new HttpClient({ observe: () => recorder.observe("client") });
    await (await client.request({ url: new URL("/delay/0.05", server.url) })).text();
    await client.close();
    await server.stop();
    const ladder = ladderOf(recorder.records);
    assert.deepEqual(
      ladder.crossings.map(({ from, to }) => `${from.lane} ${from.mark} → ${to.lane}`).sort(),
      ["client FIN → server", "client connect → server", "server FIN → client"],
    );
    const [handler] = ladder.stretches.filter(({ kind }) => kind === "handler");
    assert.ok(
      handler?.to !== undefined && handler.to - handler.from > 40e6,
      "it took what /delay was asked to take",
    );
    assert.deepEqual(
      ladder.stretches.filter(({ kind, to }) => kind !== "state" && to === undefined),
      [],
    );
  });

  test("of a half-close: one direction ends, the other goes on", async () => {
    const recorder = recordTrace();
    const server = await listen({
      handler: async (connection) => {
        while ((await connection.read()) !== undefined);
        await connection.write("all of it\n");
        await connection.end();
      },
      observe: () => recorder.observe("server"),
    });
    const { address } = server;
    assert.ok(address.family !== "unix");
    const connection = await connect({
      host: address.host,
      port: address.port,
      observer: recorder.observe("client"),
    });
    await connection.write("a request");
    await connection.end();
    await connection.read();
    await connection.closed;
    await server.stop();
    const ladder = ladderOf(recorder.records);
    const stretch = (lane: string, kind: string) =>
      ladder.stretches.find((each) => each.lane === lane && each.kind === kind);
    const answered = ladder.events.find(({ kind, lane }) => kind === "read" && lane === "client");
    assert.ok((stretch("client", "sends")?.to ?? 0) < (answered?.t ?? 0));
    assert.ok((stretch("client", "receives")?.to ?? 0) >= (answered?.t ?? 0));
  });

  test("what is in view is drawn, and nothing else", () => {
    const records = Array.from({ length: 10_000 }, (_, index): TraceRecord => {
      const [record] = bytesRecords({ role: "client", direction: "out", lengths: [1] }, index * 1000);
      return { ...(record as Extract<TraceRecord, { type: "bytes" }>), offset: index };
    });
    const ladder = ladderOf(records);
    const layout = new LadderLayout(ladder, { kind: "rows" });
    layout.update(0);
    const boxes = shapesOf(ladder, layout, { width: 800, top: 3000, bottom: 3300 }).filter(
      ({ shape }) => shape === "box",
    );
    assert.ok(boxes.length >= 10 && boxes.length <= 14, `${boxes.length} boxes`);
  });

  test("the word for a silence does not lie on the boxes of a narrow picture", () => {
    const ladder = ladderOf([
      ...bytesRecords({ role: "client", direction: "out", lengths: [5] }, 0),
      ...bytesRecords({ role: "server", direction: "in", lengths: [5] }, 86_000_000),
    ]);
    const layout = new LadderLayout(ladder, { kind: "rows" });
    layout.update(0);
    for (let width = 300; width <= 1400; width += 50) {
      const shapes = shapesOf(ladder, layout, { width, top: 0, bottom: 1000 });
      const said = shapes.flatMap((each) =>
        each.shape === "text" && each.look === "fold" ? [each.text] : [],
      );
      assert.equal(said.length, 1);
      const boxes = shapes.flatMap((each) => (each.shape === "box" ? [each] : []));
      const room = Math.max(...boxes.map(({ x }) => x)) - Math.min(...boxes.map((box) => box.x + box.width));
      assert.match(said[0] ?? "", /^86\.0 ms/);
      // A character of the picture's fixed-width font, 10 pixels high, is 6 pixels wide.
      assert.equal(
        said[0]?.includes("nothing"),
        room >= 16 * 6.25,
        `${width} wide, ${room} between the boxes`,
      );
    }
  });
});
