import { Conversations, type Place, type TraceRecord } from "../../browser.ts";
import { Conversation } from "./conversation.ts";
import { Overview } from "./overview.ts";

/** How much a recording keeps. */
export interface RecordingOptions {
  /** Memory for records, in bytes: 64 MiB by default. Beyond it the oldest conversations are dropped, and counted. */
  readonly maxBytes?: number;
}

/** Records, put together to conversations: both ends of a connection, and of those that a proxy opened for it. */
export class Recording {
  /** In the order in which they began. */
  readonly conversations: Conversation[] = [];
  /** Records that are not here: dropped to stay within the memory, or lost on the way. */
  dropped = 0;
  /** How many records came. */
  count = 0;
  /** How much happened when, also of what was dropped since. */
  readonly overview = new Overview();
  readonly #maxBytes: number;
  readonly #places = new Conversations();
  readonly #of = new WeakMap<Place, Conversation>();
  #ids = 0;
  #size = 0;

  constructor({ maxBytes = 64 * 1024 * 1024 }: RecordingOptions = {}) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next record. Returns the conversation that the record is part of. */
  add(record: TraceRecord): Conversation {
    this.count++;
    this.overview.add(record);
    const place = this.#places.add(record);
    let conversation = this.#of.get(place) ?? this.#begin(record, place);
    if (record.type === "connection") conversation = this.#withNeighbours(conversation, place);
    const before = conversation.size;
    conversation.add(record, place);
    this.#size += conversation.size - before;
    while (this.#size > this.#maxBytes) this.#dropOldest();
    return conversation;
  }

  #begin(record: TraceRecord, place: Place): Conversation {
    const conversation = new Conversation(++this.#ids, record);
    this.conversations.push(conversation);
    this.#of.set(place, conversation);
    return conversation;
  }

  /** A record tells whose other end its end is, or for which connection a proxy opened it. */
  #withNeighbours(own: Conversation, place: Place): Conversation {
    const { hop } = place;
    let kept = own;
    for (const neighbour of [hop.before, hop.client, hop.server]) {
      const other = neighbour && neighbour !== place ? this.#of.get(neighbour) : undefined;
      if (other !== undefined && other !== kept) kept = this.#joined(kept, other);
    }
    this.#of.set(place, kept);
    return kept;
  }

  #joined(one: Conversation, other: Conversation): Conversation {
    const [kept, gone] = one.id < other.id ? [one, other] : [other, one];
    for (const { place } of gone.everyEnd) this.#of.set(place, kept);
    kept.take(gone);
    this.conversations.splice(this.conversations.lastIndexOf(gone), 1);
    if (gone.id === this.#ids) this.#ids--;
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
    for (const { place } of oldest.everyEnd) this.#of.delete(place);
  }
}
