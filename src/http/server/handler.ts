import type { RequestHead, Version } from "../../http1/events.ts";
import { Fields, type FieldsSource } from "../../http1/fields.ts";
import type { Address } from "../../tcp/address.ts";
import { jsonText } from "./json-text.ts";

/** Turns a request into an answer. What it throws becomes a 500; the text of the error stays here. */
export type HttpHandler = (request: ServerRequest) => Answer | Promise<Answer>;

/** Ours, or the platform's `Response`. */
export type Answer = ServerResponse | Response;

/** A request as a handler sees it. */
export interface ServerRequest {
  /** The head as it was received. */
  readonly head: RequestHead;
  readonly method: string;
  /** The request-target as it stands on the wire. */
  readonly target: string;
  readonly version: Version;
  readonly fields: Fields;
  /** The target's path, percent-encoding untouched; `*` for `OPTIONS *`. */
  readonly rawPath: string;
  /** The path decoded once. Never build a file name or a Location from it: see `safe-path.ts`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The target URI, put together as RFC 9110 §7.1 says. */
  readonly url: string;
  readonly remote: Address;
  readonly local: Address;
  readonly connectionId: number;
  /**
   * Aborted when nobody waits for the answer any more, as far as that can be known: the connection is lost,
   * `handlerTimeoutMs` is over, or the client has ended its direction (FIN) before its answer has begun. A client that
   * is gone sends FIN, and so does a client that reads on (`nc -N`). So an answer that is given all the same is sent,
   * and the reason tells which it was: its code is `PEER_CLOSED_BEFORE_RESPONSE` after FIN.
   *
   * A FIN behind more than 16 KiB of pipelined requests is seen later, when fewer of them wait. A FIN after the answer
   * has begun aborts nothing: a stream is let go when the client turns out to be gone.
   */
  readonly signal: AbortSignal;

  /** The content as it arrives; reading it is what asks for it (and sends 100 Continue). Once. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The trailer section; empty until the content was read to its end. */
  readonly trailers: Fields;
  /**
   * The whole content.
   *
   * @param maxBytes at most this, where `maxBodyBytes` is more.
   * @throws {TransportError} BODY_TOO_LARGE beyond that, which is answered with 413. OVERLOADED when all requests
   * together hold `maxGatheredBytes`, which is answered with 503.
   */
  bytes(maxBytes?: number): Promise<Uint8Array>;
  text(): Promise<string>;
  /** @throws {TransportError} DECODE_FAILED when it is not JSON, which is answered with 400. */
  json(): Promise<unknown>;
}

/**
 * An answer. Its framing follows from the body: a text or bytes get a Content-Length; a stream is chunked, unless
 * `fields` say how long it is. Date and Connection are added.
 */
export interface ServerResponse {
  /** 200 by default. */
  readonly status?: number;
  /** The usual phrase by default. */
  readonly reason?: string;
  readonly fields?: FieldsSource;
  /** A text is sent as UTF-8. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Sent after a chunked body; called when the body is through. */
  readonly trailers?: () => FieldsSource;
  /** The resource is here, and this is its answer, also if it is a 404 or 405: `firstOf` asks nobody else. */
  readonly final?: boolean;
}

/** Every text states its type, and that browsers must not guess another one (MIME sniffing). */
const TEXT = new Fields(["Content-Type", "text/plain; charset=utf-8", "X-Content-Type-Options", "nosniff"]);
const JSON_TEXT = new Fields(["Content-Type", "application/json", "X-Content-Type-Options", "nosniff"]);

/** A plain text. */
export function text(
  body: string,
  status = 200,
  fields?: Iterable<readonly [string, string]>,
): ServerResponse {
  return { status, fields: fields === undefined ? TEXT : [...TEXT, ...fields], body };
}

/**
 * A value as JSON with a line end, indented for people. Indentation makes a text over 64 KiB at most four times as
 * long: one with many levels is left without.
 */
export function json(
  value: unknown,
  status = 200,
  fields?: Iterable<readonly [string, string]>,
): ServerResponse {
  const body = `${jsonText(value)}\n`;
  return { status, fields: fields === undefined ? JSON_TEXT : [...JSON_TEXT, ...fields], body };
}

/** An error as a short text that says which rule was broken; `sentence` must be safe to show. */
export function problem(
  status: number,
  sentence: string,
  fields?: Iterable<readonly [string, string]>,
): ServerResponse {
  return text(`${sentence}\n`, status, fields);
}

/** The answer to a method that the resource does not have. It lists those that it has (Allow, RFC 9110 §15.5.6). */
export function methodNotAllowed(method: string, allow: string): ServerResponse {
  return problem(405, `this resource does not allow ${method}; it allows ${allow}`, [["Allow", allow]]);
}
