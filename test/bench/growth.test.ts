import assert from "node:assert/strict";
import { test } from "node:test";
import { type CurvePlan, comparisonOf, measured } from "../../bench/curves/curve.ts";
import { exponentOf, medianOf } from "../../bench/curves/growth.ts";

const powerLaw = (k: number) => [1, 10, 100, 1000].map((x) => ({ x, rounds: [7 * x ** k] }));

for (const k of [-1, 0, 0.5, 1, 2]) {
  test(`a cost that grows with the power ${k} has the exponent ${k}`, () => {
    assert.ok(Math.abs((exponentOf(powerLaw(k), 1) ?? Number.NaN) - k) < 1e-9);
  });
}

test("a constant cost below the place where the fit begins does not flatten the exponent", () => {
  const points = [{ x: 1, rounds: [1000] }, ...powerLaw(1).slice(1)];
  assert.ok(Math.abs((exponentOf(points, 10) ?? Number.NaN) - 1) < 1e-9);
  assert.ok((exponentOf(points, 1) ?? Number.NaN) < 0.7);
});

test("an exponent is that of the medians: one slow round does not move it", () => {
  const points = powerLaw(1).map(({ x, rounds: [y = 0] }) => ({ x, rounds: [y, y, 50 * y] }));
  points[0]?.rounds.reverse();
  assert.ok(Math.abs((exponentOf(points, 1) ?? Number.NaN) - 1) < 1e-9);
});

test("an amount of 0 has no logarithm and is no part of the fit", () => {
  assert.ok(Math.abs((exponentOf([{ x: 0, rounds: [3] }, ...powerLaw(2)], 0) ?? Number.NaN) - 2) < 1e-9);
});

test("one point has no exponent", () => {
  assert.equal(exponentOf(powerLaw(1).slice(0, 1), 1), undefined);
  assert.equal(exponentOf(powerLaw(1), 1000), undefined);
});

test("the median of an even number of figures lies between the middle two", () => {
  assert.equal(medianOf([4, 1, 3, 2]), 2.5);
  assert.equal(medianOf([9, 1, 5]), 5);
});

const plan = (
  measures: Record<string, (amount: number) => number>,
  amounts: readonly number[],
): CurvePlan => ({
  id: "test",
  title: "A test",
  aim: "",
  x: { label: "octets", unit: "bytes" },
  y: { label: "cost", unit: "ns" },
  load: "none",
  fitFrom: 1,
  maxExponent: 1.1,
  comparison: { of: "slow", less: "calls", to: "fast", atMost: 3 },
  series: Object.entries(measures).map(([name, measure]) => ({ name, amounts, measure })),
});

test("a point that cannot be measured is named with its reason, and the others are measured all the same", async () => {
  const failing = (amount: number) => {
    if (amount === 10) throw new Error("no such luck");
    return amount;
  };
  const { series } = await measured(plan({ one: failing, other: () => 5 }, [1, 10, 100]), 2);
  assert.deepEqual(series[0]?.missing, [{ name: "10", reason: "no such luck" }]);
  assert.deepEqual(
    series.map(({ points }) => points),
    [[1, 100].map((x) => ({ x, rounds: [x, x] })), [1, 10, 100].map((x) => ({ x, rounds: [5, 5] }))],
  );
});

test("every point of every series is measured once before any is measured again", async () => {
  const order: string[] = [];
  const noting = (name: string) => (amount: number) => order.push(`${name}${amount}`);
  await measured(plan({ a: noting("a"), b: noting("b") }, [1, 2]), 2);
  assert.deepEqual(order, ["a1", "a2", "b1", "b2", "a1", "a2", "b1", "b2"]);
});

test("a comparison takes off what the third series costs, at the largest amount that all have", async () => {
  const tooLarge = (amount: number) => {
    if (amount > 10) throw new Error("too large");
    return 2;
  };
  const curve = await measured(plan({ slow: () => 11, calls: () => 5, fast: tooLarge }, [1, 10, 100]), 1);
  const compared = comparisonOf(curve);
  assert.equal(compared?.factor, 3);
  assert.match(compared?.sentence ?? "", /^slow costs 5\.5 times as much as fast at 10 bytes; 3\.00 times, /);
});
