import { ServedConnection } from "../../src/http/server/connection.ts";
import type { HttpHandler, ServerRequest } from "../../src/http/server/handler.ts";
import { serveSettings } from "../../src/http/server/settings.ts";
import {
  CALM_MS,
  contentOf,
  isPartOf,
  type Ledger,
  MAX_UNREAD_BYTES,
  type Plan,
  secretOf,
} from "./ledger.ts";
import type { Network, SimulatedConnection } from "./network.ts";

/** Our server on the simulated network. Its handlers do what handlers do, and sometimes what they should not do. */
export class HonestOrigin {
  readonly #network: Network;
  readonly #ledger: Ledger;
  readonly #number: number;
  readonly #open = new Set<ServedConnection>();
  draining = false;

  constructor(network: Network, ledger: Ledger, number: number, port: number) {
    this.#network = network;
    this.#ledger = ledger;
    this.#number = number;
    const { world } = ledger;
    const { random } = world;
    const settings = serveSettings({
      handler: (request) => this.#handle(request),
      clock: world,
      now: () => world.now(),
      headTimeoutMs: 3000,
      requestTimeoutMs: 4000,
      bodyGraceMs: 2000,
      writeTimeoutMs: 2000,
      idleTimeoutMs: random.pick([300, 1000, 5000]),
      maxRequestsPerConnection: random.pick([2, 20, 1000]),
      onExchange: (summary) => ledger.reported(summary),
    });
    network.listen(port, (connection) => this.#serve(connection, settings));
  }

  /** From now on takes no more requests. */
  drain(): void {
    this.draining = true;
    for (const served of this.#open) served.drain();
  }

  #serve(connection: SimulatedConnection, settings: ReturnType<typeof serveSettings>): void {
    if (this.draining) {
      connection.abort();
      return;
    }
    const served = new ServedConnection(connection, settings);
    this.#open.add(served);
    void served.over.then(() => this.#open.delete(served));
  }

  readonly #handle: HttpHandler = (request) => {
    const id = Number(request.path.slice(1));
    const plan = this.#ledger.plans[id] as Plan;
    this.#ledger.executed(request.connectionId >> 1, plan);
    this.#checkRequest(request, plan);
    if (plan.calm) return this.#wait(CALM_MS).then(() => this.#answer(plan));
    const { random } = this.#ledger.world;
    const ways = [
      "at once",
      "at once",
      "at once",
      "read",
      "read",
      "read",
      "late",
      "stream",
      "throw",
    ] as const;
    const way = plan.requestBytes > 0 && random.chance(0.7) ? "read" : random.pick(ways);
    switch (way) {
      case "at once":
        return this.#answer(plan);
      case "read":
        return this.#read(request, plan).then(() => this.#answer(plan));
      case "late":
        return this.#wait(random.below(400)).then(() => this.#answer(plan));
      case "stream":
        return { ...this.#answer(plan), body: this.#pieces(plan) };
      case "throw":
        throw new Error("a handler that fails");
      default:
        return way satisfies never;
    }
  };

  #checkRequest({ fields, method }: ServerRequest, plan: Plan): void {
    if (method !== plan.method || fields.get("x-id") !== String(plan.id)) {
      this.#ledger.breaks(2, `the server read ${method} ${fields.get("x-id")} for ${plan.method} ${plan.id}`);
    }
    if (fields.get("authorization") !== secretOf(this.#number)) {
      this.#ledger.breaks(12, `origin ${this.#number} was told "${fields.get("authorization")}"`);
    }
  }

  async #read({ body, connectionId }: ServerRequest, { id, requestBytes }: Plan): Promise<void> {
    const { random } = this.#ledger.world;
    const connection = this.#network.connection(connectionId);
    const { bytesIn } = connection;
    const slowly = random.chance(0.2);
    let at = 0;
    for await (const bytes of body) {
      if (slowly) await this.#wait(random.below(100));
      // Bytes that came with the head were counted before.
      const waiting = connection.bytesIn - bytesIn - at - bytes.length;
      if (waiting > MAX_UNREAD_BYTES)
        this.#ledger.breaks(7, `${waiting} bytes of request ${id} wait in memory`);
      if (!isPartOf(id, at, bytes)) this.#ledger.breaks(4, `the content of request ${id} differs at ${at}`);
      at += bytes.length;
    }
    if (at !== requestBytes) {
      this.#ledger.breaks(4, `request ${id} was whole to its handler with ${at} of ${requestBytes} bytes`);
    }
  }

  #answer({ id, responseBytes }: Plan) {
    return { fields: [["X-Id", String(id)]] as const, body: contentOf(id, responseBytes) };
  }

  async *#pieces({ id, responseBytes }: Plan): AsyncGenerator<Uint8Array> {
    const { random } = this.#ledger.world;
    const content = contentOf(id, responseBytes);
    for (let at = 0; at < content.length; ) {
      const end = Math.min(content.length, at + 1 + random.below(Math.min(content.length, 60_000)));
      yield content.subarray(at, end);
      at = end;
      if (random.chance(0.3)) await this.#wait(random.below(30));
      if (random.chance(0.02)) throw new Error("a stream that fails");
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#ledger.world.after(ms, resolve));
  }
}
