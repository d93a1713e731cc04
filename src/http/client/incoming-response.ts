import { utf8 } from "../../bytes/text.ts";
import type { InformationalHead, ResponseHead, Version } from "../../http1/events.ts";
import type { Fields } from "../../http1/fields.ts";
import type { TcpConnection } from "../../tcp/connection.ts";
import { TransportError } from "../../tcp/errors.ts";
import { contentTooLarge, inOnePiece, wholeContent } from "../whole-content.ts";
import { decodedContent, transferCodings } from "./coding.ts";
import type { Exchange } from "./exchange.ts";
import type { ClientResponse, ConnectionInfo, SentRequest, Timings } from "./messages.ts";
import type { ResponseBody, Take } from "./response-body.ts";

/** A response as the caller of `request()` sees it. */
export class IncomingResponse implements ClientResponse {
  readonly #exchange: Exchange;
  readonly #head: ResponseHead;
  readonly #content: ResponseBody;
  readonly #tcp: TcpConnection;
  readonly #reused: boolean;
  readonly upgraded: TcpConnection | undefined;
  #body: AsyncIterable<Uint8Array> | undefined;

  constructor(
    exchange: Exchange,
    head: ResponseHead,
    content: ResponseBody,
    tcp: TcpConnection,
    upgraded: TcpConnection | undefined,
  ) {
    this.#exchange = exchange;
    this.#head = head;
    this.#content = content;
    this.#tcp = tcp;
    this.#reused = exchange.reused;
    this.upgraded = upgraded;
  }

  get status(): number {
    return this.#head.status;
  }

  get reason(): string {
    return this.#head.reason;
  }

  get version(): Version {
    return this.#head.version;
  }

  get fields(): Fields {
    return this.#head.fields;
  }

  get informational(): readonly InformationalHead[] {
    return this.#exchange.informational;
  }

  get sent(): Promise<void> {
    return this.#exchange.sent;
  }

  get request(): SentRequest {
    const { head, url } = this.#exchange.request;
    return { method: head.method, url: url.href, head };
  }

  get connection(): ConnectionInfo {
    const { id, local, remote, tls } = this.#tcp;
    return { id, local, remote, tls, reused: this.#reused };
  }

  get timings(): Timings {
    return this.#exchange.timings;
  }

  get trailers(): Fields {
    return this.#content.trailers;
  }

  get body(): AsyncIterable<Uint8Array> {
    if (this.#body === undefined) {
      const transfer = transferCodings(this.fields);
      const content = transfer === undefined ? this.#content : decodedContent(this.#content, transfer);
      const coding = this.fields.value("content-encoding");
      const decoding = this.#exchange.start.options.decoding;
      this.#body =
        coding === undefined || decoding === undefined ? content : decoding.decoded(content, coding);
    }
    return this.#body;
  }

  async consume(take: Take): Promise<void> {
    const content = this.#content;
    if (this.body === content) return content.consume(take);
    for await (const bytes of this.body) await take(bytes);
  }

  async bytes(maxBytes = this.#exchange.start.options.maxBodyBytes): Promise<Uint8Array> {
    const content = this.#content;
    const { body } = this;
    if (body !== content) return wholeContent(this.#guarded(body), maxBytes);
    const complete = content.takeIfComplete();
    if (complete === undefined) {
      if (content.started || this.#declaredBytes <= maxBytes) return wholeContent(content, maxBytes);
      content.discard();
      throw contentTooLarge(maxBytes);
    }
    const length = complete.reduce((sum, chunk) => sum + chunk.length, 0);
    if (length > maxBytes) throw contentTooLarge(maxBytes);
    return inOnePiece(complete);
  }

  /** What Content-Length says of a content that is on its way; 0: nothing. */
  get #declaredBytes(): number {
    const { fields } = this;
    return fields.value("transfer-encoding") === undefined ? Number(fields.value("content-length") ?? 0) : 0;
  }

  /** A short coded content may fill all memory when it is decoded. So a content that is gathered gets a limit. */
  #guarded(decoded: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const exchange = this.#exchange;
    const { decoding } = exchange.start.options;
    return decoding === undefined ? decoded : decoding.guarded(decoded, () => exchange.contentBytes);
  }

  async text(): Promise<string> {
    const bytes = await this.bytes();
    const charset = charsetOf(this.fields.get("content-type"));
    // TextDecoder removes a byte order mark. Our own, faster `utf8` does not.
    const hasMark = bytes[0] === 0xef || bytes[0] === 0xfe || bytes[0] === 0xff;
    return charset === undefined && !hasMark ? utf8(bytes) : decoderFor(charset).decode(bytes);
  }

  async json<T = unknown>(): Promise<T> {
    const text = await this.text();
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new TransportError("DECODE_FAILED", "body", "the content is not JSON", { cause });
    }
  }

  discard(): void {
    this.#content.discard();
  }
}

const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^"; \t]+)/i;

/** The charset parameter; `undefined` for UTF-8 or if there is none. */
function charsetOf(contentType: string | undefined): string | undefined {
  const label = contentType === undefined ? undefined : CHARSET.exec(contentType)?.[1]?.toLowerCase();
  return label === "utf-8" || label === "utf8" ? undefined : label;
}

/** An unknown charset is read as UTF-8. (`fetch` reads every charset as UTF-8.) */
function decoderFor(charset = "utf-8") {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
