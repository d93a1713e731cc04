import assert from "node:assert/strict";
import { test } from "node:test";
import { printed } from "../../bench/print.ts";
import { ratioOf, verdicts } from "../../bench/ratio.ts";
import { type Aim, interleave, type Peer, type Table } from "../../bench/row.ts";

const ours: Peer = peer("ours", [30, 10, 24]);
const slow: Peer = peer("slow", [10, 5, 24]);

function peer(name: string, values: readonly number[]): Peer {
  return { name, rounds: values.map((value) => ({ value, cpu: 100 / value })) };
}

function table(aims: readonly Aim[]): Table {
  return {
    ...{ id: "x", title: "a table", unit: "requests/s", better: "more", operation: "request" },
    ...{ load: "none", versions: ["slow 1.0"], ours: "ours", peers: [ours, slow] },
    ...{ missing: [{ name: "gone", reason: "it is not here" }], aims },
  };
}

test("a ratio is taken within each round, and its median is given with the least and the most", () => {
  assert.deepEqual(ratioOf(ours, slow, "value"), { median: 2, least: 1, most: 3 });
});

test("there is no ratio if a round lacks the figure", () => {
  const withoutCpu: Peer = {
    name: "slow",
    rounds: [{ value: 1 }, { value: 1, cpu: 1 }, { value: 1, cpu: 1 }],
  };
  assert.equal(ratioOf(ours, withoutCpu, "cpu"), undefined);
});

test("an aim is judged by the median of its ratio: missed, reached, or stretched to", () => {
  const judge = (aim: Partial<Aim>) =>
    verdicts(table([{ peer: "ours", against: "slow", ...aim }])).map(({ outcome }) => outcome);
  assert.deepEqual(judge({ value: ">= 2.1" }), ["missed"]);
  assert.deepEqual(judge({ value: ">= 2", stretch: { value: ">= 2.5" } }), ["reached"]);
  assert.deepEqual(judge({ value: ">= 1.5", stretch: { value: ">= 2" } }), ["stretch"]);
  assert.deepEqual(judge({ value: ">= 1.5", cpu: "<= 0.4" }), ["reached", "missed"]);
  assert.deepEqual(judge({ stretch: { value: ">= 2.1" } }), ["short of stretch"]);
  assert.deepEqual(judge({ stretch: { value: ">= 2" } }), ["stretch"]);
});

test("an aim without a peer is about the value itself", () => {
  const [verdict] = verdicts(table([{ peer: "ours", value: "<= 24" }]));
  assert.equal(verdict?.outcome, "reached");
  assert.equal(verdict?.measured?.median, 24);
});

test("an aim against a missing peer is neither reached nor missed", () => {
  const [verdict] = verdicts(table([{ peer: "ours", against: "gone", value: ">= 1" }]));
  assert.equal(verdict?.outcome, "not measured");
});

test("the peers take turns, and one that cannot be measured is named with the reason", async () => {
  const turns: string[] = [];
  const working = (name: string) => ({
    name,
    measure: () => {
      turns.push(name);
      return { value: turns.length };
    },
  });
  const broken = {
    name: "broken",
    measure: () => {
      turns.push("broken");
      throw new Error("no compiler");
    },
  };
  const { peers, missing } = await interleave(2, [working("a"), broken, working("b")]);
  assert.deepEqual(turns, ["a", "broken", "b", "a", "b"]);
  assert.deepEqual(peers, [
    { name: "a", rounds: [{ value: 1 }, { value: 4 }] },
    { name: "b", rounds: [{ value: 3 }, { value: 5 }] },
  ]);
  assert.deepEqual(missing, [{ name: "broken", reason: "no compiler" }]);
});

test("a peer that fails in a later round is not in the table with the rounds it had", async () => {
  let rounds = 0;
  const measure = () => {
    if (++rounds === 2) throw new Error("lost");
    return { value: 1 };
  };
  const { peers, missing } = await interleave(3, [{ name: "a", measure }]);
  assert.deepEqual(peers, []);
  assert.deepEqual(missing, [{ name: "a", reason: "lost" }]);
});

test("the printed table says what is missing and which aims were reached", () => {
  const text = printed(table([{ peer: "ours", against: "slow", value: ">= 2.1" }]));
  assert.match(text, /^ {2}slow +10\.0 +10\.0 +2\.00 × \(1\.00–3\.00\) +0\.50 × \(0\.33–1\.00\)$/m);
  assert.match(text, /^ {2}gone: not measured, it is not here$/m);
  assert.match(text, /^ {4}✗ missed 2\.00 \(value ≥ 2\.1 ×\): ours against slow$/m);
});
