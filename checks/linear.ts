import { latin1Bytes } from "../src/bytes/text.ts";
import { serveConnection } from "../src/http/server/connection.ts";
import { memoryConnectionPair } from "../src/tcp/memory-connection.ts";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { INPUTS } from "./linear/inputs.ts";
import { readAll } from "./linear/read-all.ts";

/*
 * Time is not exact, so each time is taken several times, in turns, and the shortest counts. `npm test` runs
 * `test/http1/linear-cost.test.ts` instead, which counts blocks of code and is exact.
 *
 * A piece costs one call of `receive` and one of `nextEvent`, whatever it contains. If each octet comes in a piece of
 * its own, only that cost shows: the calls take 30 ns, scanning the octet takes 2 ns. So there we compare an octet of
 * any part with an octet of content, which is not scanned, and allow three times its cost in one piece on top. From
 * pieces of 64 octets on the calls no longer matter.
 */

const SIZE = 1 << 20;
/** Each octet is a call through every layer of the server, and a turn of the microtask queue. */
const SERVER_SIZE = 1 << 16;
const MAX_GROWTH = 2.3;
const MAX_FACTOR = 3;
const WHOLE = Number.POSITIVE_INFINITY;
const PIECES = [1, 64, WHOLE];
/** A time above its bound is measured again this many times, since another process may have used the core. */
const SECOND_THOUGHTS = 4;

export const check: Check = {
  promise: "twice the bytes take twice the time, and pieces take little more time than all bytes at once",
  runs: { quick: 7, long: 40 },
  run,
};

/** Something that takes time, at two sizes. */
interface Subject {
  readonly name: string;
  readonly pieceSize: number;
  readonly bytes: readonly [once: Uint8Array, twice: Uint8Array];
  readonly act: (bytes: Uint8Array, pieceSize: number) => Promise<void> | void;
  /** The shortest of all rounds, in milliseconds. */
  readonly best: [once: number, twice: number];
}

async function run({ runs, print }: CheckOptions): Promise<CheckResult> {
  const subjects = [...coreSubjects(), ...serverSubjects()];
  for (let round = 0; round < runs; round++) for (const subject of subjects) await measure(subject);
  for (let round = 0; round < SECOND_THOUGHTS * runs; round++) {
    const doubtful = verdictsOn(subjects).filter(({ passed }) => !passed);
    if (doubtful.length === 0) break;
    for (const { compared } of doubtful) for (const subject of compared) await measure(subject);
  }
  const verdicts = verdictsOn(subjects);
  for (const verdict of verdicts) print(lineOf(verdict));
  const most = (of: (verdict: Verdict) => number) => `× ${Math.max(...verdicts.map(of)).toFixed(2)}`;
  const figures = [
    `twice the bytes: at most ${most(({ growth }) => growth)} (of ${MAX_GROWTH})`,
    `in pieces: at most ${most(({ factor }) => factor)} (of ${MAX_FACTOR})`,
  ];
  return { passed: verdicts.every(({ passed }) => passed), figures: figures.join(", ") };
}

async function measure({ act, bytes, pieceSize, best }: Subject): Promise<void> {
  for (const which of [0, 1] as const) {
    const begun = performance.now();
    await act(bytes[which], pieceSize);
    best[which] = Math.min(best[which], performance.now() - begun);
  }
}

function coreSubjects(): Subject[] {
  return Object.entries(INPUTS).flatMap(([name, input]) => {
    const bytes = [latin1Bytes(input(SIZE)), latin1Bytes(input(2 * SIZE))] as const;
    return PIECES.map(
      (pieceSize) => ({ name, pieceSize, bytes, act: readAll, best: [WHOLE, WHOLE] }) as Subject,
    );
  });
}

function serverSubjects(): Subject[] {
  return (["content", "chunks of one byte", "small requests"] as const).map((name) => {
    const input = INPUTS[name] as (size: number) => string;
    const bytes = [latin1Bytes(input(SERVER_SIZE)), latin1Bytes(input(2 * SERVER_SIZE))] as const;
    return { name: `server: ${name}`, pieceSize: 1, bytes, act: serveAll, best: [WHOLE, WHOLE] } as Subject;
  });
}

/** The same through the whole server, over memory. */
async function serveAll(bytes: Uint8Array, pieceSize: number): Promise<void> {
  const [client, server] = memoryConnectionPair();
  client.attach({ onBytes() {}, onEnd() {}, onClose() {} });
  const handler = async (request: { readonly body: AsyncIterable<Uint8Array> }) => {
    for await (const _ of request.body);
    return { status: 204 };
  };
  const served = serveConnection(server, { handler });
  for (let at = 0; at < bytes.length; at += pieceSize) await client.write(bytes.subarray(at, at + pieceSize));
  await client.end();
  await served;
}

interface Verdict {
  readonly subject: Subject;
  /** Nanoseconds for each byte. */
  readonly cost: number;
  /** The factor for twice the bytes; 0 if there is nothing to compare. */
  readonly growth: number;
  /** The factor compared with one piece; 0 if there is nothing to compare. */
  readonly factor: number;
  readonly passed: boolean;
  /** The timings that it comes from. */
  readonly compared: readonly Subject[];
}

function verdictsOn(subjects: readonly Subject[]): Verdict[] {
  const find = (name: string, pieceSize: number) =>
    subjects.find((each) => each.name === name && each.pieceSize === pieceSize);
  const contentAlone = find("content", 1);
  return subjects.map((subject) => {
    const { name, pieceSize, best } = subject;
    const cost = costOf(subject);
    // Content in larger pieces is not scanned. It costs next to nothing, so there is nothing to compare with.
    const growth = name === "content" && pieceSize > 1 ? 0 : best[1] / best[0];
    const inOnePiece = name === "content" ? undefined : find(name, WHOLE);
    const call = pieceSize === 1 && contentAlone !== undefined ? costOf(contentAlone) : 0;
    const factor = inOnePiece === undefined ? 0 : Math.max(cost - call, 0) / costOf(inOnePiece);
    const compared = [subject, inOnePiece, contentAlone].filter((each) => each !== undefined);
    return { subject, cost, growth, factor, passed: growth <= MAX_GROWTH && factor <= MAX_FACTOR, compared };
  });
}

const costOf = ({ best, bytes }: Subject): number => (best[0] * 1e6) / bytes[0].length;

function lineOf({ subject: { name, pieceSize }, cost, growth, factor, passed }: Verdict): string {
  const pieces = pieceSize === WHOLE ? "in one piece" : `${pieceSize} at a time`;
  return (
    `${passed ? "✓" : "✗"} ${name.padEnd(38)} ${pieces.padEnd(13)} ${cost.toFixed(2).padStart(8)} ns a byte, ` +
    `twice as many: × ${growth.toFixed(2)}, beside one piece: × ${factor.toFixed(2)}`
  );
}
