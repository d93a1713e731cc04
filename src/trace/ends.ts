import { formatAddress } from "../tcp/address.ts";
import type { TraceRecord } from "./record.ts";

/** Only so many conversations are remembered. An end of a forgotten conversation gets a new number. */
const MAX_CONVERSATIONS = 1000;

/**
 * Names the ends of connections for the timeline and the explanation: `client`, `server`, and from the second
 * conversation on `client#2`, `server#2`. Both ends of a conversation have the same number, since they have the same
 * pair of addresses. A connection that has closed is forgotten.
 */
export class EndNames {
  readonly #names = new Map<number, { name: string; pair?: string }>();
  readonly #conversations = new Map<string, number>();
  #count = 0;

  /** The name of the end that this record is about. */
  of(record: TraceRecord): string {
    const { connection, role } = record;
    const { name, pair } = this.#names.get(connection) ?? { name: role };
    if (record.type !== "connection") return name;
    const { event } = record;
    if (event.kind === "closed") {
      this.#names.delete(connection);
      if (pair !== undefined) this.#conversations.delete(pair);
    }
    if (event.kind !== "connected" && event.kind !== "accepted") return name;
    return this.#begin(record, [formatAddress(event.local), formatAddress(event.remote)].sort().join(" "));
  }

  #begin({ connection, role }: TraceRecord, pair: string): string {
    const number = this.#conversations.get(pair) ?? ++this.#count;
    this.#conversations.set(pair, number);
    const [oldest] = this.#conversations.keys();
    if (this.#conversations.size > MAX_CONVERSATIONS && oldest !== undefined)
      this.#conversations.delete(oldest);
    const name = number > 1 ? `${role}#${number}` : role;
    this.#names.set(connection, { name, pair });
    return name;
  }
}
