import { latin1, latin1Bytes } from "../bytes/text.ts";
import { StreamMask } from "./masking.ts";
import type { Direction, TraceRecord } from "./record.ts";

interface Connection {
  readonly in: StreamMask;
  readonly out: StreamMask;
}

/**
 * Masks secrets while they are recorded. A record is passed on by the first `flush` behind it: call that when a turn
 * of the event loop is over, when the grammar has spoken of what was read in it.
 */
export class Redactor {
  readonly #pass: (record: TraceRecord) => void;
  #records: TraceRecord[] = [];
  readonly #connections = new Map<number, Connection>();

  /** @param pass called with each record, its secrets masked. */
  constructor(pass: (record: TraceRecord) => void) {
    this.#pass = pass;
  }

  /** Takes the next record. */
  add(record: TraceRecord): void {
    this.#records.push(record);
    if (record.type === "span") this.#mask(record).add(record);
  }

  /** Passes on all that was added, in its order. What the grammar did not get to is masked by the names in it. */
  flush(): void {
    const records = this.#records;
    this.#records = [];
    for (const record of records) this.#pass(this.#redacted(record));
  }

  #redacted(record: TraceRecord): TraceRecord {
    if (record.type === "connection" && record.event.kind === "closed") {
      this.#connections.delete(record.connection);
      return record;
    }
    if (record.type !== "bytes") return record;
    const bytes = this.#mask(record).apply(record.offset, record.bytes);
    return bytes === record.bytes ? record : { ...record, bytes };
  }

  #mask({ connection, direction }: { connection: number; direction: Direction }): StreamMask {
    let masks = this.#connections.get(connection);
    if (masks === undefined) {
      masks = { in: new StreamMask(), out: new StreamMask() };
      this.#connections.set(connection, masks);
    }
    return masks[direction];
  }
}

/** The records with every secret masked: what may be shown, saved and passed on. */
export function redact(records: readonly TraceRecord[]): TraceRecord[] {
  const clean: TraceRecord[] = [];
  const redactor = new Redactor((record) => clean.push(record));
  for (const record of records) redactor.add(record);
  redactor.flush();
  return clean;
}

/** The text of a head, or of a line of one, with its secrets masked. The text is latin1: a character is an octet. */
export function redactText(text: string): string {
  return latin1(new StreamMask().apply(0, latin1Bytes(text)));
}
