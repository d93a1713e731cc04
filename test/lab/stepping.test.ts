import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Recording } from "../../src/lab/model/recording.ts";
import { SCRIPTS, type Script } from "../../src/lab/model/scripts.ts";
import { JOINT_ROWS, seenBy, TURN_ROWS } from "../../src/lab/model/state-tables.ts";
import { type RunOptions, run } from "../../src/lab/model/stepping.ts";

const NO_CUTS = { client: new Set<number>(), server: new Set<number>() };
const scriptOf = (name: string): Script => {
  const script = SCRIPTS.find((each) => each.name === name);
  assert.ok(script, `no script ${name}`);
  return script;
};
const optionsOf = (name: string, others: Partial<RunOptions> = {}): RunOptions => ({
  script: scriptOf(name),
  cuts: NO_CUTS,
  slowWire: false,
  ...others,
});
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

for (const script of SCRIPTS) {
  for (const slowWire of [false, true]) {
    test(`${script.name}: runs to the end, on a ${slowWire ? "slow" : "quick"} wire`, () => {
      const { steps, ends, streams } = run({ script, cuts: NO_CUTS, slowWire });
      assert.match(steps.at(-1)?.words ?? "", /closed/, JSON.stringify(steps, null, 1));
      assert.equal(ends.client.arrived, streams.client.length);
      assert.equal(ends.server.arrived, streams.server.length);
      assert.ok(steps.every(({ isFault }) => !isFault || script.name.includes("refused")));
    });
  }
}

test("the message on the wire is that of the RFC's grammar", () => {
  const { streams } = run(optionsOf("one exchange"));
  assert.equal(textOf(streams.client), "GET /hello HTTP/1.1\r\nHost: lab.example\r\n\r\n");
  assert.equal(textOf(streams.server), "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n");
});

test("a step back is the run before: any number of steps is the beginning of any other", () => {
  for (const script of SCRIPTS) {
    const options = { script, cuts: NO_CUTS, slowWire: false };
    const whole = run(options);
    for (let count = 0; count < whole.steps.length; count++) {
      const part = run(options, count);
      assert.deepEqual(part.steps, whole.steps.slice(0, count));
      assert.deepEqual(part.records, whole.records.slice(0, part.records.length));
    }
  }
});

test("each step has a time of its own, a millisecond after the step before", () => {
  const { records, steps } = run(optionsOf("one exchange"));
  const times = new Set(records.map(({ t }) => t));
  assert.ok([...times].every((t) => t % 1e6 === 0 && t / 1e6 < steps.length));
  assert.ok(times.size > 10);
});

test("the wire is cut where somebody cut, and the server needs more", () => {
  const { records, steps } = run(
    optionsOf("one exchange", { cuts: { ...NO_CUTS, client: new Set([4, 9]) } }),
  );
  const reads = records.flatMap((record) =>
    record.type === "bytes" && record.role === "server" && record.direction === "in"
      ? [textOf(record.bytes)]
      : [],
  );
  assert.deepEqual(reads.slice(0, 2), ["GET ", "/hell"]);
  assert.ok(steps.some(({ who, words }) => who === "server" && /needs more: 4 bytes/.test(words)));
});

test("on a slow wire, several writes are read as one", () => {
  const countOf = (slowWire: boolean) => {
    const { records } = run(optionsOf("content in chunks", { slowWire }));
    const bytes = records.filter((record) => record.type === "bytes");
    return {
      writes: bytes.filter(({ role, direction }) => role === "client" && direction === "out").length,
      reads: bytes.filter(({ role, direction }) => role === "server" && direction === "in").length,
    };
  };
  assert.deepEqual(countOf(false), { writes: 4, reads: 4 });
  assert.deepEqual(countOf(true), { writes: 4, reads: 1 });
});

test("wherever the streams are cut, the same events are read in the end", () => {
  const eventsOf = (options: RunOptions) => {
    const { steps, ends } = run(options);
    const read = steps.filter(({ words }) => /^reads an event: (?!content)/.test(words));
    const states = [ends.client, ends.server].map(({ ourState, peerState }) => [ourState, peerState]);
    return { read: read.map(({ who, words }) => `${who} ${words}`).sort(), states };
  };
  const cuts = fc.uniqueArray(fc.nat(150)).map((places) => new Set(places));
  fc.assert(
    fc.property(fc.constantFrom(...SCRIPTS), cuts, cuts, fc.boolean(), (script, client, server, slowWire) => {
      const whole = eventsOf({ script, cuts: NO_CUTS, slowWire: false });
      assert.deepEqual(eventsOf({ script, cuts: { client, server }, slowWire }), whole);
    }),
    { numRuns: 200 },
  );
});

test("both ends are one conversation, with its exchanges", () => {
  const recording = new Recording();
  for (const record of run(optionsOf("two exchanges on one connection")).records) recording.add(record);
  assert.equal(recording.conversations.length, 1);
  const [conversation] = recording.conversations;
  assert.deepEqual(
    conversation?.exchanges.map(({ request, response }) => [request?.target, response?.status]),
    [
      ["/one", 200],
      ["/two", 200],
    ],
  );
  assert.equal(conversation?.state, "closed");
});

test("every change of state is a row of one of the tables", () => {
  const rows = [...TURN_ROWS, ...JOINT_ROWS];
  const lit = new Set();
  for (const script of SCRIPTS) {
    const options = { script, cuts: NO_CUTS, slowWire: false };
    const { length } = run(options).steps;
    for (let count = 1; count <= length; count++) {
      const { taken } = run(options, count);
      for (const each of taken) {
        const found = rows.filter((row) => seenBy(row, [each]).length > 0);
        assert.equal(found.length, 1, JSON.stringify(each));
        lit.add(found[0]);
      }
    }
  }
  assert.ok(lit.size >= 18, `${lit.size} of ${rows.length} rows light up in some script`);
});

test("a request that cannot be read leaves the client's side in error, and is answered with 400", () => {
  const { steps, ends, streams } = run(optionsOf("two lengths: refused"));
  assert.ok(steps.some(({ who, isFault }) => who === "server" && isFault));
  assert.equal(ends.server.peerState, "error");
  assert.match(textOf(streams.server), /^HTTP\/1\.1 400 /);
});
