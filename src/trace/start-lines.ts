import { joined } from "../bytes/copy.ts";
import { latin1 } from "../bytes/text.ts";
import type { BytesRecord, SpanRecord } from "./record.ts";

/** Bytes that no span describes: another protocol than HTTP. They are not kept for long. */
const MAX_KEPT_BYTES = 64 * 1024;
const EMPTY = new Uint8Array(0);

interface StartLinePart {
  readonly rule: SpanRecord["rule"];
  readonly text: string;
}

const WANTED: ReadonlySet<string> = new Set(["method", "request-target", "status-code"]);

/** Finds the texts of start-lines in one direction, whether spans or bytes come first. */
export class StartLines {
  #spans: SpanRecord[] = [];
  #bytes: Uint8Array = EMPTY;
  #base = 0;

  addSpan(span: SpanRecord): void {
    this.#spans.push(span);
  }

  addBytes({ offset, bytes }: BytesRecord): void {
    const end = this.#base + this.#bytes.length;
    // Behind a gap, or after too much that no span describes, the older bytes are of no use.
    if (offset !== end || this.#bytes.length > MAX_KEPT_BYTES) {
      this.#bytes = EMPTY;
      this.#base = offset;
    }
    this.#bytes = this.#bytes.length === 0 ? bytes : joined([this.#bytes, bytes]);
  }

  /** What is complete by now. */
  take(): StartLinePart[] {
    const known = this.#base + this.#bytes.length;
    const complete = this.#spans.filter(({ end }) => end <= known);
    if (complete.length === 0) return [];
    this.#spans = this.#spans.filter(({ end }) => end > known);
    const parts = complete
      .filter(({ rule, start }) => WANTED.has(rule) && start >= this.#base)
      .map(({ rule, start, end }) => ({
        rule,
        text: latin1(this.#bytes, start - this.#base, end - this.#base),
      }));
    const upTo = Math.max(this.#base, complete.at(-1)?.end ?? this.#base);
    const rest = this.#bytes.subarray(upTo - this.#base);
    this.#bytes = rest.length === 0 ? EMPTY : rest;
    this.#base = upTo;
    return parts;
  }
}
