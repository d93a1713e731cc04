import { Conversations, type End, laneName, numberOf } from "./conversations.ts";
import type { TraceRecord } from "./record.ts";

/**
 * Names the ends of connections for the timeline and the explanation: `client`, `server`, and from the second
 * conversation on `client#2`, `server#2`. All ends of a conversation have the same number. A proxy has two ends,
 * `proxy·client` towards the client and `proxy·server` towards the server. An end that a worker serves has the worker's
 * number, too: `server·w1`, `server#2·w2`. A connection that has closed is forgotten.
 */
export class EndNames {
  readonly #conversations = new Conversations();

  /** Takes the next record. Returns the end that the record is about: its name may change with later records. */
  add(record: TraceRecord): End {
    return this.#conversations.add(record);
  }

  /** Takes the next record. Returns the name of its end. */
  of(record: TraceRecord): string {
    return nameOf(this.add(record));
  }
}

/** The name of an end, as far as it is known now. */
export function nameOf(end: End): string {
  const number = numberOf(end) ?? 1;
  const worker = end.worker === undefined ? "" : `·w${end.worker}`;
  return `${laneName(end, number > 1 ? `#${number}` : "")}${worker}`;
}
