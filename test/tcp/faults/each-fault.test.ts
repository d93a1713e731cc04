import assert from "node:assert/strict";
import { test } from "node:test";
import type { Place, PlaceReader } from "../../../src/tcp/faults/places.ts";
import { parseFault } from "../../../src/tcp/faults/text.ts";
import { type Happening, lines, runVirtually, textOf } from "./virtual-run.ts";

// Every expected time and byte here was worked out by hand from toxiproxy's README and source, or from docs/faults.md.

const hello: readonly Happening[] = [
  { at: 0, bytes: "hel" },
  { at: 10, bytes: "lo" },
  { at: 20, end: true },
];

test("latency holds each piece, and the end stays behind the bytes", () => {
  const { sent } = runVirtually(["latency 100ms"], hello);
  assert.deepEqual(lines(sent), ["100 bytes hel", "110 bytes lo", "110 end"]);
});

test("jitter keeps each piece within its bounds and in order", () => {
  const pieces = Array.from({ length: 500 }, (_, i) => ({
    at: i,
    bytes: String.fromCharCode(97 + (i % 26)),
  }));
  const { sent } = runVirtually(["latency 100ms±50ms"], pieces);
  assert.equal(textOf(sent), pieces.map(({ bytes }) => bytes).join(""));
  const delays = sent.map(({ at }, index) => at - index);
  assert.ok(delays.every((delay) => delay >= 50 && delay <= 150));
  assert.ok(Math.max(...delays) - Math.min(...delays) > 25, "the delays differ");
});

test("bandwidth lets 1,000 bytes pass in each millisecond at 1000KB/s, and cuts a large piece each 100 ms", () => {
  const { sent } = runVirtually(["bandwidth 10KB/s"], [{ at: 5, bytes: "x".repeat(2500) }]);
  assert.deepEqual(
    sent.map(({ at, text }) => [at, text.length]),
    [
      [105, 1000],
      [205, 1000],
      [255, 500],
    ],
  );
});

test("bandwidth 0 lets nothing pass", () => {
  assert.deepEqual(runVirtually(["bandwidth 0"], hello).sent, []);
});

test("slow_close holds the end alone", () => {
  const { sent } = runVirtually(["slow_close 1s"], hello);
  assert.deepEqual(lines(sent), ["0 bytes hel", "10 bytes lo", "1020 end"]);
});

test("timeout drops everything, and closes", () => {
  assert.deepEqual(lines(runVirtually(["timeout 50ms"], hello).sent), ["50 close"]);
});

test("timeout 0 closes when it is taken away", () => {
  const removal: Happening = { at: 700, act: (set) => set.remove("timeout_downstream") };
  assert.deepEqual(lines(runVirtually(["timeout 0"], hello).sent), []);
  assert.deepEqual(lines(runVirtually(["timeout 0"], [...hello, removal]).sent), ["700 close"]);
});

test("reset_peer drops the first bytes, and resets a time later", () => {
  const late = hello.map((each) => ({ ...each, at: each.at + 500 }));
  assert.deepEqual(lines(runVirtually(["reset_peer 50ms"], late).sent), ["550 reset"]);
  assert.deepEqual(lines(runVirtually(["reset_peer 0"], late).sent), ["500 reset"]);
  assert.deepEqual(lines(runVirtually(["reset_peer 0"], []).sent), []);
});

test("slicer sends slices of the size, one each delay", () => {
  const { sent } = runVirtually(["slicer 4B delay=10ms"], [{ at: 0, bytes: "abcdefghij" }]);
  assert.deepEqual(lines(sent), ["0 bytes abcd", "10 bytes efgh", "20 bytes ij"]);
});

test("the slices of slicer vary within their bounds", () => {
  const { sent } = runVirtually(["slicer 10B±3B"], [{ at: 0, bytes: "x".repeat(4000) }]);
  const sizes = sent.slice(0, -1).map(({ text }) => text.length);
  assert.deepEqual(
    [...new Set(sizes)].sort((a, b) => a - b),
    [7, 8, 9, 10, 11, 12, 13],
  );
});

test("slices of one byte take little memory, however much arrives at once", () => {
  const { sent, mostHeldBytes } = runVirtually(
    ["slicer 1B delay=1us"],
    [{ at: 0, bytes: "x".repeat(65_536) }],
  );
  assert.equal(sent.length, 65_536);
  assert.ok(mostHeldBytes <= 2 * 4096);
});

test("limit_data closes behind its bytes", () => {
  assert.deepEqual(lines(runVirtually(["limit_data 4B"], hello).sent), [
    "0 bytes hel",
    "10 bytes l",
    "10 close",
  ]);
  assert.deepEqual(lines(runVirtually(["limit_data 3B"], hello).sent), ["0 bytes hel", "0 close"]);
  assert.deepEqual(lines(runVirtually(["limit_data 9B"], hello).sent), [
    "0 bytes hel",
    "10 bytes lo",
    "20 end",
  ]);
});

test("what passed a limit_data counts after an update, too", () => {
  const update: Happening = { at: 5, act: (set) => set.replace(parseFault("limit_data 4B")) };
  const { sent } = runVirtually(["limit_data 100B"], [...hello, update]);
  assert.deepEqual(lines(sent), ["0 bytes hel", "10 bytes l", "10 close"]);
});

test("corrupt changes its bytes, and no other", () => {
  const { sent, hits } = runVirtually(["corrupt 2B after=2B"], hello);
  const text = textOf(sent);
  assert.equal(text.length, 5);
  assert.equal(text.slice(0, 2), "he");
  assert.notEqual(text[2], "l");
  assert.notEqual(text[3], "l");
  assert.equal(text[4], "o");
  assert.deepEqual(
    hits.map(({ start, end }) => [start, end]),
    [
      [2, 3],
      [3, 4],
    ],
  );
});

test("duplicate sends its bytes twice, once all have come", () => {
  assert.equal(textOf(runVirtually(["duplicate 3B after=1B"], hello).sent), "hellello");
  assert.equal(textOf(runVirtually(["duplicate 100B after=1B"], hello).sent), "helloello");
});

test("drop leaves its bytes out", () => {
  assert.equal(textOf(runVirtually(["drop 3B after=1B"], hello).sent), "ho");
});

test("stall stops at its offset, for good or for a time", () => {
  assert.deepEqual(lines(runVirtually(["stall after=2B"], hello).sent), ["0 bytes he"]);
  assert.deepEqual(lines(runVirtually(["stall 2s after=2B"], hello).sent), [
    "0 bytes he",
    "2000 bytes l",
    "2000 bytes lo",
    "2000 end",
  ]);
});

test("cut ends right behind its offset, without waiting for the next byte", () => {
  assert.deepEqual(lines(runVirtually(["cut after=3B"], hello).sent), ["0 bytes hel", "0 close"]);
  assert.deepEqual(lines(runVirtually(["cut rst after=4B"], hello).sent), [
    "0 bytes hel",
    "10 bytes l",
    "10 reset",
  ]);
  assert.deepEqual(lines(runVirtually(["cut half after=2B"], hello).sent), ["0 bytes he", "0 end"]);
});

test("half-open lets the sender vanish", () => {
  assert.deepEqual(lines(runVirtually(["half-open after=4B"], hello).sent), [
    "0 bytes hel",
    "10 bytes l",
    "10 vanish",
  ]);
});

test("faults act one after the other", () => {
  const { sent } = runVirtually(["latency 100ms", "slicer 2B delay=5ms", "slow_close 1s"], hello);
  assert.deepEqual(lines(sent), ["100 bytes he", "105 bytes l", "110 bytes l", "115 bytes o", "1115 end"]);
});

test("an offset counts what the proxy received, also behind a fault that drops", () => {
  assert.equal(textOf(runVirtually(["drop 2B", "corrupt 1B after=4B"], hello).sent).slice(0, 2), "ll");
});

test("a time window turns a fault on and off, and lets go what it held", () => {
  const { sent } = runVirtually(
    ["stall from=5ms to=15ms"],
    [
      { at: 0, bytes: "a" },
      { at: 6, bytes: "b" },
      { at: 7, bytes: "c" },
      { at: 16, bytes: "d" },
    ],
  );
  assert.deepEqual(lines(sent), ["0 bytes a", "15 bytes b", "15 bytes c", "16 bytes d"]);
  assert.deepEqual(lines(runVirtually(["cut from=2s"], []).sent), ["2000 close"]);
});

test("bytes that a removed latency held go on at once, in order", () => {
  const { sent } = runVirtually(
    ["latency 10s", "slicer 2B"],
    [...hello, { at: 1000, act: (set) => set.remove("latency_downstream") }, { at: 1001, bytes: "!" }],
  );
  assert.deepEqual(lines(sent).slice(0, 3), ["1000 bytes he", "1000 bytes l", "1000 bytes l"]);
  assert.equal(textOf(sent), "hello");
});

test("a fault that is added, disabled or enabled acts on the bytes from then on", () => {
  const at = (time: number, bytes: string): Happening => ({ at: time, bytes });
  const { sent } = runVirtually(
    [],
    [
      at(0, "a"),
      { at: 1, act: (set) => set.add(parseFault("drop 1000B")) },
      at(2, "b"),
      { at: 3, act: (set) => set.enable("drop_downstream", false) },
      at(4, "c"),
      { at: 5, act: (set) => set.enable("drop_downstream", true) },
      at(6, "d"),
      { at: 7, act: (set) => set.clear() },
      at(8, "e"),
    ],
  );
  assert.equal(textOf(sent), "ace");
});

test("a fault that holds makes the sender wait at its limit", () => {
  const stream = Array.from({ length: 100 }, (_, i) => ({ at: i, bytes: "x".repeat(10_000) }));
  const stalled = runVirtually(["stall"], stream);
  assert.ok(stalled.fullAt !== undefined);
  assert.ok(stalled.mostHeldBytes <= 64 * 1024 + 10_000);
  const slow = runVirtually(["bandwidth 100KB/s"], stream);
  assert.equal(textOf(slow.sent).length, 1_000_000);
  assert.ok(slow.mostHeldBytes <= 64 * 1024 + 10_000);
  assert.equal(Math.round(slow.sent.at(-1)?.at ?? 0), 10_000);
});

test("single bytes that are held count as what they take", () => {
  const bytes = Array.from({ length: 20_000 }, (_, i) => ({ at: i, bytes: "x" }));
  assert.ok(runVirtually(["stall"], bytes).mostHeldBytes <= 512);
});

test("a fault with on, every and p acts on its connections alone", () => {
  const acts = (fault: string, connection: number): boolean =>
    textOf(runVirtually([fault], hello, { connection }).sent) !== "hello";
  const numbers = (fault: string): number[] =>
    Array.from({ length: 12 }, (_, i) => i + 1).filter((n) => acts(fault, n));
  assert.deepEqual(numbers("cut on=conn#2,5-6,11-"), [2, 5, 6, 11, 12]);
  assert.deepEqual(numbers("cut every=5"), [5, 10]);
  assert.deepEqual(numbers("cut p=0"), []);
  assert.equal(numbers("cut p=1").length, 12);
  const share = Array.from({ length: 1000 }, (_, i) => i).filter((n) => acts("cut p=0.3", n)).length;
  assert.ok(share > 240 && share < 360, `${share} of 1,000 at p=0.3`);
});

/** Two responses: a head of three field lines and two chunks; then a short one. The places by hand. */
const FIRST =
  "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n6\r\nefghij\r\n0\r\n\r\n";
const SECOND = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const BOTH = FIRST + SECOND;

function placesByHand(): Place[] {
  const at = (text: string): number => BOTH.indexOf(text);
  return [
    { kind: "head", offset: 0, message: 1 },
    { kind: "line", offset: at("A: 1"), message: 1, index: 1 },
    { kind: "line", offset: at("B: 2"), message: 1, index: 2 },
    { kind: "line", offset: at("Transfer"), message: 1, index: 3 },
    { kind: "head-end", offset: at("4\r\n"), message: 1 },
    { kind: "chunk", offset: at("abcd"), message: 1, index: 1, length: 4 },
    { kind: "chunk", offset: at("efghij"), message: 1, index: 2, length: 6 },
    { kind: "message-end", offset: FIRST.length, message: 1 },
    { kind: "head", offset: FIRST.length, message: 2 },
    { kind: "line", offset: at("Content-Length"), message: 2, index: 1 },
    { kind: "head-end", offset: BOTH.length - 2, message: 2 },
    { kind: "message-end", offset: BOTH.length, message: 2 },
  ];
}

/** Tells the places above as late as a reader may. */
function readerByHand(): PlaceReader {
  const places = placesByHand();
  let read = 0;
  return {
    read(_, bytes) {
      read += bytes.length;
      const begins = (kind: string): boolean => ["head", "line", "chunk"].includes(kind);
      const told = places.filter(({ kind, offset }) => (begins(kind) ? offset < read : offset <= read));
      places.splice(0, told.length);
      return told;
    },
    end: () => [],
    response: (status) => new TextEncoder().encode(`<${status}>`),
  };
}

const cuts = [BOTH.length, 1, 7, 20];

function responses(fault: string, cut: number) {
  const pieces = BOTH.match(new RegExp(`[^]{1,${cut}}`, "g")) ?? [];
  return runVirtually(
    [fault],
    [...pieces.map((bytes) => ({ at: 0, bytes })), { at: 0, end: true as const }],
    {
      newReader: readerByHand,
    },
  );
}

/** Text by time: pieces of the same time joined. */
function byTime(
  sent: readonly { readonly at: number; readonly text: string; readonly kind: string }[],
): string[] {
  const times = [...new Set(sent.map(({ at }) => at))];
  return times.map((time) => {
    const then = sent.filter(({ at }) => at === time);
    const ending = then.find(({ kind }) => kind !== "bytes");
    return `${time}: ${then.map(({ text }) => text).join("")}${ending ? ` [${ending.kind}]` : ""}`;
  });
}

for (const cut of cuts) {
  test(`HTTP faults act at the events, for input in pieces of ${cut}`, () => {
    assert.deepEqual(byTime(responses("delay-head 2s on=exchange#2", cut).sent), [
      `0: ${FIRST}`,
      `2000: ${SECOND} [end]`,
    ]);
    const [head, lineA, lineB, rest] = [
      "HTTP/1.1 200 OK\r\n",
      "A: 1\r\n",
      "B: 2\r\n",
      BOTH.slice(BOTH.indexOf("Transfer")),
    ];
    assert.deepEqual(byTime(responses("slow-lines 10ms on=exchange#1", cut).sent), [
      `0: ${head}`,
      `10: ${lineA}`,
      `20: ${lineB}`,
      `30: ${rest} [end]`,
    ]);
    assert.deepEqual(byTime(responses("cut on=chunk#2", cut).sent), [
      `0: ${BOTH.slice(0, BOTH.indexOf("hij"))} [close]`,
    ]);
    assert.deepEqual(byTime(responses("cut rst on=chunk#2 after=1B", cut).sent), [
      `0: ${BOTH.slice(0, BOTH.indexOf("fghij"))} [reset]`,
    ]);
    assert.deepEqual(byTime(responses("respond 503", cut).sent), ["0: <503><503> [end]"]);
    assert.deepEqual(byTime(responses("respond 503 every=2", cut).sent), [`0: ${FIRST}<503> [end]`]);
    assert.deepEqual(byTime(responses("respond 503 on=exchange#1", cut).sent), [`0: <503>${SECOND} [end]`]);
    assert.deepEqual(byTime(responses("close-after-response", cut).sent), [`0: ${FIRST} [close]`]);
    assert.deepEqual(byTime(responses("close-after-response on=exchange#2", cut).sent), [
      `0: ${BOTH} [close]`,
    ]);
    assert.deepEqual(byTime(responses("drop 1000B on=exchange#1", cut).sent), [`0: ${SECOND} [end]`]);
    assert.deepEqual(byTime(responses("duplicate 1000B on=chunk#2 after=0", cut).sent), [
      `0: ${FIRST}${FIRST.slice(FIRST.indexOf("efghij"))}${SECOND} [end]`,
    ]);
    assert.deepEqual(byTime(responses("stall on=end", cut).sent), [`0: ${FIRST}`]);
  });
}
