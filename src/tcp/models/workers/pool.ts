import type { Address } from "../../address.ts";
import { nextConnectionId } from "../../base-connection.ts";
import { TRANSPORT_ERRORS, TransportError, type TransportErrorCode } from "../../errors.ts";
import type { ClosedInfo, DrainResult, ModelOptions, OpenedInfo, WorkerInfo } from "../model.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./messages.ts";
import { type Handed, WorkerSlot } from "./slot.ts";

/** A running thread or process, whichever it is. */
export interface WorkerLink {
  readonly pid?: number;
  post(message: ToWorker): void;
  /** Ends it now, whatever it does. */
  kill(): void;
}

/** What a link reports. `onExit` once, last of all, also when it never came up. */
export interface WorkerEvents {
  onMessage(message: FromWorker): void;
  onExit(reason: string, stack?: string): void;
}

/** Restarts wait 100 ms, 200 ms, … up to 5 s; the fifth death within 10 s is the last. */
const FIRST_BACK_OFF_MS = 100;
const MAX_BACK_OFF_MS = 5_000;
const CRASH_LOOP_COUNT = 5;
const CRASH_LOOP_MS = 10_000;
/** A worker that does not even answer to "stop" is ended by force this long after its drain. */
const STOP_GRACE_MS = 1_000;
/** More than this setTimeout takes for 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Keeps a number of workers alive: starts them, replaces those that die or hang, hands connections to them, counts
 * what each accepts, and passes on what they report.
 *
 * Every connection that is handed over comes to an end that is told: a worker opens it, another worker does, or it is
 * reset. What a dead worker left open is reported closed, as WORKER_LOST.
 */
export class WorkerPool<Link extends WorkerLink> {
  readonly #options: ModelOptions;
  readonly #spawn: (events: WorkerEvents) => Link;
  readonly #slots: WorkerSlot<Link>[] = [];
  /** Connections that came while no worker was up. */
  readonly #waiting = new Set<Handed<Link>>();
  #stopping = false;

  constructor(options: ModelOptions, spawn: (events: WorkerEvents) => Link) {
    this.#options = options;
    this.#spawn = spawn;
    for (let id = 1; id <= options.workers; id++) this.#slots.push(new WorkerSlot(id));
  }

  get open(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.open.size, 0);
  }

  get accepted(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.accepted, 0);
  }

  /** Connections that workers were given and that are not over, and those that wait for a worker. */
  get assigned(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.assigned, this.#waiting.size);
  }

  get workers(): readonly WorkerInfo[] {
    return this.#slots.map((slot) => ({
      id: slot.id,
      ...(slot.link?.pid !== undefined && { pid: slot.link.pid }),
      accepted: slot.accepted,
      open: slot.open.size,
    }));
  }

  /** Starts them all. `setup` may depend on what the first one said, which is therefore started alone if `firstAlone`. */
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
      // Should it be replaced, it takes the port that it found.
      if (address) first.setup = setup(address);
      await Promise.all([begun, ...others.map((slot) => start(slot, address))]);
      return address;
    } catch (error) {
      await this.stop(0);
      throw error;
    }
  }

  /** Gives the connection to the worker with the least to do, of those that are up, or to the first that comes up. */
  hand(handed: Handed<Link>): void {
    if (this.#stopping) {
      this.#drop(handed, new TransportError("DRAINING", "drain", "the server stopped"));
      return;
    }
    const up = this.#slots.filter((slot) => slot.ready);
    if (up.length === 0) {
      this.#waiting.add(handed);
      return;
    }
    const slot = up.reduce((best, each) => (each.assigned < best.assigned ? each : best));
    slot.handed.set(handed.id, handed);
    handed.send(slot.link as Link);
  }

  /** It ended before its turn came. */
  withdraw(handed: Handed<Link>): void {
    this.#waiting.delete(handed);
  }

  async stop(drainMs: number): Promise<DrainResult> {
    this.#stopping = true;
    this.#handWaiting();
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
    slot.link.post(setup);
  }

  #receive(slot: WorkerSlot<Link>, message: FromWorker): void {
    slot.heartbeat?.heard();
    switch (message.type) {
      case "ready":
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
        slot.ending = { reason, ...(stack !== undefined && { stack }) };
        return;
      }
      case "taken":
        slot.taken.add(message.handed);
        slot.handed.get(message.handed)?.taken();
        return;
      case "opened":
        this.#opened(slot, message.info, message.handed);
        return;
      case "counts":
        for (const { id, bytesIn, bytesOut } of message.counts)
          Object.assign(slot.open.get(id) ?? {}, { bytesIn, bytesOut });
        return;
      case "closed":
        this.#closed(slot, message.info, message.handed);
        return;
      case "overload":
        this.#options.onOverload({ ...message.overload, open: this.open });
        return;
      case "missed":
        this.#take(slot, message.handed);
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
    // One that is replaced takes the same port again.
    slot.started?.resolve(address);
    slot.started = undefined;
    this.#handWaiting();
  }

  #handWaiting(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const handed of waiting) this.hand(handed);
  }

  #silent(slot: WorkerSlot<Link>): void {
    const seconds = this.#options.maxWorkerSilenceMs / 1000;
    slot.ending = { reason: `it answered nothing for ${seconds} s: its event loop is blocked` };
    slot.link?.kill();
  }

  /** The connection that the worker speaks of, which has arrived there. */
  #take(slot: WorkerSlot<Link>, id: number | undefined): Handed<Link> | undefined {
    const handed = id === undefined ? undefined : slot.handed.get(id);
    if (handed === undefined) return undefined;
    slot.handed.delete(handed.id);
    if (!slot.taken.delete(handed.id)) handed.taken();
    return handed;
  }

  #opened(slot: WorkerSlot<Link>, info: OpenedInfo, handedId: number | undefined): void {
    const handed = this.#take(slot, handedId);
    const id = handed?.id ?? nextConnectionId();
    const openedAt = this.#options.clock.now();
    slot.open.set(info.id, { id, info, openedAt, bytesIn: 0, bytesOut: 0, counts: handed?.counts });
    slot.accepted++;
    this.#options.onConnection({ ...info, id, worker: slot.id, open: this.open });
  }

  #closed(slot: WorkerSlot<Link>, info: ClosedInfo, handedId: number | undefined): void {
    // A TLS handshake that failed was never opened.
    const id = slot.open.get(info.id)?.id ?? this.#take(slot, handedId)?.id ?? nextConnectionId();
    slot.open.delete(info.id);
    this.#options.onClosed({ ...info, id, worker: slot.id, open: this.open });
  }

  #exited(slot: WorkerSlot<Link>, death: { readonly reason: string; readonly stack?: string }): void {
    const { reason } = death;
    slot.link = undefined;
    slot.ready = false;
    slot.heartbeat?.stop();
    const aborted = slot.assigned;
    this.#reportLost(slot, reason);
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

  #giveUp(slot: WorkerSlot<Link>, death: { readonly reason: string; readonly stack?: string }): void {
    slot.givenUp = true;
    this.#options.onWorker({ kind: "given-up", worker: slot.id, ...death });
    const failure = new TransportError("WORKER_LOST", "listen", `worker ${slot.id}: ${death.reason}`);
    if (slot.started) slot.started.reject(failure);
    else if (this.#slots.every(({ givenUp }) => givenUp)) {
      for (const handed of this.#waiting) this.#drop(handed, failure);
      this.#waiting.clear();
      this.#options.onFailed(failure);
    }
  }

  #reportLost(slot: WorkerSlot<Link>, reason: string): void {
    const error = new TransportError("WORKER_LOST", "read", `worker ${slot.id} is gone: ${reason}`);
    const lost = [...slot.open.values()];
    slot.open.clear();
    for (const { id, info, openedAt, counts, bytesIn, bytesOut } of lost) {
      const passed = counts?.() ?? { bytesIn, bytesOut };
      this.#options.onClosed({
        ...info,
        id,
        worker: slot.id,
        open: this.open,
        reason: { how: "error", error: { code: error.code, message: error.message }, ...passed },
        durationMs: this.#options.clock.now() - openedAt,
      });
    }
    const unopened = [...slot.handed.values()];
    slot.handed.clear();
    for (const handed of unopened) {
      if (handed.again && !slot.taken.has(handed.id)) this.hand(handed);
      else this.#drop(handed, error, slot.id);
    }
    slot.taken.clear();
  }

  /** Resets a connection that no worker opened, and reports it. */
  #drop(handed: Handed<Link>, error: TransportError, worker?: number): void {
    const { id, local, remote } = handed;
    const passed = handed.counts?.() ?? { bytesIn: 0, bytesOut: 0 };
    handed.drop(error);
    const reason = { how: "error", error: { code: error.code, message: error.message }, ...passed } as const;
    this.#options.onClosed({ id, local, remote, worker, open: this.open, reason, durationMs: 0 });
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
