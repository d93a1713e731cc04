import { joined } from "../bytes/copy.ts";
import { LineBuilder, NO_GRAMMAR, NOT_READ } from "./line-builder.ts";
import { StreamMask } from "./masking.ts";
import { MessageSoFar } from "./message-so-far.ts";
import type { ExplanationNode } from "./node.ts";
import type { BytesRecord } from "./record.ts";
import { type NodeBuilder, SpanBuilder } from "./span-builder.ts";
import { CONTINUES, type Span } from "./streams.ts";

/** So many bytes without a rule are kept, in case the grammar gets to them. */
const MAX_UNTOLD_OCTETS = 64 * 1024;

/** How the bytes are explained. */
export interface StreamExplanationOptions {
  /** Show the values of secret fields. */
  readonly reveal?: boolean;
  /** A node for every span, in place of lines. */
  readonly everyByte?: boolean;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

/**
 * The explanation of one direction of one end, while its spans and its bytes come. Every byte gets into one node. What is
 * explained is forgotten when it is taken.
 */
export class StreamExplanation {
  readonly #kind: "request" | "response";
  readonly #builder: NodeBuilder;
  readonly #mask: StreamMask | undefined;
  readonly #message = new MessageSoFar();
  /** Spans that were reported, but whose bytes were not all seen. */
  #spans: Span[] = [];
  /** Bytes from `base` on that have no span yet. */
  #bytes: Uint8Array = EMPTY;
  #base = 0;
  /** Where the message ends that is complete, though its last bytes have not come here. */
  #closesAt = Number.POSITIVE_INFINITY;
  #ambiguities: ExplanationNode[] = [];

  constructor(kind: "request" | "response", { reveal, everyByte, now }: StreamExplanationOptions) {
    this.#kind = kind;
    this.#builder = everyByte ? new SpanBuilder() : new LineBuilder(kind, { now });
    this.#mask = reveal ? undefined : new StreamMask();
  }

  /** Takes the next span: before its bytes where they are sent, after them where they are read. */
  addSpan(span: Span): void {
    this.#spans.push(span);
    this.#mask?.add(span);
  }

  /** Where the last span ends that was reported and not explained. */
  get spansEnd(): number {
    return this.#spans.at(-1)?.end ?? 0;
  }

  /** Takes the next bytes, and explains them as far as their spans are known. */
  read({ offset, bytes: recorded }: BytesRecord, speaksHttp: boolean): void {
    const bytes = this.#mask === undefined ? recorded : this.#mask.apply(offset, recorded);
    if (this.#bytes.length === 0) this.#base = offset;
    this.#bytes = this.#bytes.length === 0 ? bytes : joined([this.#bytes, bytes]);
    const upTo = offset + bytes.length;
    let count = 0;
    for (; count < this.#spans.length; count++) {
      const span = this.#spans[count] as Span;
      if (span.start >= upTo || (span.end > upTo && !CONTINUES.has(span.rule))) break;
      this.#explain(span, Math.min(span.end, upTo));
      if (span.end > upTo) break;
    }
    this.#spans = this.#spans.slice(count);
    if (this.#bytes.length > MAX_UNTOLD_OCTETS) this.#explainUntold(speaksHttp);
  }

  /** A message is complete that ends at this offset. */
  endMessage(at: number): void {
    this.#closesAt = at > this.#base ? at : Number.POSITIVE_INFINITY;
    if (at <= this.#base) this.#closeMessage();
  }

  /** No more comes. */
  close(speaksHttp: boolean): void {
    this.#builder.close();
    this.#explainUntold(speaksHttp);
    this.#closeMessage();
  }

  /** What is explained by now. */
  take(): readonly ExplanationNode[] {
    return this.#builder.take();
  }

  /** The lines by which another program may read the messages in another way. */
  takeAmbiguities(): readonly ExplanationNode[] {
    return this.#ambiguities.splice(0);
  }

  /** The lines that break a rule, and those behind them as a generous program would read them on. */
  takeFaults(): readonly ExplanationNode[] {
    const lines = this.#message.faults(this.#bytes, this.#kind);
    const told = Math.min((lines.at(-1)?.end ?? 0) - this.#base, this.#bytes.length);
    if (told > 0) this.#forget(told);
    return lines;
  }

  #closeMessage(): void {
    this.#builder.close();
    this.#ambiguities.push(...this.#message.ambiguities(this.#kind));
  }

  #explain({ rule, start: from }: Span, end: number): void {
    const start = Math.max(from, this.#base);
    if (start >= end) return;
    const bytes = this.#bytes.subarray(start - this.#base, end - this.#base);
    this.#builder.add({ rule, start, end }, bytes);
    this.#message.add({ rule, start, end }, bytes);
    this.#forget(end - this.#base);
    if (end >= this.#closesAt) this.endMessage(end);
  }

  /** Explains bytes that no span describes, and that none will. */
  #explainUntold(speaksHttp: boolean): void {
    if (this.#bytes.length === 0) return;
    this.#builder.addUnruled(speaksHttp ? NOT_READ : NO_GRAMMAR, this.#base, this.#bytes);
    this.#forget(this.#bytes.length);
  }

  #forget(count: number): void {
    // An empty view would keep the whole buffer in memory.
    this.#bytes = count === this.#bytes.length ? EMPTY : this.#bytes.subarray(count);
    this.#base += count;
  }
}

const EMPTY = new Uint8Array(0);
