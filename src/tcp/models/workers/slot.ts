import type { Address } from "../../address.ts";
import type { TransportError } from "../../errors.ts";
import type { DrainResult, OpenedInfo } from "../model.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { WorkerSetup } from "./messages.ts";
import type { ObservationReceiver } from "./observation-receiver.ts";

/** A connection on its way to a worker: a socket, or a relay to one. */
export interface Handed<Link> {
  /** The listener's id, which the worker sends back. */
  readonly id: number;
  readonly local: Address;
  readonly remote: Address;
  /** If the worker dies before it has the connection, another worker may get it. */
  readonly again: boolean;
  send(link: Link, worker: number): void;
  /** The worker has the connection: our copy of the socket is closed. */
  taken(): void;
  /** No worker serves the connection: it is reset. */
  drop(reason: TransportError): void;
  /** Bytes that have passed, for a connection that is relayed. */
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

/** The place of one worker. A worker that dies is replaced in its place. */
export class WorkerSlot<Link> {
  readonly id: number;
  link: Link | undefined;
  setup: WorkerSetup | undefined;
  ready = false;
  /** The worker died too often, and is not replaced any more. */
  givenUp = false;
  accepted = 0;
  /** Connections that were sent to the worker and are not open yet, by our ids, in the order that they were sent. */
  readonly handed = new Map<number, Handed<Link>>();
  /** Ids of those that the worker has: they are in their handshake. */
  readonly taken = new Set<number>();
  /** Open connections, by the worker's ids. */
  readonly open = new Map<number, OpenConnection>();
  heartbeat: Heartbeat | undefined;
  begunAtNs = 0;
  /** `undefined`: nobody watches, or this thread sees the connections itself. */
  observations: ObservationReceiver | undefined;
  deaths: readonly number[] = [];
  /** Why the worker is about to end, where we know more than its exit code says. */
  ending: { readonly reason: string; readonly stack?: string } | undefined;
  failure: TransportError | undefined;
  restart: NodeJS.Timeout | undefined;
  started: { resolve(address: Address | undefined): void; reject(error: Error): void } | undefined;
  /** Called when the worker is drained or gone. */
  readonly stopping: ((result: DrainResult) => void)[] = [];

  constructor(id: number) {
    this.id = id;
  }

  /** Connections that the worker was sent or has opened, and that are not over. */
  get assigned(): number {
    return this.handed.size + this.open.size;
  }

  stopped(result: DrainResult): void {
    for (const told of this.stopping.splice(0)) told(result);
  }
}
