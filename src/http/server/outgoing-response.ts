import { ASCII, isEvery } from "../../bytes/octets.ts";
import { counted, latin1, utf8Bytes } from "../../bytes/text.ts";
import type { RequestHead, ResponseHead } from "../../http1/events.ts";
import { Fields, type FieldsSource } from "../../http1/fields.ts";
import { discard } from "../discard.ts";
import { reasonPhrase } from "../status.ts";
import type { AnswerHeads } from "./answer-heads.ts";
import type { Answer, ServerResponse } from "./handler.ts";

/** An answer that is ready to be sent. Its head says how the content is framed. The content is here, or a stream. */
export interface OutgoingResponse {
  readonly head: ResponseHead;
  /** A short content is a text (latin1): sent together with the head, it costs less than bytes. */
  readonly content: string | Uint8Array | undefined;
  readonly stream: AsyncIterable<Uint8Array> | undefined;
  readonly trailers: (() => FieldsSource) | undefined;
}

/** What the answer depends on, besides the handler. */
export interface OutgoingContext {
  /** A request that could not be read counts as a GET. */
  readonly request: Pick<RequestHead, "method" | "version">;
  readonly heads: AnswerHeads;
  /** Milliseconds that never go back. */
  readonly clockMs: number;
  /** The connection takes no other request after this one. */
  readonly close: boolean;
  /** How long the connection is kept: an HTTP/1.0 client is told. */
  readonly idleTimeoutMs: number;
}

/** Adds the fields that RFC 9110 and 9112 require of a response. Where the handler gives such a field, its own stays. */
export function outgoingResponse(answer: ServerResponse, context: OutgoingContext): OutgoingResponse {
  const { request } = context;
  const status = answer.status ?? 200;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`a handler answered with status ${status}, but a final status is 200 to 599`);
  }
  const http10 = request.version === "1.0";
  let given = Fields.from(answer.fields);
  // RFC 9112 §6.1: an HTTP/1.0 client does not know transfer codings.
  if (http10) given = given.without("transfer-encoding");
  if (status === 205) given = given.without("content-length").without("transfer-encoding");
  const { body } = answer;
  let stream = isStream(body) ? body : undefined;
  let content = stream === undefined ? contentOf(body as WholeBody) : undefined;
  const length = content?.length ?? 0;

  const framed =
    given.value("content-length") !== undefined || given.value("transfer-encoding") !== undefined;
  const isOurs = !framed && mayHaveContent(status); // we choose the framing
  if (isOurs && stream !== undefined && !http10) given = given.with("Transfer-Encoding", "chunked");
  // RFC 9112 §6.3: for an HTTP/1.0 client a stream ends with the connection.
  if (context.close || (isOurs && stream !== undefined && http10)) {
    given = given.without("connection").with("Connection", "close");
  } else if (http10 && !given.has("connection")) {
    // An HTTP/1.0 client keeps the connection only if the answer says so, and is told for how long. HTTP/1.1 keeps it by
    // default, and the field would cost 24 bytes in every answer.
    const seconds = Math.floor(context.idleTimeoutMs / 1000);
    given = given.with("Connection", "keep-alive").with("Keep-Alive", `timeout=${seconds}`);
  }
  // RFC 9110 §15.3.6: a 205 states that its content is empty.
  const stated = status === 205 ? 0 : isOurs && stream === undefined ? length : undefined;

  if (request.method === "HEAD" || status === 205 || !mayHaveContent(status)) {
    if (stream !== undefined) void discard(stream);
    stream = undefined;
    content = undefined;
  } else if (stream === undefined && framed) {
    checkLength(given, length);
  }
  const reason = answer.reason ?? reasonPhrase(status);
  const head = context.heads.head(status, reason, given, stated, context.clockMs);
  // Without chunks there can be no trailers. The handler need not know this.
  return { head, content, stream, trailers: http10 ? undefined : answer.trailers };
}

/** Checked before a byte is sent: another answer can still be given. A stream's length is known only at its end. */
function checkLength(given: Fields, length: number): void {
  const declared = given.get("content-length");
  if (declared !== undefined && Number(declared) !== length)
    throw new RangeError(`a handler gave ${counted(length, "byte")}, but Content-Length: ${declared}`);
}

/**
 * RFC 9110 §6.4.1. Neither gets a Content-Length from us: a 204 must not have one (§8.6), and in a 304 it would state the
 * length that a 200 has.
 */
const mayHaveContent = (status: number): boolean => status !== 204 && status !== 304;

/** The platform's `Response` as a `ServerResponse`. @throws {TypeError} when a handler gave neither. */
export function asServerResponse(answer: Answer): ServerResponse {
  if (typeof answer !== "object" || answer === null) throw new TypeError(`a handler answered with ${answer}`);
  // Not `instanceof`: with the global, Node would load its whole fetch.
  if (!("headers" in answer && "arrayBuffer" in answer)) return answer;
  return {
    status: answer.status,
    ...(answer.statusText !== "" && { reason: answer.statusText }),
    fields: answer.headers,
    body: (answer.body as AsyncIterable<Uint8Array> | null) ?? undefined,
  };
}

export function isStream(body: ServerResponse["body"]): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

/** Up to this length a content costs less to send as a text, together with the head, than as bytes. */
const MAX_TEXT_BYTES = 1024;

type WholeBody = Exclude<ServerResponse["body"], AsyncIterable<Uint8Array>>;

function contentOf(body: WholeBody): OutgoingResponse["content"] {
  if (body === undefined || body === "") return undefined;
  // ASCII is the same in latin1 and UTF-8.
  if (typeof body === "string" && body.length <= MAX_TEXT_BYTES && isEvery(body, ASCII)) return body;
  const bytes = typeof body === "string" ? utf8Bytes(body) : body;
  if (!(bytes instanceof Uint8Array)) throw new TypeError("a body is a text, bytes or a stream of bytes");
  return bytes.length <= MAX_TEXT_BYTES ? latin1(bytes) : bytes;
}

/** Lets go of the content of an answer that is not sent. The answer may be anything. */
export function discardBody(answer: Answer): void {
  const body = (answer as ServerResponse | undefined)?.body;
  if (isStream(body)) void discard(body);
}
