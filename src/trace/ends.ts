import type { Role } from "../http1/state.ts";
import { Conversations } from "./conversations.ts";
import type { ConnectionRecord, TraceRecord } from "./record.ts";

interface End {
  readonly name: string;
  /** The number of the conversation. */
  readonly number: number;
  /** The ends of the conversation that were recorded: both ends share the set. */
  readonly roles: ReadonlySet<Role>;
}

/**
 * Names the ends of connections for the timeline and the explanation: `client`, `server`, and from the second
 * conversation on `client#2`, `server#2`. Both ends of a conversation have the same number. An end that a worker serves
 * has the worker's number, too: `server·w1`, `server#2·w2`. A connection that has closed is forgotten.
 */
export class EndNames {
  readonly #conversations = new Conversations();
  readonly #ends = new Map<number, End>();
  /** The ends that were recorded of each open conversation, by its number. */
  readonly #roles = new Map<number, Set<Role>>();

  /** The name of the end that this record is about. */
  of(record: TraceRecord): string {
    const { connection, role } = record;
    const known = this.#ends.get(connection);
    const name = known?.name ?? role;
    if (record.type !== "connection") return name;
    const { event } = record;
    if (event.kind === "connected" || event.kind === "accepted") return this.#begin(record, event);
    if (event.kind === "closed" && known !== undefined) {
      this.#ends.delete(connection);
      this.#roles.delete(known.number);
    }
    return name;
  }

  /** Whether the other end of this conversation has records, too. */
  bothEndsOf({ connection }: TraceRecord): boolean {
    return (this.#ends.get(connection)?.roles.size ?? 0) > 1;
  }

  #begin(
    { connection, role }: ConnectionRecord,
    event: Extract<ConnectionRecord["event"], { kind: "connected" | "accepted" }>,
  ): string {
    const number = this.#conversations.join(role, event.local, event.remote);
    const roles = this.#roles.get(number) ?? new Set<Role>();
    roles.add(role);
    this.#roles.set(number, roles);
    const worker = event.kind === "accepted" && event.worker !== undefined ? `·w${event.worker}` : "";
    const name = `${role}${number > 1 ? `#${number}` : ""}${worker}`;
    this.#ends.set(connection, { name, number, roles });
    return name;
  }
}
