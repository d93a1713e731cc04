import { Conversations } from "./conversations.ts";
import type { TraceRecord } from "./record.ts";

/** Which conversation each connection of a recording is an end of: read the whole recording first. */
export class ConversationNumbers {
  readonly #conversations = new Conversations();
  readonly #numbers = new Map<number, number>();

  /** Takes the next record. */
  add(record: TraceRecord): void {
    if (record.type !== "connection") return;
    const { event, role, connection } = record;
    if (event.kind !== "connected" && event.kind !== "accepted") return;
    this.#numbers.set(connection, this.#conversations.join(role, event.local, event.remote));
  }

  /** The number of the conversation, counted from 1; `undefined` for a connection that was never open. */
  of(connection: number): number | undefined {
    return this.#numbers.get(connection);
  }

  /** The numbers of all conversations, in their order. */
  get all(): readonly number[] {
    return [...new Set(this.#numbers.values())].sort((a, b) => a - b);
  }
}
