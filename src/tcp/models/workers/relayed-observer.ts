import { nowNs } from "../../clock.ts";
import { type ConnectionEvent, observe, type TcpObserver } from "../../observer.ts";

/**
 * Watches a connection that this thread relays to a worker. The beginning is told as soon as the worker is known, which
 * is at once if a worker is up; so "accepted" names the worker.
 */
export class RelayedObserver implements TcpObserver {
  readonly #observer: TcpObserver;
  /** `undefined`: the beginning was told. */
  #beginning: { readonly event: ConnectionEvent; readonly at: number }[] | undefined = [];

  constructor(observer: TcpObserver) {
    this.#observer = observer;
  }

  connection(event: ConnectionEvent, at?: number): void {
    if (this.#beginning !== undefined && (event.kind === "accepted" || event.kind === "tls")) {
      this.#beginning.push({ event, at: nowNs() });
      return;
    }
    this.begin(undefined);
    this.#observer.connection(event, at);
  }

  /** `worker`: who serves the connection, if that is known. */
  begin(worker: number | undefined): void {
    const beginning = this.#beginning ?? [];
    this.#beginning = undefined;
    for (const { event, at } of beginning) {
      const known = event.kind === "accepted" && worker !== undefined ? { ...event, worker } : event;
      observe(this.#observer, known, at);
    }
  }
}
