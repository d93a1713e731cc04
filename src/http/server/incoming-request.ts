import { utf8, utf8Bytes } from "../../bytes/text.ts";
import type { RequestHead, Version } from "../../http1/events.ts";
import { EMPTY_FIELDS, type Fields } from "../../http1/fields.ts";
import type { Address } from "../../tcp/address.ts";
import type { TcpConnection } from "../../tcp/connection.ts";
import { TransportError } from "../../tcp/errors.ts";
import { contentTooLarge, wholeContent } from "../whole-content.ts";
import type { ContentLimits } from "./content-budget.ts";
import type { ServerRequest } from "./handler.ts";
import { type BodyReader, RequestBody } from "./request-body.ts";

/** A request, as its handler sees it. Parts that few handlers need are made when they are asked for. */
export class IncomingRequest implements ServerRequest {
  readonly head: RequestHead;
  readonly #connection: TcpConnection;
  readonly #reader: BodyReader;
  readonly #limits: ContentLimits;
  /** Bytes of its content that count in the budget. */
  #gatheredBytes = 0;
  #over = false;
  #body: RequestBody | undefined;
  #hasNoContent = false;
  #query: URLSearchParams | undefined;
  #lost: AbortController | undefined;
  #lostBecause: Error | undefined;

  constructor(head: RequestHead, connection: TcpConnection, reader: BodyReader, limits: ContentLimits) {
    this.head = head;
    this.#connection = connection;
    this.#reader = reader;
    this.#limits = limits;
  }

  /** Made late: most requests have no content, and most handlers do not ask for it. */
  get body(): RequestBody {
    if (this.#body === undefined) {
      this.#body = new RequestBody(this.#reader);
      if (this.#hasNoContent) this.#body.end(EMPTY_FIELDS);
    }
    return this.#body;
  }

  /** Bytes of content that wait for the handler. */
  get queuedBytes(): number {
    return this.#body?.queuedBytes ?? 0;
  }

  /** The request was received to its end. */
  end(trailers: Fields): void {
    if (this.#body === undefined && trailers.size === 0) this.#hasNoContent = true;
    else this.body.end(trailers);
  }

  get method(): string {
    return this.head.method;
  }

  get target(): string {
    return this.head.target;
  }

  get version(): Version {
    return this.head.version;
  }

  get fields(): Fields {
    return this.head.fields;
  }

  get rawPath(): string {
    const path = this.#originForm();
    const queryAt = path.indexOf("?");
    return queryAt === -1 ? path : path.slice(0, queryAt);
  }

  get path(): string {
    return percentDecoded(this.rawPath);
  }

  get query(): URLSearchParams {
    if (this.#query === undefined) {
      const path = this.#originForm();
      const queryAt = path.indexOf("?");
      this.#query = new URLSearchParams(queryAt === -1 ? "" : path.slice(queryAt));
    }
    return this.#query;
  }

  get url(): string {
    if (hasScheme(this.target)) return this.target;
    const host = this.fields.get("host") || authorityOf(this.local);
    return `${this.#connection.tls === undefined ? "http" : "https"}://${host}${this.target === "*" ? "" : this.target}`;
  }

  get remote(): Address {
    return this.#connection.remote;
  }

  get local(): Address {
    return this.#connection.local;
  }

  get connectionId(): number {
    return this.#connection.id;
  }

  get signal(): AbortSignal {
    if (this.#lost === undefined) {
      this.#lost = new AbortController();
      if (this.#lostBecause !== undefined) this.#lost.abort(this.#lostBecause);
    }
    return this.#lost.signal;
  }

  /** Aborts `signal`: nobody waits for the answer any more. */
  lose(because: Error): void {
    this.#lostBecause ??= because;
    this.#lost?.abort(because);
  }

  get trailers(): Fields {
    return this.body.trailers;
  }

  async bytes(maxBytes = this.#limits.maxBodyBytes): Promise<Uint8Array> {
    const { maxBodyBytes, contentBudget } = this.#limits;
    const most = Math.min(maxBytes, maxBodyBytes);
    // A declared length that is too large is refused before the client is asked to send (100 Continue).
    const declared = Number(this.fields.get("content-length") ?? 0);
    if (declared > most) throw contentTooLarge(most);
    contentBudget.expect(declared);
    return wholeContent(this.body, most, (bytes) => this.#gather(bytes));
  }

  #gather(bytes: number): void {
    if (this.#over) return;
    this.#limits.contentBudget.take(bytes);
    this.#gatheredBytes += bytes;
  }

  /** The exchange is over: its content no longer counts in the budget, even if the handler keeps it. */
  release(): void {
    this.#over = true;
    if (this.#gatheredBytes > 0) this.#limits.contentBudget.release(this.#gatheredBytes);
    this.#gatheredBytes = 0;
  }

  async text(): Promise<string> {
    return utf8(await this.bytes());
  }

  async json(): Promise<unknown> {
    const content = await this.text();
    try {
      return JSON.parse(content);
    } catch (cause) {
      throw new TransportError("DECODE_FAILED", "body", "the content of the request is not JSON", { cause });
    }
  }

  /** The target in origin-form. A target in absolute-form means the same (RFC 9112 §3.2.2). */
  #originForm(): string {
    const { target } = this;
    if (!hasScheme(target)) return target;
    const start = target.indexOf("//") + 2;
    const pathAt = target.slice(start).search(/[/?]/);
    if (pathAt === -1) return "/";
    const path = target.slice(start + pathAt);
    return path.startsWith("/") ? path : `/${path}`;
  }
}

const hasScheme = (target: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(target);

/** For a request without Host (HTTP/1.0): the address that the client connected to. */
function authorityOf(address: Address): string {
  if (address.family === "unix") return "localhost";
  return `${address.family === "IPv6" ? `[${address.host}]` : address.host}:${address.port}`;
}

/**
 * Decodes once, as the WHATWG URL does: a % without two hexadecimal digits stays, and bytes that are not UTF-8 become
 * U+FFFD. Never throws.
 */
export function percentDecoded(encoded: string): string {
  if (!encoded.includes("%")) return encoded;
  const bytes: number[] = [];
  const source = utf8Bytes(encoded);
  for (let at = 0; at < source.length; at++) {
    const octet = source[at] as number;
    const hex = octet === 0x25 ? encodedOctet(source, at) : undefined;
    bytes.push(hex ?? octet);
    if (hex !== undefined) at += 2;
  }
  return utf8(Uint8Array.from(bytes));
}

function encodedOctet(source: Uint8Array, at: number): number | undefined {
  const digits = String.fromCharCode(source[at + 1] ?? 0, source[at + 2] ?? 0);
  return /^[0-9A-Fa-f]{2}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}
