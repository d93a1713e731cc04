import { copyOf, joined } from "../bytes/copy.ts";
import { latin1 } from "../bytes/text.ts";
import type { ExplanationNode } from "./node.ts";
import { linesOfTree } from "./rows.ts";
import type { Span } from "./streams.ts";
import { treeOfStream } from "./tree.ts";

/** A longer message is not kept: then a fault in it has no explanation. */
const MAX_KEPT_OCTETS = 16 * 1024;
/** One that two programs read in two ways: both readings are told, and need its end. */
const MAX_AMBIGUOUS_OCTETS = 256 * 1024;
/** As much as an explanation keeps of bytes without a rule: where a message ends is told of all bytes that are here. */
const MAX_REST_OCTETS = 64 * 1024;

/** The message that is being read, from its beginning: if it breaks a rule, the grammar reads it once more. */
export class MessageSoFar {
  #spans: Span[] = [];
  #pieces: Uint8Array[] = [];
  #length = 0;
  /** The names of its fields that tell where the message ends. */
  #framing = new Set<string>();
  /** What is wrong with it was told. */
  #told = false;

  add(span: Span, bytes: Uint8Array): void {
    const begins =
      span.rule === "method" || (span.rule === "HTTP-version" && this.#spans.at(-1)?.rule !== "SP");
    if (begins) this.#forget();
    else if (this.#spans.length === 0) return;
    this.#length += bytes.length;
    if (span.rule === "field-name" && bytes.length <= "transfer-encoding".length) {
      const name = latin1(bytes).toLowerCase();
      if (name === "content-length" || name === "transfer-encoding") this.#framing.add(name);
    }
    if (this.#length > (this.#framing.size === 2 ? MAX_AMBIGUOUS_OCTETS : MAX_KEPT_OCTETS)) {
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
    const bytes = joined([...this.#pieces, rest.subarray(0, MAX_REST_OCTETS)]);
    const nodes = treeOfStream({ base: first.start, bytes, spans: this.#spans }, { message });
    const lines = linesOfTree(nodes);
    if (!lines.some(({ problem }) => problem !== undefined)) return [];
    this.#told = true;
    return lines.filter(({ problem, start }) => problem !== undefined || start >= last.end);
  }

  /** What of the message two programs read in two ways, if whoever wrote the recording took one of them. Tells it once. */
  ambiguities(message: "request" | "response"): ExplanationNode[] {
    if (this.#framing.size < 2 || this.#told) return [];
    return this.faults(EMPTY, message).filter(({ problem }) => problem?.code === "LENGTH_AND_CODING");
  }

  #forget(): void {
    this.#spans = [];
    this.#pieces = [];
    this.#length = 0;
    this.#framing = new Set();
    this.#told = false;
  }
}

const EMPTY = new Uint8Array(0);
