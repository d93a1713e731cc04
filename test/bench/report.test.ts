import assert from "node:assert/strict";
import { test } from "node:test";
import type { Curve } from "../../bench/curves/curve.ts";
import { curveChart } from "../../bench/report/curve-chart.ts";
import { performanceDocument } from "../../bench/report/document.ts";
import { peersChart } from "../../bench/report/peers-chart.ts";
import { parseReasons } from "../../bench/report/reasons.ts";
import { type BenchRecord, type CurvesRecord, writtenRecord } from "../../bench/report/record.ts";
import { element, escapeXml } from "../../bench/report/svg.ts";
import type { Aim, Table } from "../../bench/row.ts";

const aim: Aim = { peer: "ours", against: "theirs", value: ">= 2" };

/** Ours does 20 to 40 a second; the peer does what is given. */
function table(theirs: readonly number[], aims: readonly Aim[] = [aim]): Table {
  const rounds = (values: readonly number[]) => values.map((value) => ({ value, cpu: 100 / value }));
  return {
    id: "client",
    title: "HTTP <client>",
    unit: "requests/s",
    better: "more",
    operation: "request",
    load: "a C program",
    versions: ["theirs 1.2.3"],
    ours: "ours",
    peers: [
      { name: "ours", rounds: rounds([20, 30, 40]) },
      { name: "theirs", rounds: rounds(theirs) },
    ],
    missing: [{ name: "absent", reason: "it is\nnot | here" }],
    aims,
  };
}

function curve(exponent: number, reference = false): Curve {
  const points = [1, 10, 100].map((x) => ({
    x,
    rounds: [x ** exponent, 2 * x ** exponent, 3 * x ** exponent],
  }));
  const missing = [{ name: "1000", reason: "too <many>" }];
  return {
    id: "fields",
    title: "Fields & more",
    aim: "Twice as many, at most twice as much.",
    x: { label: "fields", unit: "count" },
    y: { label: "CPU", unit: "µs" },
    load: "a C program",
    series: [{ name: "ours", reference, fitFrom: 1, maxExponent: 1.1, points, missing }],
  };
}

const settings = { rounds: 3, warmUpMs: 1, measureMs: 1, quick: false };
const made = { node: "v20.1.2", machine: "2 × a core", day: "2026-11-23", settings };
const bench = (...tables: readonly Table[]): BenchRecord => ({
  ...made,
  runs: [{ name: "client", seconds: 60 }],
  tables,
});
const curves = (...all: readonly Curve[]): CurvesRecord => ({
  ...made,
  runs: [{ name: "fields", seconds: 60 }],
  curves: all,
});

test("a ratio is the median of the rounds' own ratios, with their range", () => {
  // 20/10, 30/5 and 40/16: the ratio of the medians would be 3.
  const { markdown } = performanceDocument(bench(table([10, 5, 16])), curves(), new Map());
  assert.match(
    markdown,
    /\| ours to theirs \| requests\/s \| ≥ 2 × \| 2\.50 × \(2\.00–6\.00\) \| ✓ reached \|/,
  );
});

test("a row that loses and has no reason is a problem", () => {
  const { problems, markdown } = performanceDocument(bench(table([20, 30, 40])), curves(), new Map());
  assert.deepEqual(problems, [
    "client loses, and docs/performance/reasons.md says nothing about it:\n  ours to theirs, requests/s: 1.00, aimed at ≥ 2 ×",
  ]);
  assert.match(markdown, /✗ missed/);
});

test("a row that loses is published with its reason", () => {
  const reasons = parseReasons(
    "For who edits.\n\n## client\n\nTheirs is good.\n\nWe tried.\n\n## other\n\nNo.\n",
  );
  const { problems, markdown } = performanceDocument(bench(table([20, 30, 40])), curves(), reasons);
  assert.deepEqual(problems, []);
  assert.match(
    markdown,
    /- ours to theirs, requests\/s: 1\.00, aimed at ≥ 2 ×\n\nTheirs is good\.\n\nWe tried\.\n/,
  );
  assert.doesNotMatch(markdown, /For who edits|No\.$/m);
});

test("an empty reason does not count", () => {
  const { problems } = performanceDocument(
    bench(table([20, 30, 40])),
    curves(),
    parseReasons("## client\n\n"),
  );
  assert.equal(problems.length, 1);
});

test("a row that wins needs no reason, and a reason for it is not shown", () => {
  const reasons = new Map([["client", "Theirs is good."]]);
  const { problems, markdown } = performanceDocument(bench(table([10, 5, 16])), curves(), reasons);
  assert.deepEqual(problems, []);
  assert.doesNotMatch(markdown, /Theirs is good/);
});

test("a curve that grows faster than its bound needs a reason; a peer's curve does not", () => {
  const problemsOf = (one: Curve) => performanceDocument(bench(), curves(one), new Map()).problems;
  assert.equal(problemsOf(curve(1.2)).length, 1);
  assert.match(problemsOf(curve(1.2))[0] ?? "", /^curve-fields loses/);
  assert.deepEqual(problemsOf(curve(1)), []);
  assert.deepEqual(problemsOf(curve(1.2, true)), []);
});

test("rows, peers and points that could not be measured are named, with the reason", () => {
  const record = {
    ...bench(table([10, 5, 16])),
    runs: [{ name: "echo", seconds: 1, failed: "no compiler" }],
  };
  const { markdown, problems } = performanceDocument(record, curves(curve(1)), new Map());
  assert.deepEqual(problems, []);
  assert.match(markdown, /^- echo: no compiler$/m);
  assert.match(markdown, /^- HTTP <client>: absent: it is not \| here$/m);
  assert.match(markdown, /^- Fields & more, ours: 1000: too <many>$/m);
});

test("an aim whose peer is missing is neither reached nor missed", () => {
  const { markdown, problems } = performanceDocument(
    bench(table([10, 5, 16], [{ ...aim, against: "absent" }])),
    curves(),
    new Map(),
  );
  assert.match(markdown, /– not measured/);
  assert.deepEqual(problems, []);
});

test("the kept part of a run is JSON again, without figures that can be computed", () => {
  const given = bench({ ...table([10, 1 / 3, 16]), verdicts: [] } as Table);
  const kept = JSON.parse(writtenRecord(given)) as BenchRecord;
  assert.equal(kept.tables[0]?.peers[1]?.rounds[1]?.value, 0.3333);
  assert.ok(!("verdicts" in (kept.tables[0] ?? {})));
});

test("characters with a meaning in XML are escaped, and characters that XML cannot have are left out", () => {
  assert.equal(escapeXml(`<a href="x">&\u0000\u001b[1m`), "&lt;a href=&quot;x&quot;&gt;&amp;[1m");
  assert.equal(element("g", { id: '"<' }), '<g id="&quot;&lt;"/>');
});

const hostile: Table = { ...table([10, 5, 16]), ours: "ours", operation: '</text>"&' };
const charts = {
  "of a curve": curveChart(curve(1)),
  "of a curve with an amount of 0": curveChart({
    ...curve(1),
    x: { label: "content", unit: "bytes" },
    series: [
      {
        ...(curve(1).series[0] as Curve["series"][0]),
        points: [0, 1, 1 << 30].map((x) => ({ x, rounds: [x + 1] })),
      },
    ],
  }),
  "of a curve without a point": curveChart({ ...curve(1), series: [] }),
  "of peers": peersChart([hostile], "v20"),
  "of no peer at all": peersChart([], "v20"),
};
for (const [which, chart] of Object.entries(charts)) {
  test(`a chart ${which} is well-formed, has a title, and has no invalid number`, () => {
    assertWellFormed(chart);
    assert.match(chart, /<title id="title">[^<]+<\/title>/);
    assert.doesNotMatch(chart, /NaN|Infinity|undefined/);
  });
}

test("the length of a bar is the work that a peer does in the CPU time of ours", () => {
  // Ours takes 5, 3.3 and 2.5 µs; in the median round the peer takes 2.5 times that.
  const chart = peersChart([{ ...table([10, 5, 16]), peers: table([10, 5, 16]).peers.map(asUndici) }], "v20");
  const widths = [...chart.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
  assert.deepEqual(widths, [190, 76]);
  assert.match(chart, />0\.40 ×</);
});

test("a chart says what was not measured", () => {
  assert.match(charts["of no peer at all"], />not measured</);
  assert.match(charts["of a curve without a point"], />not measured</);
});

test("the exponent stands in the chart as text", () => {
  assert.match(charts["of a curve"], />ours: exponent 1\.00 from 1 on \(at most 1\.1\)<\/text>/);
});

const asUndici = (peer: Table["peers"][number]) =>
  peer.name === "theirs" ? { ...peer, name: "undici request" } : peer;

/** Every element that begins ends, in order. Outside of tags there is no < and no bare &. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  let end = 0;
  for (const tag of xml.matchAll(/<(\/?)([a-z]+)((?: [\w:-]+="[^"<]*")*)(\/?)>/gi)) {
    assertCharacterData(xml.slice(end, tag.index));
    end = tag.index + tag[0].length;
    const [, closes, name = "", attributes = "", empty] = tag;
    assertCharacterData(attributes);
    if (closes) assert.equal(open.pop(), name);
    else if (!empty) open.push(name);
  }
  assert.deepEqual(open, []);
  assert.equal(xml.slice(end), "\n");
}

function assertCharacterData(text: string): void {
  assert.doesNotMatch(text, /<|&(?!(?:amp|lt|gt|quot);)/);
}
