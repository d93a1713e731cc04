import { getEventListeners } from "node:events";
import { latin1 } from "../../src/bytes/text.ts";
import { HttpClient } from "../../src/http/client/client.ts";
import { ProtocolError } from "../../src/http1/errors.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { HonestOrigin } from "./honest-origin.ts";
import { HostileOrigin } from "./hostile-origin.ts";
import { CALM_MS, contentOf, type Ledger, MAX_CONTENT_BYTES, type Plan, secretOf } from "./ledger.ts";
import type { Network, SimulatedConnection } from "./network.ts";
import { Reader } from "./reader.ts";

const REQUESTS = 50;
const MIN_OPERATIONS = 200;
const MIN_FAULTS = 5;
/** The number of faults that are planned. The hostile origin and the network add their own. */
const LINK_FAULTS = 6;
const METHODS = ["GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE"];
/** The coarseness of the client's clock, and one turn. */
const TICK_MS = 300;
const QUEUE_MS = 3000;
/** The longest time until an answer begins: two full queues, a connection that nobody answers, … */
const LONGEST_MS = 45_000;
/** After this time all troubles are over. The longest trouble is a connection that cannot be opened. */
const QUIET_MS = 15_000;
/** The time for an action that needs only a fast link. */
const AT_ONCE_MS = 50;
/** A timeout that no request reaches. Its timer must end with its request. */
const GENEROUS_MS = 500_000;
/** How many bytes may wait to be written: a piece of content and a head. */
const MAX_QUEUED_BYTES = 130 * 1024;

/** Finds the heads in what a client writes. */
const REQUEST = /([A-Z]+ \/\d+) HTTP[^\0]*?\r\nX-Id: (\d+)\r\n/g;

/** A client that sends all kinds of requests to three origins, while the network and one origin do their worst. */
export class Workload {
  finishedAt = Number.NaN;
  readonly #network: Network;
  readonly #ledger: Ledger;
  #client: HttpClient;
  readonly #wary: HttpClient;
  readonly #pipelining: number;
  readonly #maxConnections: number;
  readonly #maxQueued: number;
  /** The probability that a content is large. */
  readonly #large: number;
  readonly #origins: readonly number[] = [8001, 8002, 8003];
  readonly #honest: readonly HonestOrigin[];
  readonly #hostile: HostileOrigin;
  readonly #reader: Reader;
  /** Other events, by the number of the request before which they happen. */
  readonly #events = new Map<number, () => void>();
  readonly #signals = new Map<number, AbortSignal>();

  constructor(network: Network, ledger: Ledger) {
    this.#network = network;
    this.#ledger = ledger;
    const { world } = ledger;
    const { random } = world;
    this.#maxConnections = 1 + random.below(4);
    this.#maxQueued = random.pick([2, 100]);
    this.#large = random.pick([0, 0.02, 0.02, 0.1]);
    this.#pipelining = random.pick([1, 1, 4]);
    ledger.pipelining = this.#pipelining;
    this.#client = this.#newClient(this.#pipelining);
    this.#wary = this.#newClient(1);
    this.#honest = [0, 1].map((n) => new HonestOrigin(network, ledger, n, this.#origins[n] as number));
    this.#hostile = new HostileOrigin(network, ledger, this.#origins[2] as number);
    this.#reader = new Reader(network, ledger, this.#hostile);
    network.onConnected = (client) => {
      ledger.operations++;
      this.#watch(client);
    };
    network.onAfterlife = ({ name }) => ledger.breaks(6, `${name} was heard of after its end`);
    this.#planEvents();
  }

  start(): void {
    void this.#run().then(() => {
      this.finishedAt = this.#ledger.world.now();
    });
  }

  /** Checks what must be true at any moment. */
  check(): void {
    const counts = new Map<number, number>();
    for (const end of this.#network.open()) {
      if (end.queuedBytes > MAX_QUEUED_BYTES && !this.#hostile.has(end))
        this.#ledger.breaks(7, `${end.name} has ${end.queuedBytes} bytes to write`);
      if (end.role === "server" || !end.sending || !("port" in end.remote)) continue;
      const count = (counts.get(end.remote.port) ?? 0) + 1;
      counts.set(end.remote.port, count);
      if (count > this.#maxConnections)
        this.#ledger.breaks(5, `${count} connections to port ${end.remote.port}`);
    }
  }

  /** Checks what must be true when nothing happens any more. */
  checkEnd(): void {
    if (Number.isNaN(this.finishedAt)) this.#ledger.breaks(1, "the work never came to its end");
    for (const [id, signal] of this.#signals) {
      const listeners = getEventListeners(signal, "abort").length;
      if (listeners > 0) this.#ledger.breaks(9, `request ${id} left ${listeners} listeners on its signal`);
    }
  }

  async #run(): Promise<void> {
    const lanes = this.#ledger.world.random.pick([2, 6, 6, 16]);
    await Promise.all(Array.from({ length: lanes }, () => this.#lane()));
    await this.#probe();
    await Promise.all([this.#client.close(), this.#wary.close()]);
    for (const origin of this.#honest) origin.drain();
    this.#hostile.stop();
  }

  /**
   * A client that pipelines has to trust the server, since answers carry no name. The hostile origin gets no
   * pipelining.
   */
  #clientFor(origin: number): HttpClient {
    return origin === 2 ? this.#wary : this.#client;
  }

  #newClient(pipelining: number): HttpClient {
    const { world } = this.#ledger;
    const { random } = world;
    return new HttpClient({
      clock: world,
      dial: this.#network.dial,
      maxConnectionsPerOrigin: this.#maxConnections,
      maxQueued: this.#maxQueued,
      queueTimeoutMs: QUEUE_MS,
      headTimeoutMs: 2000,
      bodyTimeoutMs: 1500,
      writeTimeoutMs: 1500,
      idleTimeoutMs: random.pick([0, 400, 4000]),
      pipelining,
    });
  }

  #planEvents(): void {
    const { random } = this.#ledger.world;
    for (let i = 0; i < LINK_FAULTS; i++) this.#events.set(random.below(REQUESTS), () => this.#breakLink());
    if (random.chance(0.15)) {
      this.#events.set(REQUESTS / 2 + random.below(REQUESTS / 2), () => {
        this.#ledger.fault("the first server drains");
        this.#honest[0]?.drain();
      });
    }
    if (random.chance(0.15)) {
      this.#events.set(REQUESTS / 2 + random.below(REQUESTS / 2), () => {
        this.#ledger.fault("the client is closed, another goes on");
        void this.#client.close();
        this.#client = this.#newClient(this.#pipelining);
      });
    }
  }

  #breakLink(): void {
    const { random } = this.#ledger.world;
    const links = this.#network.open();
    if (links.length === 0) return;
    const end = random.pick(links);
    const how = random.pick(["break", "stall", "stall", "silence"] as const);
    this.#ledger.fault(`${how} at ${end.name}`);
    if (how === "break") end.break();
    else if (how === "stall") end.stall(20 + random.below(2500));
    else end.fallSilent();
  }

  async #lane(): Promise<void> {
    const { world, plans } = this.#ledger;
    const { random } = world;
    const isEnough = (): boolean =>
      plans.length >= REQUESTS &&
      this.#ledger.operations >= MIN_OPERATIONS &&
      this.#ledger.faults >= MIN_FAULTS;
    while (!isEnough()) {
      this.#events.get(plans.length)?.();
      const plan = this.#newPlan();
      await this.#ask(plan);
      this.#ledger.operations++;
      if (random.chance(0.5))
        await this.#wait(random.chance(0.05) ? random.below(6000) : random.below(30) / 10);
    }
  }

  /**
   * When all is quiet, no place of the pool may be missing, and a waiting request gets a place as soon as one is free.
   */
  async #probe(): Promise<void> {
    this.#network.calm = true;
    await this.#wait(QUIET_MS);
    const queued = Math.min(this.#maxConnections, this.#maxQueued);
    for (const [origin, { draining }] of this.#honest.entries()) {
      if (draining) continue;
      // A request behind others, on a connection that then ends, has to wait once more for each of them.
      const behindMs = CALM_MS * this.#pipelining;
      const asked = Array.from({ length: this.#maxConnections + queued }, (_, i) =>
        this.#askCalmly(origin, i < this.#maxConnections ? AT_ONCE_MS : AT_ONCE_MS + behindMs),
      );
      await Promise.all(asked);
    }
  }

  async #askCalmly(origin: number, longestMs: number): Promise<void> {
    const id = this.#ledger.plans.length;
    const plan: Plan = { id, origin, method: "GET", requestBytes: 0, responseBytes: 200, calm: true };
    this.#ledger.plans.push(plan);
    try {
      const response = await this.#clientFor(origin).request(this.#inputOf(plan));
      this.#reader.check(plan, response, 0, await response.bytes(), true);
      const { connectedMs } = response.timings;
      if (connectedMs > longestMs) this.#ledger.breaks(5, `request ${id} had to wait ${connectedMs} ms`);
      this.#ledger.settled(id, `${response.status}, after ${connectedMs} ms`);
    } catch (error) {
      this.#ledger.breaks(5, `request ${id} failed when all was well: ${error}`);
      this.#ledger.settled(id, (error as TransportError).code);
    }
  }

  #inputOf({ id, origin, method }: Plan) {
    return {
      url: `http://127.0.0.1:${this.#origins[origin]}/${id}`,
      method,
      fields: [
        ["X-Id", String(id)],
        ["Authorization", secretOf(origin)],
      ] as const,
    };
  }

  #newPlan(): Plan {
    const { random } = this.#ledger.world;
    const method = random.pick(METHODS);
    const sizes = [0, 1, 13, 200, 3000];
    const size = (): number =>
      random.chance(this.#large) ? 20_000 + random.below(MAX_CONTENT_BYTES - 20_000) : random.pick(sizes);
    const plan: Plan = {
      id: this.#ledger.plans.length,
      origin: random.below(3),
      method,
      requestBytes: method === "POST" || method === "PUT" ? size() : 0,
      responseBytes: size(),
    };
    this.#ledger.plans.push(plan);
    return plan;
  }

  async #ask(plan: Plan): Promise<void> {
    const { world } = this.#ledger;
    const { random } = world;
    const { id, origin, requestBytes } = plan;
    const controller = random.chance(0.2) ? new AbortController() : undefined;
    const timeoutMs = random.chance(0.2) ? random.pick([1 + random.below(2000), GENEROUS_MS]) : undefined;
    const startedAt = world.now();
    const stopAborting = controller && world.after(random.below(60) / 2, () => this.#abort(id, controller));
    const content = requestBytes > 0 ? contentOf(id, requestBytes) : undefined;
    try {
      const response = await this.#clientFor(origin).request({
        ...this.#inputOf(plan),
        ...(content !== undefined && {
          body: origin < 2 && random.chance(0.3) ? this.#stream(content) : content,
        }),
        ...(origin < 2 && content !== undefined && random.chance(0.1) && { expectContinue: true }),
        ...(controller !== undefined && { signal: controller.signal }),
        ...(timeoutMs !== undefined && { timeoutMs }),
      });
      const headMs = world.now() - startedAt;
      if (headMs > LONGEST_MS) this.#ledger.breaks(8, `request ${id} waited ${headMs} ms for its answer`);
      const how = await this.#reader.read(plan, response);
      this.#ledger.settled(id, `${response.status}, ${how}`);
    } catch (error) {
      if (!(error instanceof TransportError || error instanceof ProtocolError)) {
        this.#ledger.breaks(4, `request ${id} failed with ${error}`);
      }
      if (error instanceof ProtocolError && error.blame === "local") {
        this.#ledger.breaks(
          10,
          `request ${id} was given a connection that could not take it: ${error.message}`,
        );
      }
      this.#ledger.settled(id, (error as TransportError).code);
    }
    stopAborting?.();
    const lateMs =
      timeoutMs === undefined ? 0 : world.now() - startedAt - timeoutMs - this.#reader.restedMs(id);
    if (lateMs > TICK_MS) this.#ledger.breaks(8, `request ${id} settled ${lateMs} ms after its deadline`);
    if (controller !== undefined) this.#signals.set(id, controller.signal);
  }

  #abort(id: number, controller: AbortController): void {
    this.#ledger.operations++;
    this.#ledger.world.tell(`request ${id} is given up`);
    controller.abort();
  }

  async *#stream(content: Uint8Array): AsyncGenerator<Uint8Array> {
    const { random } = this.#ledger.world;
    for (let at = 0; at < content.length; ) {
      const end = Math.min(content.length, at + 1 + random.below(Math.min(content.length, 60_000)));
      this.#ledger.operations++;
      yield content.subarray(at, end);
      at = end;
      if (random.chance(0.2)) await this.#wait(random.below(20));
    }
  }

  /** Records the requests on a connection, and checks that none is sent after unwanted bytes were seen. */
  #watch(client: SimulatedConnection): void {
    client.onTransmit = (bytes) => {
      const text = typeof bytes === "string" ? bytes : latin1(bytes);
      for (const [, line, id] of text.matchAll(REQUEST)) this.#asked(client, line as string, Number(id));
    };
  }

  #asked(client: SimulatedConnection, line: string, id: number): void {
    client.exchanges++;
    this.#ledger.world.tell(`${client.name} asks ${line}`);
    this.#ledger.written(client.id >> 1, id);
    if (client.unasked !== "raced" && this.#hostile.spoiled.has(client.id >> 1)) {
      this.#ledger.breaks(10, `${client.name} was used for request ${id} after an answer that was none`);
    }
    if (client.unasked === "seen") this.#ledger.breaks(10, `${client.name} was used for request ${id}`);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#ledger.world.after(ms, resolve));
  }
}
