import { spawnSync } from "node:child_process";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { silentBurst, unreadBurst } from "./emfile/bursts.ts";
import { startLimited, startServer } from "./emfile/start-server.ts";
import { inTime, type Timed } from "./in-time.ts";

/*
 * Servers with at most 256 descriptors, and many more clients. Node alone would lose the other connections silently: it
 * accepts and closes them without an event. Our server reports every connection that it refused.
 */

export const check: Check = {
  promise:
    "a server without free descriptors counts the connections it refuses, serves the others, and recovers",
  runs: { quick: 300, full: 1_000, long: 5_000 },
  async run(options) {
    const results: CheckResult[] = [];
    for (const model of ["event-loop", "threads", "processes"])
      results.push(await inTime(() => fill(model, options)));
    results.push(await acceptFails(options), await silentBurst(options), await unreadBurst(options));
    return {
      passed: results.every(({ passed }) => passed),
      figures: `${options.runs} connections, 256 descriptors: ${results.map(({ figures }) => figures).join("; ")}`,
    };
  },
};

const LIMIT = 256;
const FULL_MS = 2_000;
/** While the server is full, more clients try. */
const TRY_EVERY_MS = 50;
const MAX_CPU = 0.2;
const RECOVERED_WITHIN_MS = 1_000;

async function fill(model: string, { runs, print }: CheckOptions): Promise<Timed> {
  await using server = await startLimited(LIMIT, model);
  const clients = await Promise.all(Array.from({ length: runs }, () => Client.open(server.port)));
  const served = clients.filter((client) => client.isServed);
  const filled = await server.report();

  let tries = 0;
  const startedAt = performance.now();
  while (performance.now() - startedAt < FULL_MS) {
    await delay(TRY_EVERY_MS);
    if (!(await Client.open(server.port)).isServed) tries++;
  }
  const full = await server.report();
  const cpu = (full.cpuMs - filled.cpuMs) / (performance.now() - startedAt);
  const stillServed = await Promise.all(served.map((client) => client.ask()));

  const roomAt = performance.now();
  for (const client of served.slice(0, served.length / 2)) client.close();
  let recoveredMs = Number.POSITIVE_INFINITY;
  let late = 0; // refused before room was made
  while (recoveredMs === Number.POSITIVE_INFINITY && performance.now() - roomAt < 5 * RECOVERED_WITHIN_MS) {
    if ((await Client.open(server.port)).isServed) recoveredMs = performance.now() - roomAt;
    else late++;
  }
  const after = await server.report();

  const seenRefused = runs - served.length + tries + late;
  print(`${model}: ${JSON.stringify({ filled, full, after, seenRefused })}`);
  const passed =
    served.length > LIMIT / 2 &&
    served.length < runs &&
    after.refused === seenRefused &&
    after.events === seenRefused &&
    after.reasons.join() === "descriptors" &&
    full.opensFiles &&
    stillServed.every(Boolean) &&
    cpu <= MAX_CPU &&
    server.isAlive;
  return {
    passed,
    isLate: recoveredMs > RECOVERED_WITHIN_MS,
    figures:
      `${model}: ${served.length} served, ${after.refused} of ${seenRefused} refusals counted and ${after.events} told, ` +
      `${Math.round(cpu * 100)} % CPU while full, served again ${Math.round(recoveredMs)} ms after room came`,
  };
}

/** A failed accept(2) does not end the connection: it waits in the backlog until the next try. */
async function acceptFails({ print }: CheckOptions): Promise<CheckResult> {
  if (spawnSync("strace", ["-V"]).status !== 0) {
    return { passed: true, figures: "accept errors not tried (there is no strace here)" };
  }
  const count = 200;
  const inject = "accept4:error=ECONNABORTED:when=3+5";
  const strace = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=accept4", "-e", `inject=${inject}`];
  await using server = await startServer("strace", strace, "event-loop");
  const clients = await Promise.all(Array.from({ length: count }, () => Client.open(server.port)));
  const served = clients.filter((client) => client.isServed).length;
  const report = await server.report();
  print(`strace: ${JSON.stringify(report)}`);
  return {
    passed: served === count && report.refused === 0 && server.isAlive,
    figures: `with every fifth accept failing: ${served} of ${count} served`,
  };
}

class Client {
  readonly #socket: net.Socket;

  /** Resolves when it is known whether the client is served: its word came back, or the connection ended. */
  static async open(port: number): Promise<Client> {
    const client = new Client(net.connect(port, "127.0.0.1"));
    await client.ask();
    return client;
  }

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on("error", () => {}); // "close" follows
  }

  get isServed(): boolean {
    return !this.#socket.destroyed && this.#socket.bytesRead > 0;
  }

  async ask(): Promise<boolean> {
    if (this.#socket.destroyed) return false;
    const answered = new Promise<boolean>((resolve) => {
      this.#socket.once("data", () => resolve(true)).once("close", () => resolve(false));
    });
    this.#socket.write("echo");
    return answered;
  }

  close(): void {
    this.#socket.destroy();
  }
}
