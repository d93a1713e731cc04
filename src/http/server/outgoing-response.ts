import { ASCII, isEvery } from "../../bytes/octets.ts";
import { latin1, utf8Bytes } from "../../bytes/text.ts";
import type { RequestHead, ResponseHead } from "../../http1/events.ts";
import { Fields, type FieldsSource } from "../../http1/fields.ts";
import { discard } from "../discard.ts";
import { reasonPhrase } from "../status.ts";
import type { AnswerHeads } from "./answer-heads.ts";
import type { Answer, ServerResponse } from "./handler.ts";

/** An answer made ready to be sent: its head says how the content is framed, and the content is there or streams. */
export interface OutgoingResponse {
  readonly head: ResponseHead;
  /** A short text stays one (latin1): it leaves with the head, and costs less than bytes. */
  readonly content: string | Uint8Array | undefined;
  readonly stream: AsyncIterable<Uint8Array> | undefined;
  readonly trailers: (() => FieldsSource) | undefined;
}

/** What the connection adds to an answer. */
export interface OutgoingContext {
  /** A request that was never understood counts as a GET. */
  readonly request: Pick<RequestHead, "method" | "version">;
  readonly heads: AnswerHeads;
  /** Milliseconds that never go back. */
  readonly clockMs: number;
  /** No other request is taken after this one. */
  readonly close: boolean;
  /** The hint for an HTTP/1.0 client that is kept. */
  readonly idleTimeoutMs: number;
}

/** Adds what RFC 9110 and 9112 want of every response. The handler's own fields win. */
export function outgoingResponse(answer: ServerResponse, context: OutgoingContext): OutgoingResponse {
  const { request } = context;
  const status = answer.status ?? 200;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`a handler answered with status ${status}; a final one is 200 to 599`);
  }
  const http10 = request.version === "1.0";
  let given = Fields.from(answer.fields);
  // RFC 9112 §6.1: codings are not for a client that does not know them.
  if (http10) given = given.without("transfer-encoding");
  if (status === 205) given = given.without("content-length").without("transfer-encoding");
  const { body } = answer;
  let stream = isStream(body) ? body : undefined;
  let content = stream === undefined ? contentOf(body as WholeBody) : undefined;
  const length = content?.length ?? 0;

  const framed =
    given.value("content-length") !== undefined || given.value("transfer-encoding") !== undefined;
  const isOurs = !framed && mayHaveContent(status); // to frame
  if (isOurs && stream !== undefined && !http10) given = given.with("Transfer-Encoding", "chunked");
  // Only the end of the connection can end a stream for an HTTP/1.0 client (RFC 9112 §6.3).
  if (context.close || (isOurs && stream !== undefined && http10)) {
    given = given.without("connection").with("Connection", "close");
  } else if (http10 && !given.has("connection")) {
    // An HTTP/1.0 client keeps the connection only when told so, and likes to know for how long. HTTP/1.1 keeps it
    // anyway, and the hint would cost every answer 24 bytes.
    const seconds = Math.floor(context.idleTimeoutMs / 1000);
    given = given.with("Connection", "keep-alive").with("Keep-Alive", `timeout=${seconds}`);
  }
  // RFC 9110 §15.3.6: a 205 says that it has no content.
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
  // A client that is not sent chunks cannot be sent trailers either; the handler need not know.
  return { head, content, stream, trailers: http10 ? undefined : answer.trailers };
}

/** Seen before a byte is sent, so that there can be another answer. A stream's length is known only at its end. */
function checkLength(given: Fields, length: number): void {
  const declared = given.get("content-length");
  if (declared !== undefined && Number(declared) !== length)
    throw new RangeError(`a handler gave ${length} bytes and said Content-Length: ${declared}`);
}

/** RFC 9110 §6.4.1. A Content-Length in a 204 would be wrong, and one in a 304 about something else. */
const mayHaveContent = (status: number): boolean => status !== 204 && status !== 304;

/** The platform's `Response` in our shape. @throws {TypeError} where a handler gave something else. */
export function asServerResponse(answer: Answer): ServerResponse {
  if (typeof answer !== "object" || answer === null) throw new TypeError(`a handler answered with ${answer}`);
  // Not `instanceof`: touching the global makes Node load its whole fetch.
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

/** What is not longer costs less to send as text, like the head before it, than as bytes. */
const MAX_TEXT_BYTES = 1024;

type WholeBody = Exclude<ServerResponse["body"], AsyncIterable<Uint8Array>>;

function contentOf(body: WholeBody): OutgoingResponse["content"] {
  if (body === undefined || body === "") return undefined;
  // The same in latin1 and UTF-8.
  if (typeof body === "string" && body.length <= MAX_TEXT_BYTES && isEvery(body, ASCII)) return body;
  const bytes = typeof body === "string" ? utf8Bytes(body) : body;
  if (!(bytes instanceof Uint8Array)) throw new TypeError("a body is a text, bytes or a stream of bytes");
  return bytes.length <= MAX_TEXT_BYTES ? latin1(bytes) : bytes;
}

/** For an answer that comes too late to be sent, whatever it is. */
export function discardBody(answer: Answer): void {
  const body = (answer as ServerResponse | undefined)?.body;
  if (isStream(body)) void discard(body);
}
