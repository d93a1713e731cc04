import type net from "node:net";
import type { Address } from "../address.ts";
import { bind, boundAddress } from "../bind.ts";
import { closeServer } from "../unix-path.ts";
import { loadHandler } from "./handler.ts";
import type { ConcurrencyModel, DrainResult, ModelOptions } from "./model.ts";
import { Serving } from "./serving/serving.ts";

export const EVENT_LOOP_MECHANISM = "one thread, one event loop (node:net)";

/** Serves all connections at once on this thread: while one waits, the others go on. */
export class EventLoopModel implements ConcurrencyModel {
  readonly mechanism = EVENT_LOOP_MECHANISM;
  readonly workers = [];
  readonly unobserved = 0;
  readonly #options: ModelOptions;
  #server: net.Server | undefined;
  #serving: Serving | undefined;

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  get open(): number {
    return this.#serving?.open ?? 0;
  }

  get accepted(): number {
    return this.#serving?.accepted ?? 0;
  }

  async start(): Promise<Address> {
    const { bind: where } = this.#options;
    const handler = await loadHandler(this.#options.handler);
    const serving = new Serving({ ...this.#options, handler, path: where.path });
    const server = await bind(where);
    serving.acceptFrom(server);
    this.#serving = serving;
    this.#server = server;
    return boundAddress(server);
  }

  async stop(drainMs: number): Promise<DrainResult> {
    closeServer(this.#server);
    return this.#serving?.drain(drainMs) ?? { drained: true, aborted: 0 };
  }
}
