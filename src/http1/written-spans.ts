import { latin1Bytes } from "../bytes/text.ts";
import { BodyReader } from "./body-reader.ts";
import { NEED_DATA } from "./events.ts";
import { spansOfHead } from "./fast/spans-of-head.ts";
import type { BodyFraming } from "./framing.ts";
import { UNLIMITED } from "./limits.ts";
import { LineReader } from "./line-reader.ts";
import { type DirectionObserver, type Rule, tellHead, tellSpan } from "./observer.ts";

/** Offsets count from the first octet of the head. */
type HeadSpan = readonly [rule: Rule, start: number, end: number];

/**
 * Tells an observer the spans of what we write. It reads our bytes as the peer reads them, so display needs no
 * grammar.
 */
export class WrittenSpans {
  readonly #observer: DirectionObserver;
  readonly #reader: LineReader;
  readonly #body: BodyReader;
  /** Octets to come of a content that is framed by its length: nobody has to read them. */
  #contentLeft = 0;
  #last: { readonly text: string; readonly spans: HeadSpan[] } = { text: "", spans: [] };

  constructor(observer: DirectionObserver) {
    this.#observer = observer;
    this.#reader = new LineReader(false, observer);
    this.#body = new BodyReader(this.#reader, UNLIMITED);
  }

  /** @param framing how the body behind the head ends; undefined where no body follows. */
  head(message: "request" | "response", text: string, framing: BodyFraming | undefined): void {
    const observer = this.#observer;
    const start = this.#reader.buffer.skip(text.length);
    if (observer.observer.head !== undefined) {
      tellHead(observer, start, start + text.length);
    } else {
      for (const [rule, from, to] of this.#spansOf(message, text))
        tellSpan(observer, rule, start + from, start + to);
    }
    if (framing === undefined) return;
    this.#contentLeft = framing.kind === "length" ? framing.length : 0;
    if (framing.kind !== "length") this.#body.start(framing);
  }

  /** The spans of a head. The last head's spans are kept: a server often sends the same head again. */
  #spansOf(message: "request" | "response", text: string): readonly HeadSpan[] {
    if (text !== this.#last.text) {
      const spans: HeadSpan[] = [];
      spansOfHead(message, latin1Bytes(text), 0, (...span) => spans.push(span));
      this.#last = { text, spans };
    }
    return this.#last.spans;
  }

  /** @param length of octets of a content that is framed by its length. */
  content(length: number): void {
    this.#contentLeft -= length;
    const start = this.#reader.buffer.skip(length);
    tellSpan(this.#observer, "content", start, start + length);
  }

  /** @param bytes of the body, chunk framing included. */
  body(bytes: Uint8Array): void {
    if (this.#contentLeft > 0) {
      this.content(bytes.length);
      return;
    }
    this.#reader.buffer.append(bytes);
    while (this.#body.next(false) !== NEED_DATA);
    this.#reader.buffer.keep();
  }
}
