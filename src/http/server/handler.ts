import type { RequestHead, Version } from "../../http1/events.ts";
import { Fields, type FieldsSource } from "../../http1/fields.ts";
import type { Address } from "../../tcp/address.ts";
import { jsonText } from "./json-text.ts";

/** Turns a request into an answer. What it throws becomes a 500; the text of the error stays here. */
export type HttpHandler = (request: ServerRequest) => Answer | Promise<Answer>;

/** What a handler gives: a `ServerResponse`, or the platform's `Response`. */
export type Answer = ServerResponse | Response;

/** A request as a handler sees it. */
export interface ServerRequest {
  /** The head as it was received. */
  readonly head: RequestHead;
  /** The method, as sent: methods are case-sensitive. */
  readonly method: string;
  /** The request-target as it stands on the wire (RFC 9112 §3.2). */
  readonly target: string;
  /** The HTTP version of the request. */
  readonly version: Version;
  /** The header section. */
  readonly fields: Fields;
  /** The target's path, percent-encoding untouched; `*` for `OPTIONS *`. */
  readonly rawPath: string;
  /** The path, percent-decoded once. Unsafe as a file name or a Location: use `staticFiles`. */
  readonly path: string;
  /** The query, decoded; empty without one. */
  readonly query: URLSearchParams;
  /** The target URI (RFC 9110 §7.1): scheme, Host and target. */
  readonly url: string;
  /** The address of the client. */
  readonly remote: Address;
  /** The address that the client connected to. */
  readonly local: Address;
  /** The number of the connection within this process. */
  readonly connectionId: number;
  /**
   * Aborted when nobody waits for the answer any more, as far as that can be known: the connection is lost,
   * `handlerTimeoutMs` is over, or the client has ended its direction (FIN) before its answer has begun. A client that
   * is gone sends FIN, and so does a client that reads on (`nc -N`). So an answer is sent even after FIN, and the
   * signal's reason has the code PEER_CLOSED_BEFORE_RESPONSE then.
   *
   * A FIN behind more than 16 KiB of pipelined requests is seen later, when fewer of them wait. A FIN after the answer
   * has begun aborts nothing: a stream is let go when the client turns out to be gone.
   */
  readonly signal: AbortSignal;

  /**
   * The content as it arrives; can be read once. Reading it is what asks for it, and sends 100 (Continue).
   *
   * @throws {TransportError} while it is read: BODY_USED, or why the rest of the content will not come.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** The trailer section; empty until the content was read to its end. */
  readonly trailers: Fields;
  /**
   * The whole content.
   *
   * @param maxBytes a limit below `maxBodyBytes`.
   * @throws {TransportError} BODY_TOO_LARGE beyond the limit, which is answered with 413. OVERLOADED when all
   * requests together hold `maxGatheredBytes`, which is answered with 503.
   */
  bytes(maxBytes?: number): Promise<Uint8Array>;
  /** The whole content as UTF-8 text. @throws {TransportError} as `bytes`. */
  text(): Promise<string>;
  /** The whole content as JSON. @throws {TransportError} DECODE_FAILED, answered with 400; otherwise as `bytes`. */
  json(): Promise<unknown>;
}

/**
 * An answer. Its framing follows from the body: a text or bytes get a Content-Length; a stream is chunked, unless
 * `fields` say how long it is. Date and Connection are added.
 */
export interface ServerResponse {
  /** The status code, 200 by default. */
  readonly status?: number;
  /** The reason phrase; the usual one by default. */
  readonly reason?: string;
  /** Field lines, sent in this order and case. */
  readonly fields?: FieldsSource;
  /** The content; none by default. A text is sent as UTF-8. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** The trailer section of a chunked body. Called when the body is sent (RFC 9112 §7.1.2). */
  readonly trailers?: () => FieldsSource;
  /** `firstOf` asks no other handler, even after a 404 or 405: the resource is here. `false` by default. */
  readonly final?: boolean;
}

/** Every text states its type, and that browsers must not guess another one (MIME sniffing). */
const TEXT = new Fields(["Content-Type", "text/plain; charset=utf-8", "X-Content-Type-Options", "nosniff"]);
const JSON_TEXT = new Fields(["Content-Type", "application/json", "X-Content-Type-Options", "nosniff"]);

/** An answer of plain text in UTF-8. `fields` are added. */
export function text(
  body: string,
  status = 200,
  fields?: Iterable<readonly [string, string]>,
): ServerResponse {
  return { status, fields: fields === undefined ? TEXT : [...TEXT, ...fields], body };
}

/**
 * An answer of a value as JSON with a line end, indented for people. Indentation makes a text over 64 KiB at most
 * four times as long: one with many levels is left without.
 */
export function json(
  value: unknown,
  status = 200,
  fields?: Iterable<readonly [string, string]>,
): ServerResponse {
  const body = `${jsonText(value)}\n`;
  return { status, fields: fields === undefined ? JSON_TEXT : [...JSON_TEXT, ...fields], body };
}

/** An answer that reports an error in a sentence of plain text. The sentence must be safe to show to the client. */
export function problem(
  status: number,
  sentence: string,
  fields?: Iterable<readonly [string, string]>,
): ServerResponse {
  return text(`${sentence}\n`, status, fields);
}

/** The answer 405 to a method that the resource does not have. `allow` is the value of Allow (RFC 9110 §15.5.6). */
export function methodNotAllowed(method: string, allow: string): ServerResponse {
  return problem(405, `this resource does not allow ${method}; it allows ${allow}`, [["Allow", allow]]);
}
