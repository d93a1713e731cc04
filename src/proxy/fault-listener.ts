import { type Clock, systemClock } from "../tcp/clock.ts";
import type { FaultSet } from "../tcp/faults/fault-set.ts";
import { type Listener, type ListenOptions, listen } from "../tcp/listen.ts";
import type { DrainResult } from "../tcp/models/model.ts";
import { throwLater } from "../tcp/observer.ts";
import { fillBacklog } from "./full-backlog.ts";

/** A listener that was closed while the backlog is full serves its open connections on: longer than anybody waits. */
const SERVE_ON_MS = 2 ** 31 - 1;
const DEFAULT_DRAIN_MS = 10_000;

/**
 * Listens, but for the times when a fault of the set fills the backlog. Nobody can connect then, and connections that
 * are open stay.
 *
 * @throws what `listen` throws
 */
export async function listenWithFaults(options: ListenOptions, faults: FaultSet): Promise<FaultListener> {
  const listener = new FaultListener(options, faults, await listen(options));
  await listener.settled();
  return listener;
}

/** One listener to the outside; inside, one after the other on the same port. */
export class FaultListener implements Listener {
  readonly #options: ListenOptions;
  readonly #faults: FaultSet;
  readonly #clock: Clock;
  /** The last one takes new connections, unless the backlog is full. Those before it are stopping. */
  readonly #listeners: Listener[];
  /** Frees the port again. */
  #free: (() => Promise<void>) | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #isStopping = false;
  #cancelTimer: (() => void) | undefined;
  readonly #forget: () => void;

  constructor(options: ListenOptions, faults: FaultSet, first: Listener) {
    this.#options = options;
    this.#faults = faults;
    this.#clock = options.clock ?? systemClock;
    this.#listeners = [first];
    this.#forget = faults.onChange(() => this.#settle());
    options.signal?.addEventListener("abort", () => void this.close(), { once: true });
    this.#settle();
  }

  get #first(): Listener {
    return this.#listeners[0] as Listener; // there is one at all times
  }

  get address(): Listener["address"] {
    return this.#first.address;
  }

  get model(): Listener["model"] {
    return this.#first.model;
  }

  get mechanism(): string {
    return this.#first.mechanism;
  }

  get workers(): Listener["workers"] {
    return this.#first.workers;
  }

  get open(): number {
    return this.#sum("open");
  }

  get accepted(): number {
    return this.#sum("accepted");
  }

  get refused(): number {
    return this.#sum("refused");
  }

  get unobserved(): number {
    return this.#sum("unobserved");
  }

  /** Resolves once the port is as the faults want it. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  stop({ drainMs = DEFAULT_DRAIN_MS }: { readonly drainMs?: number } = {}): Promise<DrainResult> {
    return this.#stop(drainMs);
  }

  close(): Promise<DrainResult> {
    return this.#stop(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop(0);
  }

  #sum(count: "open" | "accepted" | "refused" | "unobserved"): number {
    return this.#listeners.reduce((sum, listener) => sum + listener[count], 0);
  }

  async #stop(drainMs: number): Promise<DrainResult> {
    this.#isStopping = true;
    this.#forget();
    this.#cancelTimer?.();
    await this.#turn;
    await this.#free?.();
    this.#free = undefined;
    const results = await Promise.all(this.#listeners.map((listener) => this.#drained(listener, drainMs)));
    return {
      drained: results.every(({ drained }) => drained),
      aborted: results.reduce((sum, { aborted }) => sum + aborted, 0),
    };
  }

  /** A listener that is stopping already would wait for longer than `drainMs`. */
  async #drained(listener: Listener, drainMs: number): Promise<DrainResult> {
    if (drainMs === 0) return listener.close();
    const cancel = this.#clock.after(drainMs, () => void listener.close());
    const result = await listener.stop({ drainMs });
    cancel();
    return result;
  }

  /** Opens or closes the port as the faults say now, and once more when they say otherwise. */
  #settle(): void {
    if (this.#isStopping) return;
    this.#turn = this.#turn.then(() => this.#setBacklog()).catch(throwLater);
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const due = this.#faults.backlogDue;
    if (due === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#clock.after(due - this.#clock.now(), () => this.#settle());
  }

  async #setBacklog(): Promise<void> {
    const { address } = this;
    const isFull = this.#faults.fillsBacklog !== undefined;
    // A full backlog of a Unix socket refuses at once (EAGAIN): nothing hangs.
    if (address.family === "unix" || isFull === (this.#free !== undefined) || this.#isStopping) return;
    if (isFull) {
      void this.#listeners.at(-1)?.stop({ drainMs: SERVE_ON_MS });
      this.#free = await fillBacklog(address.host, address.port);
    } else {
      await this.#free?.();
      this.#free = undefined;
      this.#listeners.push(await listen({ ...this.#options, host: address.host, port: address.port }));
    }
  }
}
