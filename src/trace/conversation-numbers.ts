import { Conversations, type End, numberOf } from "./conversations.ts";
import type { TraceRecord } from "./record.ts";

/** Which conversation each connection of a recording is part of: read the whole recording first. */
export class ConversationNumbers {
  readonly #conversations = new Conversations();
  readonly #ends = new Map<number, End>();

  /** Takes the next record. */
  add(record: TraceRecord): void {
    if (record.type === "connection") this.#ends.set(record.connection, this.#conversations.add(record));
  }

  /** The number of the conversation, counted from 1; `undefined` for a connection that was never open. */
  of(connection: number): number | undefined {
    const end = this.#ends.get(connection);
    return end && numberOf(end);
  }

  /** The numbers of all conversations, in their order. */
  get all(): readonly number[] {
    const numbers = [...this.#ends.values()].map(numberOf).filter((number) => number !== undefined);
    return [...new Set(numbers)].sort((a, b) => a - b);
  }
}
