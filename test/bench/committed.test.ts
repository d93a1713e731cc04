import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { curveChart } from "../../bench/report/curve-chart.ts";
import { performanceDocument } from "../../bench/report/document.ts";
import { peersChart } from "../../bench/report/peers-chart.ts";
import { parseReasons } from "../../bench/report/reasons.ts";
import type { BenchRecord, CurvesRecord } from "../../bench/report/record.ts";
import { ROOT } from "../support/root.ts";

const read = (file: string): string => readFileSync(new URL(`docs/${file}`, ROOT), "utf8");
const bench = JSON.parse(read("performance/bench.json")) as BenchRecord;
const curves = JSON.parse(read("performance/curves.json")) as CurvesRecord;

test("docs/performance.md says what the JSON and the reasons beside it say (npm run docs:performance)", () => {
  const { markdown, problems } = performanceDocument(
    bench,
    curves,
    parseReasons(read("performance/reasons.md")),
  );
  assert.deepEqual(problems, []);
  assert.equal(markdown, read("performance.md"));
});

test("the charts show what the JSON beside them says (npm run docs:performance)", () => {
  assert.equal(peersChart(bench.tables, bench.node), read("performance/peers.svg"));
  for (const curve of curves.curves)
    assert.equal(curveChart(curve), read(`performance/curve-${curve.id}.svg`));
});
