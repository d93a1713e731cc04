import { Conversations, type TraceRecord } from "../../browser.ts";
import { Conversation } from "./conversation.ts";

/** How much a recording keeps. */
export interface RecordingOptions {
  /** Memory for records, in bytes: 64 MiB by default. Beyond it the oldest conversations are dropped, and counted. */
  readonly maxBytes?: number;
}

/** Records, put together to conversations. Both ends of a connection are one conversation. */
export class Recording {
  /** In the order in which they began. */
  readonly conversations: Conversation[] = [];
  /** Records that are not here: dropped to stay within the memory, or lost on the way. */
  dropped = 0;
  /** How many records came. */
  count = 0;
  readonly #maxBytes: number;
  readonly #byConnection = new Map<number, Conversation>();
  readonly #joined = new Conversations();
  /** Those of which one end has told its addresses, by the number that both ends get. */
  readonly #byNumber = new Map<number, Conversation>();
  #ids = 0;
  #size = 0;

  constructor({ maxBytes = 64 * 1024 * 1024 }: RecordingOptions = {}) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next record. Returns the conversation that the record is part of. */
  add(record: TraceRecord): Conversation {
    this.count++;
    let conversation = this.#byConnection.get(record.connection) ?? this.#begin(record);
    const number = this.#numberOf(record);
    if (number !== undefined) conversation = this.#joinEnds(number, record, conversation);
    const before = conversation.size;
    conversation.add(record);
    this.#size += conversation.size - before;
    if (record.type === "connection" && record.event.kind === "closed")
      this.#byConnection.delete(record.connection);
    while (this.#size > this.#maxBytes) this.#dropOldest();
    return conversation;
  }

  #begin(record: TraceRecord): Conversation {
    const conversation = new Conversation(++this.#ids, record);
    this.conversations.push(conversation);
    this.#byConnection.set(record.connection, conversation);
    return conversation;
  }

  /** The number of the conversation, if the record tells its addresses. */
  #numberOf(record: TraceRecord): number | undefined {
    if (record.type !== "connection") return undefined;
    const { event, role } = record;
    if (event.kind !== "connected" && event.kind !== "accepted") return undefined;
    return this.#joined.join(role, event.local, event.remote);
  }

  /** The end that told of its addresses first waits for the other. */
  #joinEnds(number: number, record: TraceRecord, own: Conversation): Conversation {
    own.number = number;
    const other = this.#byNumber.get(number);
    if (other === undefined || other === own) {
      this.#byNumber.set(number, own);
      return own;
    }
    this.#byNumber.delete(number);
    const [kept, gone] = own.id < other.id ? [own, other] : [other, own];
    for (const moved of gone.records) kept.add(moved);
    this.conversations.splice(this.conversations.indexOf(gone), 1);
    if (gone.id === this.#ids) this.#ids--;
    // An end whose first record this is has no place in the conversation yet.
    this.#byConnection.set(record.connection, kept);
    for (const { connection } of [gone.ends.client, gone.ends.server].filter((end) => end !== undefined))
      if (this.#byConnection.has(connection)) this.#byConnection.set(connection, kept);
    return kept;
  }

  #dropOldest(): void {
    const [oldest, another] = this.conversations as [Conversation, Conversation | undefined];
    if (another === undefined) {
      const before = oldest.size;
      this.dropped += oldest.dropHalf();
      this.#size -= before - oldest.size;
      return;
    }
    this.conversations.shift();
    this.#size -= oldest.size;
    this.dropped += oldest.records.length;
    if (oldest.number !== undefined && this.#byNumber.get(oldest.number) === oldest)
      this.#byNumber.delete(oldest.number);
    for (const end of [oldest.ends.client, oldest.ends.server])
      if (end !== undefined) this.#byConnection.delete(end.connection);
  }
}
