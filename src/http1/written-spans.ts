import { latin1Bytes } from "../bytes/text.ts";
import { BodyReader } from "./body-reader.ts";
import { NEED_DATA } from "./events.ts";
import type { BodyFraming } from "./framing.ts";
import { UNLIMITED } from "./limits.ts";
import { LineReader } from "./line-reader.ts";
import type { DirectionObserver } from "./observer.ts";
import { spansOfHead } from "./spans-of-head.ts";

/** Says which byte is which of what we write. It reads it as the peer will: display has no grammar of its own. */
export class WrittenSpans {
  readonly #observer: DirectionObserver;
  readonly #reader: LineReader;
  readonly #body: BodyReader;

  constructor(observer: DirectionObserver) {
    this.#observer = observer;
    this.#reader = new LineReader(false, observer);
    this.#body = new BodyReader(this.#reader, UNLIMITED);
  }

  /** A head, and how the body behind it ends; undefined where none follows it. */
  head(message: "request" | "response", text: string, framing: BodyFraming | undefined): void {
    const { span, head } = this.#observer;
    const start = this.#reader.buffer.skip(text.length);
    if (head === undefined) spansOfHead(message, latin1Bytes(text), start, span);
    else head(start, start + text.length);
    if (framing !== undefined) this.#body.start(framing);
  }

  /** Bytes of the body, as they are sent. */
  body(bytes: Uint8Array): void {
    this.#reader.buffer.append(bytes);
    while (this.#body.next(false) !== NEED_DATA);
    this.#reader.buffer.keep();
  }
}
