import { formatAddress, type TraceRecord } from "../../browser.ts";
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
  /** One end of an open connection, by both addresses. */
  readonly #byPair = new Map<string, Conversation>();
  #ids = 0;
  #size = 0;

  constructor({ maxBytes = 64 * 1024 * 1024 }: RecordingOptions = {}) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next record. Returns the conversation that the record is part of. */
  add(record: TraceRecord): Conversation {
    this.count++;
    let conversation = this.#byConnection.get(record.connection) ?? this.#begin(record);
    const pair = pairOf(record);
    if (pair !== undefined) conversation = this.#joinEnds(pair, record, conversation);
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

  /** Both ends know the same two addresses. The end that told of them first waits here for the other. */
  #joinEnds(pair: string, record: TraceRecord, own: Conversation): Conversation {
    own.pair = pair;
    const other = this.#byPair.get(pair);
    if (other === undefined || other === own || other.ends[record.role] !== undefined) {
      this.#byPair.set(pair, own);
      return own;
    }
    this.#byPair.delete(pair);
    const [kept, gone] = own.id < other.id ? [own, other] : [other, own];
    for (const moved of gone.records) kept.add(moved);
    this.conversations.splice(this.conversations.indexOf(gone), 1);
    if (gone.id === this.#ids) this.#ids--;
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
    if (oldest.pair !== undefined && this.#byPair.get(oldest.pair) === oldest)
      this.#byPair.delete(oldest.pair);
    for (const end of [oldest.ends.client, oldest.ends.server])
      if (end !== undefined) this.#byConnection.delete(end.connection);
  }
}

function pairOf(record: TraceRecord): string | undefined {
  if (record.type !== "connection") return undefined;
  const { event } = record;
  if (event.kind !== "connected" && event.kind !== "accepted") return undefined;
  return [formatAddress(event.local), formatAddress(event.remote)].sort().join(" ");
}
