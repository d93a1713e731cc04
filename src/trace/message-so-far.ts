import { copyOf, joined } from "../bytes/copy.ts";
import type { ExplanationNode } from "./node.ts";
import { linesOfTree } from "./rows.ts";
import type { Span } from "./streams.ts";
import { treeOfStream } from "./tree.ts";

/** A longer message is not kept: then a fault in it has no explanation. */
const MAX_KEPT_OCTETS = 16 * 1024;

/** The message that is being read, from its beginning: if it breaks a rule, the grammar reads it once more. */
export class MessageSoFar {
  #spans: Span[] = [];
  #pieces: Uint8Array[] = [];
  #length = 0;

  add(span: Span, bytes: Uint8Array): void {
    const begins =
      span.rule === "method" || (span.rule === "HTTP-version" && this.#spans.at(-1)?.rule !== "SP");
    if (begins) this.#forget();
    else if (this.#spans.length === 0) return;
    this.#length += bytes.length;
    if (this.#length > MAX_KEPT_OCTETS) {
      this.#forget();
      return;
    }
    this.#spans.push(span);
    this.#pieces.push(copyOf(bytes));
  }

  /**
   * The lines that break a rule, and those behind them as a generous program would read them.
   *
   * @param rest the bytes that the grammar has not read.
   */
  faults(rest: Uint8Array, message: "request" | "response"): ExplanationNode[] {
    const [first] = this.#spans;
    const last = this.#spans.at(-1);
    if (first === undefined || last === undefined) return [];
    const bytes = joined([...this.#pieces, rest.subarray(0, MAX_KEPT_OCTETS)]);
    const nodes = treeOfStream({ base: first.start, bytes, spans: this.#spans }, { message });
    const lines = linesOfTree(nodes);
    if (!lines.some(({ problem }) => problem !== undefined)) return [];
    return lines.filter(({ problem, start }) => problem !== undefined || start >= last.end);
  }

  #forget(): void {
    this.#spans = [];
    this.#pieces = [];
    this.#length = 0;
  }
}
