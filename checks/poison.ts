import { spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { HttpClient } from "../src/http/client/client.ts";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { type Delivery, Lane } from "./poison/lane.ts";
import { poisonServer, STAMPS_PATH, type Stamps } from "./poison/server.ts";
import { Random } from "./random.ts";

/** The number of clients at a time. */
const LANES = 50;
/** On a busy machine an unwanted answer is mostly here before its connection is asked for: then more rounds are made. */
const MAX_TURNS = 20;

export const check: Check = {
  promise:
    "an answer that was here before the next request asked for its connection is never taken for its answer",
  runs: { quick: 2_000, full: 10_000, long: 200_000 },
  run,
};

async function run({ runs, seed, print }: CheckOptions): Promise<CheckResult> {
  const half = Math.ceil(runs / 2);
  const results = [
    await against("a server in this process", await serverHere(), half, seed, print),
    await against("a server in another process", await serverElsewhere(), half, seed + 1, print),
  ];
  return {
    passed: results.every(({ passed }) => passed),
    figures: results.map(({ figures }) => figures).join("; "),
  };
}

interface Target {
  readonly port: number;
  close(): void;
}

async function serverHere(): Promise<Target> {
  const server = await poisonServer();
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function serverElsewhere(): Promise<Target> {
  const module = new URL(`./poison/child${import.meta.url.slice(-3)}`, import.meta.url);
  const child = spawn(process.execPath, [fileURLToPath(module)], { stdio: ["pipe", "pipe", "inherit"] });
  const [port] = await once(child.stdout, "data");
  return { port: Number(port), close: () => child.stdin.end() };
}

async function against(
  where: string,
  { port, close }: Target,
  rounds: number,
  seed: number,
  print: (line: string) => void,
): Promise<CheckResult> {
  const origin = `http://127.0.0.1:${port}`;
  const lanes = Array.from({ length: LANES }, () => new Lane(origin));
  const randoms = lanes.map((_, index) => new Random(seed + index));
  const share = Math.ceil(rounds / LANES);
  const total = (of: (lane: Lane) => number) => lanes.reduce((sum, lane) => sum + of(lane), 0);
  // Without requests that use a connection again nothing would have been tried.
  const isTried = () => total((lane) => lane.reused) > rounds / 20;
  for (let turn = 0; turn === 0 || (turn < MAX_TURNS && !isTried()); turn++) {
    await Promise.all(
      lanes.map((lane, index) => lane.run(`${index}-${turn}`, share, randoms[index] as Random)),
    );
  }
  const stamps = await stampsOf(origin);
  await Promise.all(lanes.map((lane) => lane.close()));
  close();

  const verdicts = lanes.flatMap(({ deliveries }) => deliveries.map((delivery) => verdict(delivery, stamps)));
  const count = (wanted: string) => verdicts.filter((each) => each === wanted).length;
  const failures = lanes.flatMap((lane) => lane.failures);
  for (const failure of failures.slice(0, 5)) print(`${where}: ${failure}`);
  const taken = count("taken");
  const figures =
    `${where}: ${total((lane) => lane.rounds)} rounds, ${total((lane) => lane.reused)} on a used connection, ` +
    `${taken} wrong answers, ${count("raced")} that came between the look and the write, ` +
    `${count("late")} that came after the write, ${failures.length} failures`;
  return { passed: taken === 0 && failures.length === 0 && isTried(), figures };
}

/** Both processes read the same clock (CLOCK_MONOTONIC). */
function verdict({ content, askedAt, writtenAt }: Delivery, stamps: Stamps): "taken" | "raced" | "late" {
  const arrivedAt = stamps.get(content);
  if (arrivedAt === undefined || arrivedAt < askedAt) return "taken";
  return arrivedAt < writtenAt ? "raced" : "late";
}

async function stampsOf(origin: string): Promise<Stamps> {
  await using client = new HttpClient();
  const response = await client.request({ url: origin + STAMPS_PATH });
  const stamps = await response.json<[string, string][]>();
  return new Map(stamps.map(([id, at]) => [id, BigInt(at)]));
}
