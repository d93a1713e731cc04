import { formatAddress } from "../tcp/address.ts";
import type { TraceRecord } from "./record.ts";

/** Only so many conversations are remembered. An end of a forgotten conversation gets a new number. */
const MAX_CONVERSATIONS = 1000;

/**
 * Names the ends of connections for the timeline and the explanation: `client`, `server`, and from the second
 * conversation on `client#2`, `server#2`. Both ends of a conversation have the same number, since they have the same
 * pair of addresses. An end that a worker serves has the worker's number, too: `server·w1`, `server#2·w2`. A connection
 * that has closed is forgotten.
 */
export class EndNames {
  readonly #names = new Map<number, { name: string; pair?: string }>();
  readonly #conversations = new Map<string, number>();
  #count = 0;

  /** The name of the end that this record is about. */
  of(record: TraceRecord): string {
    const { connection, role } = record;
    const known = this.#names.get(connection);
    const name = known?.name ?? role;
    if (record.type !== "connection") return name;
    const { event } = record;
    if (event.kind === "closed") {
      this.#names.delete(connection);
      if (known?.pair !== undefined) this.#conversations.delete(known.pair);
    }
    if (event.kind !== "connected" && event.kind !== "accepted") return name;
    const pair = [formatAddress(event.local), formatAddress(event.remote)].sort().join(" ");
    return this.#begin(record, pair, event.kind === "accepted" ? event.worker : undefined);
  }

  #begin({ connection, role }: TraceRecord, pair: string, worker: number | undefined): string {
    const number = this.#conversations.get(pair) ?? ++this.#count;
    this.#conversations.set(pair, number);
    const [oldest] = this.#conversations.keys();
    if (this.#conversations.size > MAX_CONVERSATIONS && oldest !== undefined)
      this.#conversations.delete(oldest);
    const name = `${role}${number > 1 ? `#${number}` : ""}${worker === undefined ? "" : `·w${worker}`}`;
    this.#names.set(connection, { name, pair });
    return name;
  }
}
