import { getEventListeners } from "node:events";
import { readdirSync } from "node:fs";
import { ProtocolError } from "../../src/http1/errors.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { Random } from "../random.ts";
import { ABORTS, HANDSHAKES, REFUSALS, type Scenario, soon, VANISHING } from "./scenarios.ts";
import { World } from "./world.ts";

/*
 * A process of its own, so that everything it holds comes from our code. It fails a few thousand times, prints in one
 * line of JSON what is left, and should then end by itself.
 */

export interface LeakReport {
  readonly attempts: number;
  /** Names of attempts that did not settle, and of errors of a type that is not ours. */
  readonly hung: readonly string[];
  readonly untyped: readonly string[];
  /** Listeners that are still on the signals of finished requests. */
  readonly listeners: number;
  /** What keeps the process alive now and did not before; and the number of new open descriptors. */
  readonly resources: readonly string[];
  readonly descriptors: number;
  readonly timers: number;
  readonly streams: number;
  readonly handlers: number;
  readonly openAtServers: number;
  /** The number of requests that got a connection at once, at the end. It should be `PLACES`. */
  readonly places: number;
  readonly heapGrowth: number;
  readonly warnings: readonly string[];
}

/** The number of attempts at the same time. */
const WORKERS = 40;
const PATIENCE_MS = 10_000;
const WARM_UP_ATTEMPTS = 200;
/** `maxConnectionsPerOrigin` of the world's client. */
const PLACES = 64;

const LATE = Symbol("late");

const warnings: string[] = [];
process.on("warning", ({ name, message }) => warnings.push(`${name}: ${message}`));

const [attempts = 0, seed = 0] = process.argv.slice(2).map(Number);
const random = new Random(seed);
void process.stdout; // stdout is opened when it is first used
await life(WARM_UP_ATTEMPTS);
const before = held();
const outcome = await life(attempts);
await pause(50); // closed sockets are reported in a later turn of the loop
const after = held();
const report: LeakReport = {
  ...outcome,
  resources: added(before.resources, after.resources),
  descriptors: after.descriptors - before.descriptors,
  warnings,
};
process.stdout.write(`${JSON.stringify(report)}\n`);

/** A world from its beginning to its end. */
async function life(attempts: number) {
  const world = await World.create();
  const { counts } = world;
  const noHandler = () => until(() => counts.handlers + counts.streams === 0);
  await failAll(world, WARM_UP_ATTEMPTS);
  await noHandler();
  const heapBefore = await heap();
  const failures = await failAll(world, attempts);
  await noHandler();
  const heapGrowth = (await heap()) - heapBefore;
  const places = await placesOf(world);
  await world[Symbol.asyncDispose]();
  await until(() => world.openAtServers + counts.timers + counts.streams + counts.handlers === 0);
  return { ...failures, ...counts, openAtServers: world.openAtServers, places, heapGrowth };
}

/** Aborts this many requests. Half as many each fail in TLS, are refused, or are clients that vanish. */
async function failAll(world: World, attempts: number) {
  const share = (scenarios: readonly Scenario[], count: number) =>
    Array.from({ length: Math.ceil(count) }, () => random.pick(scenarios));
  const chosen = [
    ...share(ABORTS, attempts),
    ...share(HANDSHAKES, attempts / 2),
    ...share(REFUSALS, attempts / 2),
    ...share(VANISHING, attempts / 2),
  ];
  const waiting = chosen.values();
  const hung: string[] = [];
  const untyped: string[] = [];
  let listeners = 0;
  const work = async () => {
    for (const scenario of waiting) {
      const controller = new AbortController();
      soon(random, () => controller.abort());
      const error = await within(scenario.run(world, controller.signal, random));
      if (error === LATE) hung.push(scenario.name);
      else if (!isTyped(error)) untyped.push(`${scenario.name}: ${error}`);
      if (!controller.signal.aborted) controller.abort();
      listeners += getEventListeners(controller.signal, "abort").length;
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return { attempts: chosen.length, hung, untyped, listeners };
}

/** The error that the promise rejects with, `LATE` if it does not settle, `undefined` if it resolves. */
async function within(promise: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, LATE);
  });
  const settled = promise.then(
    () => undefined,
    (error: unknown) => error ?? new Error("rejected with nothing"),
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}

function isTyped(error: unknown): boolean {
  if (error === undefined || error instanceof TransportError || error instanceof ProtocolError) return true;
  // fetch rejects with the platform's error types.
  if (error instanceof DOMException) return error.name === "AbortError";
  return error instanceof TypeError && error.cause instanceof TransportError;
}

/** The number of requests that get a connection at once. */
async function placesOf({ client, plain }: World): Promise<number> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const requests = Array.from({ length: PLACES }, () => client.request({ url: `${plain.url}drip`, signal }));
  const answers = await Promise.allSettled(requests);
  const taken = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  for (const response of taken) response.discard();
  return taken.length;
}

async function until(done: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!done() && performance.now() < giveUpAt) await pause(50);
}

interface Held {
  readonly resources: readonly string[];
  readonly descriptors: number;
}

function held(): Held {
  const resources = process.getActiveResourcesInfo();
  const descriptors = process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
  return { resources, descriptors };
}

/** The heap in use after several collections, since one collection may make more objects free for the next. */
async function heap(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    await pause(20);
    gc?.();
  }
  return process.memoryUsage().heapUsed;
}

function added(before: readonly string[], after: readonly string[]): readonly string[] {
  const rest = [...before];
  return after.filter((name) => {
    const at = rest.indexOf(name);
    if (at !== -1) rest.splice(at, 1);
    return at === -1;
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
