import { latin1, latin1Bytes } from "../bytes/text.ts";
import { StreamMask } from "./masking.ts";
import type { Direction, TraceRecord } from "./record.ts";

interface Connection {
  readonly in: StreamMask;
  readonly out: StreamMask;
}

/**
 * Masks secrets while they are recorded. `flush` passes on the records so far. Call it when a turn of the event loop is
 * over: then the grammar has read what came in during the turn.
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

  /** Passes on all records that were added, in their order. Where there are no spans, names in the bytes decide. */
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

/** The records with every secret masked, safe to show, save and pass on. */
export function redact(records: readonly TraceRecord[]): TraceRecord[] {
  const clean: TraceRecord[] = [];
  const redactor = new Redactor((record) => clean.push(record));
  for (const record of records) redactor.add(record);
  redactor.flush();
  return clean;
}

/** A head, or a line of a head, with its secrets masked. Each character stands for one octet. */
export function redactText(text: string): string {
  return latin1(new StreamMask().apply(0, latin1Bytes(text)));
}

/** A whole line of a head, without its line end, with its secrets masked. */
export const redactLine = (line: string): string => redactText(`${line}\r\n`).slice(0, -2);
