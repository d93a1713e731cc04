import type { Role } from "../http1/state.ts";
import { formatAddress } from "../tcp/address.ts";
import type { TraceRecord } from "./record.ts";

/** Only so many conversations are remembered. An end of a forgotten conversation gets a new number. */
const MAX_CONVERSATIONS = 1000;

interface Conversation {
  readonly pair: string;
  readonly number: number;
  /** The ends that were recorded. */
  readonly roles: Set<Role>;
}

/**
 * Names the ends of connections for the timeline and the explanation: `client`, `server`, and from the second
 * conversation on `client#2`, `server#2`. Both ends of a conversation have the same number, since they have the same
 * pair of addresses. An end that a worker serves has the worker's number, too: `server·w1`, `server#2·w2`. A connection
 * that has closed is forgotten.
 */
export class EndNames {
  readonly #ends = new Map<number, { readonly name: string; readonly conversation: Conversation }>();
  /** By the pair of addresses. */
  readonly #conversations = new Map<string, Conversation>();
  #count = 0;

  /** The name of the end that this record is about. */
  of(record: TraceRecord): string {
    const { connection, role } = record;
    const known = this.#ends.get(connection);
    const name = known?.name ?? role;
    if (record.type !== "connection") return name;
    const { event } = record;
    if (event.kind === "closed") {
      this.#ends.delete(connection);
      if (known !== undefined) this.#conversations.delete(known.conversation.pair);
    }
    if (event.kind !== "connected" && event.kind !== "accepted") return name;
    const pair = [formatAddress(event.local), formatAddress(event.remote)].sort().join(" ");
    return this.#begin(record, pair, event.kind === "accepted" ? event.worker : undefined);
  }

  /** Whether the other end of this conversation has records, too. */
  bothEndsOf({ connection }: TraceRecord): boolean {
    const roles = this.#ends.get(connection)?.conversation.roles;
    return roles !== undefined && roles.size > 1;
  }

  #begin({ connection, role }: TraceRecord, pair: string, worker: number | undefined): string {
    const known = this.#conversations.get(pair);
    const conversation = known ?? { pair, number: ++this.#count, roles: new Set<Role>() };
    conversation.roles.add(role);
    this.#conversations.set(pair, conversation);
    const [oldest] = this.#conversations.keys();
    if (this.#conversations.size > MAX_CONVERSATIONS && oldest !== undefined)
      this.#conversations.delete(oldest);
    const number = conversation.number > 1 ? `#${conversation.number}` : "";
    const name = `${role}${number}${worker === undefined ? "" : `·w${worker}`}`;
    this.#ends.set(connection, { name, conversation });
    return name;
  }
}
