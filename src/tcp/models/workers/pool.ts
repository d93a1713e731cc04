import type { Address } from "../../address.ts";
import { nowNs } from "../../clock.ts";
import { TRANSPORT_ERRORS, TransportError, type TransportErrorCode } from "../../errors.ts";
import type { DrainResult, ModelOptions, WorkerInfo } from "../model.ts";
import { Handover } from "./handover.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./messages.ts";
import { ObservationReceiver } from "./observation-receiver.ts";
import { type Handed, WorkerSlot } from "./slot.ts";

/** A running thread or process. */
export interface WorkerLink {
  readonly pid?: number;
  post(message: ToWorker): void;
  /** Ends the worker at once, whatever it does. */
  kill(): void;
}

/** What a link reports. `onExit` is called once, last of all, and also when the worker never came up. */
export interface WorkerEvents {
  onMessage(message: FromWorker): void;
  onExit(reason: string, stack?: string): void;
}

/** How a worker ended. */
interface Death {
  readonly reason: string;
  readonly stack?: string;
}

/** Restarts wait 100 ms, 200 ms, … up to 5 s. A worker that dies five times within 10 s is not started again. */
const FIRST_BACK_OFF_MS = 100;
const MAX_BACK_OFF_MS = 5_000;
const CRASH_LOOP_COUNT = 5;
const CRASH_LOOP_MS = 10_000;
/** A worker that does not answer "stop" is killed this long after the time for its drain. */
const STOP_GRACE_MS = 1_000;
/** The longest time that setTimeout can wait; it takes a longer one for 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Keeps a number of workers alive: starts them, and replaces a worker that dies or hangs. */
export class WorkerPool<Link extends WorkerLink> {
  readonly #options: ModelOptions;
  readonly #spawn: (events: WorkerEvents) => Link;
  readonly #slots: WorkerSlot<Link>[] = [];
  readonly #handover: Handover<Link>;
  #unobserved = 0;
  #stopping = false;

  constructor(options: ModelOptions, spawn: (events: WorkerEvents) => Link) {
    this.#options = options;
    this.#spawn = spawn;
    for (let id = 1; id <= options.workers; id++) this.#slots.push(new WorkerSlot(id));
    this.#handover = new Handover(options, this.#slots);
  }

  get open(): number {
    return this.#handover.open;
  }

  get accepted(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.accepted, 0);
  }

  /** Connections that workers have and that are not over, and connections that wait for a worker. */
  get assigned(): number {
    return this.#handover.assigned;
  }

  /** See `Listener.unobserved`. */
  get unobserved(): number {
    return this.#unobserved;
  }

  get workers(): readonly WorkerInfo[] {
    return this.#slots.map((slot) => ({
      id: slot.id,
      ...(slot.link?.pid !== undefined && { pid: slot.link.pid }),
      accepted: slot.accepted,
      open: slot.open.size,
    }));
  }

  /**
   * Starts all workers. Resolves with the address that the first worker listens on, if it does.
   *
   * `firstAlone`: the others are started when the first one is up, since their `setup` depends on its address.
   */
  async start(
    setup: (first: Address | undefined) => WorkerSetup,
    firstAlone: boolean,
  ): Promise<Address | undefined> {
    const [first, ...others] = this.#slots as [WorkerSlot<Link>, ...WorkerSlot<Link>[]];
    const start = (slot: WorkerSlot<Link>, address?: Address) =>
      new Promise<Address | undefined>((resolve, reject) => {
        slot.started = { resolve, reject };
        this.#begin(slot, setup(address));
      });
    try {
      const begun = start(first);
      const address = firstAlone ? await begun : undefined;
      // A worker that replaces the first one takes the same port.
      if (address) first.setup = setup(address);
      await Promise.all([begun, ...others.map((slot) => start(slot, address))]);
      return address;
    } catch (error) {
      await this.stop(0);
      throw error;
    }
  }

  /** Gives the connection to a worker, now or as soon as one is up. */
  hand(handed: Handed<Link>): void {
    this.#handover.hand(handed);
  }

  /** The connection ended. If it waits for a worker, it waits no longer. */
  withdraw(handed: Handed<Link>): void {
    this.#handover.withdraw(handed);
  }

  async stop(drainMs: number): Promise<DrainResult> {
    this.#stopping = true;
    this.#handover.stop();
    const results = await Promise.all(this.#slots.map((slot) => this.#stopSlot(slot, drainMs)));
    return {
      drained: results.every(({ drained }) => drained),
      aborted: results.reduce((sum, { aborted }) => sum + aborted, 0),
    };
  }

  #begin(slot: WorkerSlot<Link>, setup: WorkerSetup): void {
    slot.setup = setup;
    slot.ending = undefined;
    slot.link = this.#spawn({
      onMessage: (message) => this.#receive(slot, message),
      onExit: (reason, stack) =>
        this.#exited(slot, slot.ending ?? { reason, ...(stack !== undefined && { stack }) }),
    });
    slot.begunAtNs = nowNs();
    const { observe } = this.#options;
    if (setup.observed && observe !== undefined)
      slot.observations = new ObservationReceiver(slot.id, observe, (message) => slot.link?.post(message));
    slot.link.post(setup);
  }

  #receive(slot: WorkerSlot<Link>, message: FromWorker): void {
    slot.heartbeat?.heard();
    switch (message.type) {
      case "ready":
        slot.observations?.compareClocks(slot.begunAtNs, message.clockNs, nowNs());
        this.#ready(slot, message.address);
        return;
      case "failed": {
        const { message: text, stack } = message;
        const cause = stack === undefined ? undefined : Object.assign(new Error(text), { stack });
        slot.failure = new TransportError(transportCode(message.code), "listen", text, { cause });
        slot.link?.kill();
        return;
      }
      case "pong":
        return;
      case "crashed": {
        const { reason, stack } = message;
        slot.ready = false;
        slot.ending = { reason, ...(stack !== undefined && { stack }) };
        return;
      }
      case "taken":
        this.#handover.taken(slot, message.handed);
        return;
      case "opened":
        this.#handover.opened(slot, message.info, message.handed);
        return;
      case "counts":
        this.#handover.counted(slot, message.counts);
        return;
      case "closed":
        this.#handover.closed(slot, message.info, message.handed);
        return;
      case "overload":
        this.#options.onOverload({ ...message.overload, open: this.open });
        return;
      case "missed":
        this.#handover.arrived(slot, message.handed);
        return;
      case "observed":
        this.#unobserved += message.batch.unobserved;
        slot.observations?.receive(message.batch);
        return;
      case "stopped":
        slot.stopped(message);
        return;
      default:
        message satisfies never;
    }
  }

  #ready(slot: WorkerSlot<Link>, address: Address | undefined): void {
    slot.ready = true;
    slot.heartbeat = new Heartbeat(
      this.#options.clock,
      this.#options.maxWorkerSilenceMs,
      () => slot.link?.post({ type: "ping" }),
      () => this.#silent(slot),
    );
    const pid = slot.link?.pid;
    this.#options.onWorker({ kind: "started", worker: slot.id, ...(pid !== undefined && { pid }) });
    slot.started?.resolve(address);
    slot.started = undefined;
    this.#handover.handWaiting();
  }

  #silent(slot: WorkerSlot<Link>): void {
    const seconds = this.#options.maxWorkerSilenceMs / 1000;
    slot.ending = { reason: `it answered nothing for ${seconds} s: its event loop is blocked` };
    // Until it is gone, no connection goes to it.
    slot.ready = false;
    slot.link?.kill();
  }

  #exited(slot: WorkerSlot<Link>, death: Death): void {
    const { reason } = death;
    slot.link = undefined;
    slot.ready = false;
    slot.heartbeat?.stop();
    const aborted = slot.assigned;
    slot.observations?.lost(reason);
    this.#handover.lost(slot, reason);
    slot.stopped({ drained: aborted === 0, aborted });
    const failure = slot.failure ?? (this.#stopping ? new Error(reason) : undefined);
    if (failure !== undefined && (slot.started || this.#stopping)) {
      slot.started?.reject(failure);
      return;
    }

    const now = this.#options.clock.now();
    slot.deaths = [...slot.deaths.filter((at) => now - at < CRASH_LOOP_MS), now];
    if (slot.deaths.length >= CRASH_LOOP_COUNT) {
      const often = `${reason}; it died ${CRASH_LOOP_COUNT} times in ${CRASH_LOOP_MS / 1000} s and is not started again`;
      this.#giveUp(slot, { ...death, reason: often });
      return;
    }
    const restartInMs = Math.min(FIRST_BACK_OFF_MS * 2 ** (slot.deaths.length - 1), MAX_BACK_OFF_MS);
    this.#options.onWorker({ kind: "lost", worker: slot.id, ...death, restartInMs });
    slot.restart = setTimeout(() => slot.setup && this.#begin(slot, slot.setup), restartInMs);
  }

  #giveUp(slot: WorkerSlot<Link>, death: Death): void {
    slot.givenUp = true;
    this.#options.onWorker({ kind: "given-up", worker: slot.id, ...death });
    const failure = new TransportError("WORKER_LOST", "listen", `worker ${slot.id}: ${death.reason}`);
    if (slot.started) slot.started.reject(failure);
    else if (this.#slots.every(({ givenUp }) => givenUp)) {
      this.#handover.dropWaiting(failure);
      this.#options.onFailed(failure);
    }
  }

  async #stopSlot(slot: WorkerSlot<Link>, drainMs: number): Promise<DrainResult> {
    clearTimeout(slot.restart);
    const { link } = slot;
    if (link === undefined) return { drained: true, aborted: 0 };
    const result = await new Promise<DrainResult>((resolve) => {
      const force = setTimeout(
        () => resolve({ drained: false, aborted: slot.assigned }),
        Math.min(drainMs + STOP_GRACE_MS, MAX_TIMER_MS),
      );
      slot.stopping.push((drain) => {
        clearTimeout(force);
        resolve(drain);
      });
      link.post({ type: "stop", drainMs });
    });
    if (slot.link !== undefined) {
      const gone = new Promise<DrainResult>((resolve) => slot.stopping.push(resolve));
      slot.link.kill();
      await gone;
    }
    return result;
  }
}

function transportCode(code: string): TransportErrorCode {
  return TRANSPORT_ERRORS.find((known) => known === code) ?? "WORKER_LOST";
}
