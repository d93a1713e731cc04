import { ExchangePairs } from "../exchange-pairs.ts";
import type { RecordedExchange } from "../exchanges.ts";
import type { TraceRecord } from "../record.ts";
import { beginningOf } from "../wall-clock.ts";
import type { Decode } from "./har-content.ts";
import { harEntry } from "./har-entry.ts";

/** How a HAR is written. */
export interface HarOptions {
  /** Who wrote the file: `creator` of the HAR. "wirepane" without a version by default. */
  readonly creator?: { readonly name: string; readonly version: string };
  /** The wall clock at the beginning of the recording, in milliseconds since 1970. By default the first record that has `at` tells. */
  readonly beganMs?: number;
  /** Content of a message beyond this is left out, with a comment. 16 MiB by default. */
  readonly maxContentBytes?: number;
  /** Undoes a content coding (gzip, deflate, br, …). Without it, or if it returns undefined, content stays coded. */
  readonly decode?: Decode;
}

/** What ends a HAR: behind its last entry. */
export const HAR_TAIL = "]}}\n";

/**
 * Writes a HAR 1.2 while its records come: an entry for each exchange as soon as the exchange is complete. Where both
 * ends are recorded, the entry is the client's, and `_server` has what the server saw.
 *
 * Each piece that is written ends with a line end, and the pieces so far plus `HAR_TAIL` are always a whole HAR.
 */
export class HarWriter {
  readonly #write: (piece: string) => void;
  readonly #decode: Decode | undefined;
  readonly #exchanges: ExchangePairs;
  #beganMs: number | undefined;
  #entries = 0;

  /** @param write called with each piece of the file: the beginning at once, then the entries. */
  constructor(write: (piece: string) => void, options: HarOptions = {}) {
    const { creator = { name: "wirepane", version: "" }, beganMs, maxContentBytes, decode } = options;
    this.#write = write;
    this.#decode = decode;
    this.#beganMs = beganMs;
    this.#exchanges = new ExchangePairs({
      onExchange: (exchange, server) => this.#entry(exchange, server),
      maxContentBytes,
    });
    write(`{"log":{"version":"1.2","creator":${JSON.stringify(creator)},"entries":[\n`);
  }

  /** Takes the next record. */
  add(record: TraceRecord): void {
    this.#beganMs ??= beginningOf(record);
    this.#exchanges.add(record);
  }

  /** The recording is over: writes what is not complete, and the end of the file. */
  end(): void {
    this.#exchanges.end();
    this.#write(HAR_TAIL);
  }

  #entry(exchange: RecordedExchange, server: RecordedExchange | undefined): void {
    const entry = harEntry(exchange, {
      beganMs: this.#beganMs ?? 0,
      ...(server !== undefined && { server }),
      ...(this.#decode !== undefined && { decode: this.#decode }),
    });
    this.#write(`${this.#entries++ === 0 ? "" : ","}${JSON.stringify(entry)}\n`);
  }
}

/** A recording as a HAR. `HarWriter` writes one while it happens. */
export function toHar(records: readonly TraceRecord[], options: HarOptions = {}): string {
  const pieces: string[] = [];
  const writer = new HarWriter((piece) => pieces.push(piece), options);
  for (const record of records) writer.add(record);
  writer.end();
  return pieces.join("");
}
