import { utf8 } from "../bytes/text.ts";
import type { InformationalHead, ResponseHead, Version } from "../http1/events.ts";
import type { Fields } from "../http1/fields.ts";
import type { TcpConnection } from "../tcp/connection.ts";
import { TransportError } from "../tcp/errors.ts";
import type { ClientResponse, ConnectionInfo, SentRequest, Timings } from "./messages.ts";
import type { ResponseBody } from "./response-body.ts";
import { contentTooLarge, inOnePiece, wholeContent } from "./whole-content.ts";

export interface ResponseParts {
  readonly head: ResponseHead;
  readonly informational: readonly InformationalHead[];
  readonly content: ResponseBody;
  readonly request: SentRequest;
  readonly connection: ConnectionInfo;
  readonly timings: Timings;
  readonly upgraded: TcpConnection | undefined;
}

/** How its reader wants the content. */
export interface ReadOptions {
  /** Undoes the content codings. */
  readonly decode:
    | ((content: AsyncIterable<Uint8Array>, contentEncoding: string) => AsyncIterable<Uint8Array>)
    | undefined;
  readonly maxBodyBytes: number;
}

/** A response as the caller of `request()` sees it. */
export class IncomingResponse implements ClientResponse {
  readonly #parts: ResponseParts;
  readonly #options: ReadOptions;
  #body: AsyncIterable<Uint8Array> | undefined;

  constructor(parts: ResponseParts, options: ReadOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  get status(): number {
    return this.#parts.head.status;
  }

  get reason(): string {
    return this.#parts.head.reason;
  }

  get version(): Version {
    return this.#parts.head.version;
  }

  get fields(): Fields {
    return this.#parts.head.fields;
  }

  get informational(): readonly InformationalHead[] {
    return this.#parts.informational;
  }

  get request(): SentRequest {
    return this.#parts.request;
  }

  get connection(): ConnectionInfo {
    return this.#parts.connection;
  }

  get timings(): Timings {
    return this.#parts.timings;
  }

  get upgraded(): TcpConnection | undefined {
    return this.#parts.upgraded;
  }

  get trailers(): Fields {
    return this.#parts.content.trailers;
  }

  get body(): AsyncIterable<Uint8Array> {
    if (this.#body === undefined) {
      const { content, head } = this.#parts;
      const coding = head.fields.get("content-encoding");
      this.#body = coding === undefined ? content : (this.#options.decode?.(content, coding) ?? content);
    }
    return this.#body;
  }

  async bytes(): Promise<Uint8Array> {
    const { maxBodyBytes } = this.#options;
    const { content } = this.#parts;
    const complete = this.body === content ? content.takeIfComplete() : undefined;
    if (complete === undefined) return wholeContent(this.body, maxBodyBytes);
    const length = complete.reduce((sum, chunk) => sum + chunk.length, 0);
    if (length > maxBodyBytes) throw contentTooLarge(maxBodyBytes);
    return inOnePiece(complete);
  }

  async text(): Promise<string> {
    const bytes = await this.bytes();
    const charset = charsetOf(this.fields.get("content-type"));
    // TextDecoder takes a byte order mark away; our own look-alike does not.
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
    this.#parts.content.discard();
  }
}

const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^"; \t]+)/i;

/** The charset parameter, where it is another than UTF-8. */
function charsetOf(contentType: string | undefined): string | undefined {
  const label = contentType === undefined ? undefined : CHARSET.exec(contentType)?.[1]?.toLowerCase();
  return label === "utf-8" || label === "utf8" ? undefined : label;
}

/** A label nobody knows is read as UTF-8, as `fetch` does with every label. */
function decoderFor(charset = "utf-8") {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
