import type { Address } from "../../address.ts";
import type { TransportError } from "../../errors.ts";
import type { DrainResult, OpenedInfo } from "../model.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { WorkerSetup } from "./messages.ts";

/** A connection that is handed to a worker: an accepted socket, or the way to it. */
export interface Handed<Link> {
  /** As the listener counts; the worker says it back. */
  readonly id: number;
  readonly local: Address;
  readonly remote: Address;
  /** Another worker may get it, if this one dies before it took it over. */
  readonly again: boolean;
  send(link: Link): void;
  /** The worker has it: what is still here of it goes. */
  taken(): void;
  /** Nobody serves it: the peer is reset. */
  drop(reason: TransportError): void;
  /** Bytes that have passed, where they pass here. */
  readonly counts?: () => { readonly bytesIn: number; readonly bytesOut: number };
}

export interface OpenConnection {
  readonly id: number;
  readonly info: OpenedInfo;
  readonly openedAt: number;
  bytesIn: number;
  bytesOut: number;
  readonly counts: Handed<never>["counts"];
}

/** The place of one worker, which outlives it. */
export class WorkerSlot<Link> {
  readonly id: number;
  link: Link | undefined;
  setup: WorkerSetup | undefined;
  ready = false;
  /** It died too often. */
  givenUp = false;
  accepted = 0;
  /** Connections that are sent to it and that it did not open yet, by our ids, in the order that they were sent. */
  readonly handed = new Map<number, Handed<Link>>();
  /** Those of them that it took over: they are in their handshake. */
  readonly taken = new Set<number>();
  /** By the worker's ids. */
  readonly open = new Map<number, OpenConnection>();
  heartbeat: Heartbeat | undefined;
  deaths: readonly number[] = [];
  /** Why it is about to end, where we know better than its exit code. */
  ending: { readonly reason: string; readonly stack?: string } | undefined;
  failure: TransportError | undefined;
  restart: NodeJS.Timeout | undefined;
  started: { resolve(address: Address | undefined): void; reject(error: Error): void } | undefined;
  /** Who waits for it to be drained or gone. */
  readonly stopping: ((result: DrainResult) => void)[] = [];

  constructor(id: number) {
    this.id = id;
  }

  /** Connections that it was given and that are not over. */
  get assigned(): number {
    return this.handed.size + this.open.size;
  }

  stopped(result: DrainResult): void {
    for (const told of this.stopping.splice(0)) told(result);
  }
}
