import type { Address } from "../address.ts";
import { nextConnectionId } from "../base-connection.ts";
import { TRANSPORT_ERRORS, TransportError, type TransportErrorCode } from "../errors.ts";
import type { DrainResult, ModelOptions, OpenedInfo, WorkerInfo } from "./model.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./worker-messages.ts";

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
  onExit(reason: string): void;
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
 * Keeps a number of workers alive: starts them, replaces those that die, counts what each accepts, and passes on
 * what they report. What a dead worker left open is reported closed, as WORKER_LOST.
 */
export class WorkerPool<Link extends WorkerLink> {
  readonly #options: ModelOptions;
  readonly #spawn: (events: WorkerEvents) => Link;
  readonly #slots: Slot<Link>[] = [];
  #stopping = false;

  constructor(options: ModelOptions, spawn: (events: WorkerEvents) => Link) {
    this.#options = options;
    this.#spawn = spawn;
    for (let id = 1; id <= options.workers; id++) this.#slots.push(new Slot(id));
  }

  get open(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.open.size, 0);
  }

  get accepted(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.accepted, 0);
  }

  /** Connections that workers were given and that are not over, those on their way to one included. */
  get assigned(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.assigned, 0);
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
    const [first, ...others] = this.#slots as [Slot<Link>, ...Slot<Link>[]];
    const start = (slot: Slot<Link>, address?: Address) =>
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

  /** The worker with the least to do, of those that are up; what it is given counts at once. */
  assign(): Link | undefined {
    let best: Slot<Link> | undefined;
    for (const slot of this.#slots)
      if (slot.ready && (best === undefined || slot.assigned < best.assigned)) best = slot;
    if (best === undefined) return undefined;
    best.assigned++;
    return best.link;
  }

  async stop(drainMs: number): Promise<DrainResult> {
    this.#stopping = true;
    const results = await Promise.all(this.#slots.map((slot) => this.#stopSlot(slot, drainMs)));
    return {
      drained: results.every(({ drained }) => drained),
      aborted: results.reduce((sum, { aborted }) => sum + aborted, 0),
    };
  }

  #begin(slot: Slot<Link>, setup: WorkerSetup): void {
    slot.setup = setup;
    slot.ready = false;
    slot.link = this.#spawn({
      onMessage: (message) => this.#receive(slot, message),
      onExit: (reason) => this.#exited(slot, reason),
    });
    slot.link.post(setup);
  }

  #receive(slot: Slot<Link>, message: FromWorker): void {
    switch (message.type) {
      case "ready": {
        slot.ready = true;
        const pid = slot.link?.pid;
        this.#options.onWorker({ kind: "started", worker: slot.id, ...(pid !== undefined && { pid }) });
        // One that is replaced takes the same port again.
        slot.started?.resolve(message.address);
        slot.started = undefined;
        return;
      }
      case "failed": {
        slot.failure = new TransportError(transportCode(message.code), "listen", message.message);
        slot.link?.kill();
        return;
      }
      case "opened": {
        const { info } = message;
        const own: OpenConnection = { id: nextConnectionId(), info, openedAt: performance.now() };
        slot.open.set(info.id, own);
        slot.accepted++;
        this.#options.onConnection({ ...info, id: own.id, worker: slot.id, open: this.open });
        return;
      }
      case "closed": {
        const { info } = message;
        // A TLS handshake that failed was never opened.
        const id = slot.open.get(info.id)?.id ?? nextConnectionId();
        slot.open.delete(info.id);
        slot.assigned--;
        this.#options.onClosed({ ...info, id, worker: slot.id, open: this.open });
        return;
      }
      case "overload":
        this.#options.onOverload({ ...message.overload, open: this.open });
        return;
      case "missed":
        slot.assigned--;
        return;
      case "stopped":
        slot.stopped(message);
        return;
      default:
        message satisfies never;
    }
  }

  #exited(slot: Slot<Link>, reason: string): void {
    slot.link = undefined;
    slot.ready = false;
    slot.assigned = 0;
    this.#reportLost(slot, reason);
    slot.stopped({ drained: true, aborted: 0 });
    const failure = slot.failure ?? (this.#stopping ? new Error(reason) : undefined);
    if (failure !== undefined && (slot.started || this.#stopping)) {
      slot.started?.reject(failure);
      return;
    }

    const now = performance.now();
    slot.deaths = [...slot.deaths.filter((at) => now - at < CRASH_LOOP_MS), now];
    if (slot.deaths.length >= CRASH_LOOP_COUNT) {
      const often = `${reason}; it died ${CRASH_LOOP_COUNT} times in ${CRASH_LOOP_MS / 1000} s and is not started again`;
      this.#options.onWorker({ kind: "given-up", worker: slot.id, reason: often });
      slot.started?.reject(new TransportError("WORKER_LOST", "listen", `worker ${slot.id}: ${often}`));
      return;
    }
    const restartInMs = Math.min(FIRST_BACK_OFF_MS * 2 ** (slot.deaths.length - 1), MAX_BACK_OFF_MS);
    this.#options.onWorker({ kind: "lost", worker: slot.id, reason, restartInMs });
    slot.restart = setTimeout(() => slot.setup && this.#begin(slot, slot.setup), restartInMs);
  }

  #reportLost(slot: Slot<Link>, reason: string): void {
    const lost = [...slot.open.values()];
    slot.open.clear();
    for (const { id, info, openedAt } of lost) {
      const error = { code: "WORKER_LOST", message: `worker ${slot.id} is gone: ${reason}` };
      this.#options.onClosed({
        ...info,
        id,
        worker: slot.id,
        open: this.open,
        // Its counters died with it.
        reason: { how: "error", error, bytesIn: 0, bytesOut: 0 },
        durationMs: performance.now() - openedAt,
      });
    }
  }

  async #stopSlot(slot: Slot<Link>, drainMs: number): Promise<DrainResult> {
    clearTimeout(slot.restart);
    const { link } = slot;
    if (link === undefined) return { drained: true, aborted: 0 };
    const result = await new Promise<DrainResult>((resolve) => {
      const force = setTimeout(
        () => resolve({ drained: false, aborted: slot.open.size }),
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

/** The place of one worker, which outlives it. */
class Slot<Link> {
  readonly id: number;
  link: Link | undefined;
  setup: WorkerSetup | undefined;
  ready = false;
  accepted = 0;
  /** Connections that it was given and that are not closed yet, those on their way to it included. */
  assigned = 0;
  readonly open = new Map<number, OpenConnection>();
  deaths: readonly number[] = [];
  failure: TransportError | undefined;
  restart: NodeJS.Timeout | undefined;
  started: { resolve(address: Address | undefined): void; reject(error: Error): void } | undefined;
  /** Who waits for it to be drained or gone. */
  readonly stopping: ((result: DrainResult) => void)[] = [];

  constructor(id: number) {
    this.id = id;
  }

  stopped(result: DrainResult): void {
    for (const told of this.stopping.splice(0)) told(result);
  }
}

interface OpenConnection {
  readonly id: number;
  readonly info: OpenedInfo;
  readonly openedAt: number;
}

function transportCode(code: string): TransportErrorCode {
  return code in TRANSPORT_ERRORS ? (code as TransportErrorCode) : "WORKER_LOST";
}
