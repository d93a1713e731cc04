import { counted, latin1, latin1Bytes } from "../bytes/text.ts";
import { encodeChunk, encodeHead, encodeLastChunk } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import type { InformationalHead, RequestHead, ResponseHead } from "./events.ts";
import { LastFraming } from "./fast/last-framing.ts";
import { EMPTY_FIELDS, type Fields } from "./fields.ts";
import { type BodyFraming, requestFraming, responseFraming, switchesToTunnel } from "./framing.ts";
import type { RequestContext } from "./message-reader.ts";
import type { DirectionObserver } from "./observer.ts";
import { WrittenSpans } from "./written-spans.ts";

const NO_BYTES = new Uint8Array(0);
const LOCAL = { blame: "local" } as const;

/**
 * The bytes that we send: the head of each message, its content in the framing that the head declares, and its end.
 * Every error has blame "local", and is thrown before anything has changed.
 */
export class MessageWriter {
  readonly #spans: WrittenSpans | undefined;
  #context: RequestContext = { method: "GET", version: "1.1", asksForUpgrade: false };
  #framing: BodyFraming = { kind: "none" };
  readonly #last = new LastFraming();
  /** Octets of content that Content-Length announced and that were not sent yet. */
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
    const framing = this.#last.of(head, this.#context) ?? (this.#framingOf(head) as BodyFraming);
    if (framing.kind === "chunked") {
      const start = this.#head(head, framing);
      return start + latin1(this.data(latin1Bytes(content))) + latin1(this.end(EMPTY_FIELDS));
    }
    checkLength(framing, content.length);
    const start = this.#head(head, framing);
    this.#remaining = 0;
    if (content !== "" && this.#spans !== undefined) {
      if (framing.kind === "length") this.#spans.content(content.length);
      else this.#spans.body(latin1Bytes(content));
    }
    return start + content;
  }

  #head(head: RequestHead | InformationalHead | ResponseHead, framing: BodyFraming | undefined): string {
    const text = encodeHead(head);
    if (framing !== undefined) {
      if (head.type === "response") this.#last.keep(head, this.#context, framing);
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

  /**
   * A zero in front of the next chunk-size, which does not change the size. No bytes where the body is not chunked.
   */
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
      // RFC 9110 §15.2, RFC 9112 §6.1: an HTTP/1.0 client knows no interim response and no transfer coding.
      if (head.type === "informational") {
        throw new ProtocolError(
          "WRONG_STATE",
          "an interim response must not be sent to an HTTP/1.0 client",
          LOCAL,
        );
      }
      if (fields.has("transfer-encoding")) {
        const sentence = "a transfer coding must not be used for an HTTP/1.0 client";
        throw new ProtocolError("TRANSFER_CODING_NOT_ALLOWED", sentence, LOCAL);
      }
    }
    if (head.type === "response" && status === 101 && !asksForUpgrade) {
      throw new ProtocolError(
        "UNASKED_SWITCH",
        "a 101 (Switching Protocols) that no request asked for",
        LOCAL,
      );
    }
    // RFC 9112 §6.1, RFC 9110 §8.6: no field frames the content of a 1xx, a 204, or the response that opens a tunnel.
    if (status < 200 || status === 204 || switchesToTunnel(status, method)) {
      if (fields.has("transfer-encoding") || fields.has("content-length")) {
        const sentence = `a ${status} response has no content, so no field may frame it`;
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

/** Throws unless the content is as long as the head announced. */
function checkLength(framing: BodyFraming, length: number): void {
  if (framing.kind === "none" && length > 0) throw noContent();
  if (framing.kind !== "length") return;
  if (length > framing.length) throw tooLong(length - framing.length);
  if (length < framing.length) throw tooShort(framing.length - length);
}

const noContent = () => new ProtocolError("BODY_TOO_LONG", "this message must have no content", LOCAL);

const tooLong = (surplus: number) =>
  new ProtocolError("BODY_TOO_LONG", `${counted(surplus, "byte")} more than Content-Length says`, LOCAL);

const tooShort = (missing: number) =>
  new ProtocolError("BODY_TOO_SHORT", `${counted(missing, "byte")} less than Content-Length says`, LOCAL);
