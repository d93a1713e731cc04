import { once } from "node:events";
import net from "node:net";
import { type RunningCli, startCli } from "../test/support/cli.ts";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { inTime, type Timed } from "./in-time.ts";
import { Random } from "./random.ts";

/*
 * A signal stops `wirepane serve` in three situations: it has many requests in flight and many idle connections; it has
 * a request that never ends; it gets a second signal.
 */

export const check: Check = {
  promise: "a server that is told to stop finishes the requests it has begun, and takes no others",
  runs: { quick: 500, long: 2_500 },
  async run(options) {
    // The second waits for the server's deadline, ten seconds, and does nothing meanwhile.
    const results = await Promise.all([inTime(() => drainBusy(options)), drainStuck(), inTime(stopTwice)]);
    return {
      passed: results.every(({ passed }) => passed),
      figures: results.map(({ figures }) => figures).join("; "),
    };
  },
};

/** The longest request takes 1 s in the quick form, 5 s in the long one; the shortest a fifth of that. */
const MS_PER_RUN = 2;
/** The bound for when the last idle connection ends. The check reports the real time; the goal is 100 ms. */
const IDLE_WITHIN_MS = 1_000;
const PROBES = 20;
const HALF_SENT = 50;
/** While the server runs, a head may take ten seconds; once the server stops, much less. */
const HALF_SENT_WITHIN_MS = 5_000;

async function drainBusy({ runs, seed, print }: CheckOptions): Promise<Timed> {
  const random = new Random(seed);
  await using server = await startServer();
  const idle = await Promise.all(Array.from({ length: runs }, () => Client.open(server.port)));
  for (const client of idle) await client.ask("/hello");
  // An incomplete head is not a request in flight: the server must not wait for these connections either.
  const begun = await Promise.all(Array.from({ length: HALF_SENT }, () => Client.open(server.port)));
  for (const client of begun) client.begin();
  const busy = await Promise.all(Array.from({ length: runs }, () => Client.open(server.port)));
  const longestMs = runs * MS_PER_RUN;
  for (const [index, client] of busy.entries()) {
    const seconds = (longestMs / 5 + random.below((longestMs * 4) / 5)) / 1000;
    // Half of the answers have begun when the signal comes, half have not.
    client.send(index % 2 === 0 ? `/delay/${seconds}` : `/drip?duration=${seconds}&numbytes=3`);
  }
  // Connections are accepted and read in the order in which they came. Once this one has its answer, the others are in
  // flight.
  const last = await Client.open(server.port);
  await last.ask("/hello");

  const signalled = performance.now();
  server.cli.child.kill("SIGTERM");
  const endedMs = (clients: readonly Client[]): Promise<number[]> =>
    Promise.all(
      clients.map(async ({ ended }) => {
        await ended;
        return performance.now() - signalled;
      }),
    );
  const idleMs = endedMs([...idle, last]);
  const begunMs = endedMs(begun);
  await last.ended;
  const stopped = performance.now();
  let refused = 0;
  for (let probe = 0; probe < PROBES; probe++) if (await isRefused(server.port)) refused++;
  const { code } = await server.cli.ended;
  const exitMs = performance.now() - signalled;
  await Promise.all(busy.map(({ ended }) => ended));
  const lastIdleMs = Math.max(...(await idleMs));
  const lastBegunMs = Math.max(...(await begunMs));
  const complete = busy.filter((client) => client.hasWholeAnswer).length;
  // An answer that begins after the server began to stop says `close`.
  const later = busy.filter(({ answeredAt }) => answeredAt > stopped);
  const told = later.filter(({ saysClose }) => saysClose).length;
  print(`${complete} complete; ${told} of ${later.length} that began after it said so; exit code ${code}`);
  return {
    passed: complete === runs && told === later.length && refused === PROBES && code === 0,
    isLate: lastIdleMs > IDLE_WITHIN_MS || lastBegunMs > HALF_SENT_WITHIN_MS,
    figures:
      `${complete} of ${runs} requests in flight completed, ${refused} of ${PROBES} new connects refused, ` +
      `${runs} idle connections ended within ${Math.round(lastIdleMs)} ms, ${HALF_SENT} half-sent heads within ${Math.round(lastBegunMs)} ms, exit ${code} after ${seconds(exitMs)}`,
  };
}

/**
 * A request that takes twice as long as the deadline is cut off at the deadline and counted, and the exit code says so.
 */
async function drainStuck(): Promise<CheckResult> {
  await using server = await startServer();
  const stuck = await Client.open(server.port);
  stuck.send("/drip?delay=10&duration=10&numbytes=2");
  await (await Client.open(server.port)).ask("/hello");
  const signalled = performance.now();
  const { code, stderr } = await server.cli.stop("SIGINT");
  const cut = /, (\d+) cut off\n$/.exec(stderr)?.[1];
  return {
    passed: code !== 0 && code !== null && cut === "1",
    figures: `with one stuck: ${cut} cut off, exit ${code} after ${seconds(performance.now() - signalled)}`,
  };
}

/** The second signal does not wait for anything. */
async function stopTwice(): Promise<Timed> {
  await using server = await startServer();
  const slow = await Client.open(server.port);
  slow.send("/delay/10");
  await (await Client.open(server.port)).ask("/hello");
  server.cli.child.kill("SIGTERM");
  await server.cli.waitFor(/stopping: /);
  const signalled = performance.now();
  const { code } = await server.cli.stop("SIGTERM");
  const ms = performance.now() - signalled;
  return {
    passed: code === 143,
    isLate: ms > IDLE_WITHIN_MS,
    figures: `told twice: exit ${code} after ${Math.round(ms)} ms`,
  };
}

interface Server extends AsyncDisposable {
  readonly cli: RunningCli;
  readonly port: number;
}

async function startServer(): Promise<Server> {
  const cli = startCli(["serve", "--silent", "--port", "0"]);
  const [, port] = await cli.waitFor(/ on http:\/\/127\.0\.0\.1:(\d+)\/ /);
  return { cli, port: Number(port), [Symbol.asyncDispose]: () => cli[Symbol.asyncDispose]() };
}

/** One connection of a client that keeps everything it received. */
class Client {
  readonly ended: Promise<void>;
  /** When the first byte came. */
  answeredAt = Number.POSITIVE_INFINITY;
  readonly #socket: net.Socket;
  #received = "";

  static async open(port: number): Promise<Client> {
    const socket = net.connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new Client(socket);
  }

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => {
      this.answeredAt = Math.min(this.answeredAt, performance.now());
      this.#received += bytes.toString("latin1");
    });
    socket.on("error", () => {}); // the check counts what is missing then
    this.ended = new Promise((resolve) => {
      socket.once("end", resolve).once("close", () => resolve());
    });
  }

  send(target: string): void {
    this.#socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  }

  /** Half of a head. */
  begin(): void {
    this.#socket.write("GET /hello HTTP/1.1\r\nHo");
  }

  async ask(target: string): Promise<void> {
    this.send(target);
    while (!this.hasWholeAnswer) await once(this.#socket, "data");
  }

  get hasWholeAnswer(): boolean {
    const [head, content] = this.#received.split(/\r\n\r\n(.*)/s);
    const length = /\r\nContent-Length: (\d+)/i.exec(head ?? "")?.[1];
    if (content === undefined || !head?.startsWith("HTTP/1.1 200 ")) return false;
    return length === undefined ? content.endsWith("0\r\n\r\n") : content.length === Number(length);
  }

  get saysClose(): boolean {
    return /\r\nConnection: close\r\n/i.test(this.#received);
  }
}

/** A connection that is accepted and not served would be wrong: it must be refused. */
async function isRefused(port: number): Promise<boolean> {
  const socket = net.connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
  });
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
