import { latin1Bytes } from "../bytes/text.ts";
import { encodeChunk, encodeHead, encodeLastChunk } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import type { InformationalHead, RequestHead, ResponseHead } from "./events.ts";
import type { Fields } from "./fields.ts";
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
    const framing = this.#framingOf(head);
    const text = encodeHead(head);
    if (framing !== undefined) {
      this.#framing = framing;
      this.#remaining = framing.kind === "length" ? framing.length : 0;
    }
    this.#spans?.head(head.type === "request" ? "request" : "response", text, framing);
    return text;
  }

  data(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0) return NO_BYTES;
    const { kind } = this.#framing;
    if (kind === "none") throw new ProtocolError("BODY_TOO_LONG", "this message has no content", LOCAL);
    if (kind === "length") {
      const surplus = bytes.length - this.#remaining;
      if (surplus > 0) {
        throw new ProtocolError("BODY_TOO_LONG", `${surplus} bytes more than Content-Length says`, LOCAL);
      }
      this.#remaining -= bytes.length;
    }
    return this.#show(kind === "chunked" ? encodeChunk(bytes) : bytes);
  }

  end(trailers: Fields): Uint8Array {
    if (this.#remaining > 0) {
      throw new ProtocolError(
        "BODY_TOO_SHORT",
        `${this.#remaining} bytes less than Content-Length says`,
        LOCAL,
      );
    }
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
