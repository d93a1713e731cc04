import { nextConnectionId } from "../../base-connection.ts";
import { TransportError } from "../../errors.ts";
import type { ClosedInfo, ModelOptions, OpenedInfo } from "../model.ts";
import type { ByteCounts } from "./messages.ts";
import type { Handed, WorkerSlot } from "./slot.ts";

/**
 * Hands connections to workers, and keeps account of them.
 *
 *     waiting ─► handed ─► taken ─► opened ─► closed
 *     (no worker   (sent)    (in its
 *      is up)                handshake)
 *
 * Every connection that is handed over comes to an end that is reported: a worker opens and closes it, or it is reset.
 * What a dead worker left open is reported as closed (WORKER_LOST). What was only sent to that worker goes to another
 * one.
 */
export class Handover<Link> {
  readonly #options: ModelOptions;
  readonly #slots: readonly WorkerSlot<Link>[];
  /** Connections that came while no worker was up. */
  readonly #waiting = new Set<Handed<Link>>();
  #stopping = false;

  constructor(options: ModelOptions, slots: readonly WorkerSlot<Link>[]) {
    this.#options = options;
    this.#slots = slots;
  }

  get open(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.open.size, 0);
  }

  /** Connections that workers have and that are not over, and connections that wait for a worker. */
  get assigned(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.assigned, this.#waiting.size);
  }

  /** Gives the connection to the worker that has the fewest, of those that are up, or to the first that comes up. */
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
    handed.send(slot.link as Link, slot.id);
  }

  /** The connection ended while it waited. */
  withdraw(handed: Handed<Link>): void {
    this.#waiting.delete(handed);
  }

  /** A worker came up: it gets what waits. */
  handWaiting(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const handed of waiting) this.hand(handed);
  }

  /** No connection is handed over any more. */
  stop(): void {
    this.#stopping = true;
    this.handWaiting();
  }

  /** No worker will come up any more. */
  dropWaiting(error: TransportError): void {
    for (const handed of this.#waiting) this.#drop(handed, error);
    this.#waiting.clear();
  }

  // What a worker says of its connections

  taken(slot: WorkerSlot<Link>, handedId: number): void {
    slot.taken.add(handedId);
    slot.handed.get(handedId)?.taken();
  }

  opened(slot: WorkerSlot<Link>, info: OpenedInfo, handedId: number | undefined): void {
    const handed = this.arrived(slot, handedId);
    const id = handed?.id ?? nextConnectionId();
    const openedAt = this.#options.clock.now();
    slot.open.set(info.id, { id, info, openedAt, bytesIn: 0, bytesOut: 0, counts: handed?.counts });
    slot.accepted++;
    this.#options.onConnection({ ...info, id, worker: slot.id, open: this.open });
  }

  counted(slot: WorkerSlot<Link>, counts: readonly ByteCounts[]): void {
    for (const { id, bytesIn, bytesOut } of counts)
      Object.assign(slot.open.get(id) ?? {}, { bytesIn, bytesOut });
  }

  closed(slot: WorkerSlot<Link>, info: ClosedInfo, handedId: number | undefined): void {
    // A connection whose TLS handshake failed was never opened.
    const id = slot.open.get(info.id)?.id ?? this.arrived(slot, handedId)?.id ?? nextConnectionId();
    slot.open.delete(info.id);
    this.#options.onClosed({ ...info, id, worker: slot.id, open: this.open });
  }

  /** The connection has arrived at its worker: it is no longer on its way. */
  arrived(slot: WorkerSlot<Link>, handedId: number | undefined): Handed<Link> | undefined {
    const handed = handedId === undefined ? undefined : slot.handed.get(handedId);
    if (handed === undefined) return undefined;
    slot.handed.delete(handed.id);
    if (!slot.taken.delete(handed.id)) handed.taken();
    return handed;
  }

  /** The worker is gone, and with it what it had opened. */
  lost(slot: WorkerSlot<Link>, reason: string): void {
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
}
