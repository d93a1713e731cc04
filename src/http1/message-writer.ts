import { latin1, latin1Bytes } from "../bytes/text.ts";
import { encodeChunk, encodeHead, encodeLastChunk } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import type { InformationalHead, RequestHead, ResponseHead } from "./events.ts";
import { EMPTY_FIELDS, type Fields } from "./fields.ts";
import { type BodyFraming, requestFraming, responseFraming, switchesToTunnel } from "./framing.ts";
import type { RequestContext } from "./message-reader.ts";
import type { DirectionObserver } from "./observer.ts";
import { WrittenSpans } from "./written-spans.ts";

const NO_BYTES = new Uint8Array(0);
const LOCAL = { blame: "local" } as const;

/**
 * The bytes of one direction, ours: each message's head, its content in the framing the head declares, its end.
 * Every error has blame "local", and comes before anything is changed.
 */
export class MessageWriter {
  readonly #spans: WrittenSpans | undefined;
  #context: RequestContext = { method: "GET", version: "1.1", asksForUpgrade: false };
  #framing: BodyFraming = { kind: "none" };
  /** What `#framing` follows from, where it is that of an HTTP/1.1 response: mostly the next one's is the same. */
  #status: number | undefined;
  #fields: Fields | undefined;
  #answered = this.#context;
  #remaining = 0;

  constructor(observer: DirectionObserver | undefined) {
    this.#spans = observer && new WrittenSpans(observer);
  }

  /** How the body of the message being sent ends. */
  get framing(): BodyFraming {
    return this.#framing;
  }

  /** Says which request the next response answers. */
  answers(context: RequestContext): void {
    this.#context = context;
  }

  /** A head as latin1 text. */
  head(head: RequestHead | InformationalHead | ResponseHead): string {
    return this.#head(head, this.#framingOf(head));
  }

  /** A message from its first octet to its last; its content is latin1 text. */
  whole(head: RequestHead | ResponseHead, content: string): string {
    const framing = this.#isFramedAgain(head) ? this.#framing : (this.#framingOf(head) as BodyFraming);
    if (framing.kind === "chunked") {
      const start = this.#head(head, framing);
      return start + latin1(this.data(latin1Bytes(content))) + latin1(this.end(EMPTY_FIELDS));
    }
    checkLength(framing, content.length);
    const start = this.#head(head, framing);
    this.#remaining = 0;
    if (content !== "") this.#spans?.body(latin1Bytes(content));
    return start + content;
  }

  /** Whether it is framed as the last message was, for the same reasons. */
  #isFramedAgain(head: RequestHead | ResponseHead): boolean {
    const { method, version } = this.#answered;
    return (
      head.type === "response" &&
      head.status === this.#status &&
      head.fields === this.#fields &&
      head.version === "1.1" &&
      this.#context.method === method &&
      this.#context.version === version
    );
  }

  #head(head: RequestHead | InformationalHead | ResponseHead, framing: BodyFraming | undefined): string {
    const text = encodeHead(head);
    if (framing !== undefined) {
      this.#status = head.type === "response" && head.version === "1.1" ? head.status : undefined;
      this.#fields = head.fields;
      this.#answered = this.#context;
      this.#framing = framing;
      this.#remaining = framing.kind === "length" ? framing.length : 0;
    }
    this.#spans?.head(head.type === "request" ? "request" : "response", text, framing);
    return text;
  }

  data(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0) return NO_BYTES;
    const { kind } = this.#framing;
    if (kind === "none") throw noContent();
    if (kind === "length") {
      if (bytes.length > this.#remaining) throw tooLong(bytes.length - this.#remaining);
      this.#remaining -= bytes.length;
    }
    return this.#show(kind === "chunked" ? encodeChunk(bytes) : bytes);
  }

  /** A zero in front of the next chunk's size, which means nothing there; no bytes where there are no chunks. */
  leadingZero(): Uint8Array {
    return this.#framing.kind === "chunked" ? this.#show(latin1Bytes("0")) : NO_BYTES;
  }

  end(trailers: Fields): Uint8Array {
    if (this.#remaining > 0) throw tooShort(this.#remaining);
    if (this.#framing.kind === "chunked") return this.#show(latin1Bytes(encodeLastChunk(trailers)));
    if (trailers.size > 0) {
      throw new ProtocolError("FORBIDDEN_TRAILER", "only a chunked body has a trailer section", LOCAL);
    }
    return NO_BYTES;
  }

  #framingOf(head: RequestHead | InformationalHead | ResponseHead): BodyFraming | undefined {
    if (head.type === "request") return requestFraming(head, LOCAL);
    const { status, fields } = head;
    const { method, version, asksForUpgrade } = this.#context;
    if (version === "1.0") {
      // RFC 9110 §15.2, RFC 9112 §6.1: an HTTP/1.0 client knows neither.
      if (head.type === "informational") {
        throw new ProtocolError("WRONG_STATE", "no interim response goes to an HTTP/1.0 client", LOCAL);
      }
      if (fields.has("transfer-encoding")) {
        const sentence = "no transfer coding goes to an HTTP/1.0 client";
        throw new ProtocolError("TRANSFER_CODING_NOT_ALLOWED", sentence, LOCAL);
      }
    }
    if (head.type === "response" && status === 101 && !asksForUpgrade) {
      throw new ProtocolError("UNASKED_SWITCH", "101 (Switching Protocols) without a request to", LOCAL);
    }
    // RFC 9112 §6.1, RFC 9110 §8.6: nothing may frame the content of 1xx, 204, and the answer that opens a tunnel.
    if (status < 200 || status === 204 || switchesToTunnel(status, method)) {
      if (fields.has("transfer-encoding") || fields.has("content-length")) {
        const sentence = `a ${status} answer has no content, so nothing may frame it`;
        throw new ProtocolError("TRANSFER_CODING_NOT_ALLOWED", sentence, LOCAL);
      }
    }
    return head.type === "informational" ? undefined : responseFraming(head, method, LOCAL);
  }

  #show(bytes: Uint8Array): Uint8Array {
    this.#spans?.body(bytes);
    return bytes;
  }
}

/** Whether so much content is what the head has announced. */
function checkLength(framing: BodyFraming, length: number): void {
  if (framing.kind === "none" && length > 0) throw noContent();
  if (framing.kind !== "length") return;
  if (length > framing.length) throw tooLong(length - framing.length);
  if (length < framing.length) throw tooShort(framing.length - length);
}

const noContent = () => new ProtocolError("BODY_TOO_LONG", "this message has no content", LOCAL);

const tooLong = (surplus: number) =>
  new ProtocolError("BODY_TOO_LONG", `${surplus} bytes more than Content-Length says`, LOCAL);

const tooShort = (missing: number) =>
  new ProtocolError("BODY_TOO_SHORT", `${missing} bytes less than Content-Length says`, LOCAL);
