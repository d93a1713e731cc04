import { utf8Bytes } from "../../bytes/text.ts";
import type { RequestHead } from "../../http1/events.ts";
import { EMPTY_FIELDS, Fields, type FieldsSource } from "../../http1/fields.ts";
import { asksForContinue } from "../../http1/persistence.ts";
import { TransportError } from "../../tcp/errors.ts";
import type { RequestInput } from "./messages.ts";
import type { RequestUrl } from "./request-url.ts";

/** A request made ready to be sent: its head says how the content is framed, and the content is there or streams. */
export interface OutgoingRequest {
  readonly url: RequestUrl;
  readonly head: RequestHead;
  readonly content: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  readonly trailers: (() => FieldsSource) | undefined;
  /** The content waits for 100 (Continue). */
  readonly awaitsContinue: boolean;
  /** Sending it twice does what sending it once does, and can be done (RFC 9110 §9.2.2). */
  readonly repeatable: boolean;
  /** It may leave before those ahead of it are answered: all of it at once, and nothing but an answer can come of it. */
  readonly mayBePipelined: boolean;
}

const USER_AGENT = "wirepane/0.1";
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);
/** RFC 9110 §8.6: without content these say so, since content is what they are about. */
const METHODS_WITH_CONTENT = new Set(["POST", "PUT", "PATCH"]);

/**
 * Adds what a request needs and its caller has not given.
 *
 * @throws {TransportError} BODY_MISMATCH where the caller's own framing contradicts the body.
 */
export function outgoingRequest(input: RequestInput, url: RequestUrl): OutgoingRequest {
  const { method = "GET", version = "1.1", body } = input;
  const content = typeof body === "string" ? utf8Bytes(body) : body;
  const given = Fields.from(input.fields);
  const target = input.target ?? (method === "CONNECT" ? `${hostOf(url)}:${url.port}` : url.target);
  // RFC 9110 §7.2: a CONNECT is about the host of its target.
  const host = method === "CONNECT" ? target : url.authority;
  const streams = content !== undefined && !(content instanceof Uint8Array);
  const fields =
    given === EMPTY_FIELDS && content === undefined && !METHODS_WITH_CONTENT.has(method)
      ? usualFields(host, url.authorization, input)
      : requestFields(host, url.authorization, input, given, content);
  const awaitsContinue = content !== undefined && asksForContinue(version, fields);
  const repeatable = (input.idempotent ?? IDEMPOTENT.has(method)) && !streams;
  return {
    url,
    head: { type: "request", method, target, version, fields },
    content,
    trailers: input.trailers,
    awaitsContinue,
    repeatable,
    mayBePipelined:
      repeatable && content === undefined && fields.value("upgrade") === undefined && method !== "CONNECT",
  };
}

let lastUsual: { readonly host: string; readonly kind: number; readonly fields: Fields } | undefined;

/** The fields of a request that has none of its own: the last ones again, mostly, and then they are checked already. */
function usualFields(host: string, authorization: string | undefined, input: RequestInput): Fields {
  if (authorization !== undefined) return requestFields(host, authorization, input, EMPTY_FIELDS, undefined);
  const kind = (input.defaultFields === false ? 1 : 0) | (input.decode ? 2 : 0);
  if (lastUsual?.host !== host || lastUsual.kind !== kind) {
    lastUsual = { host, kind, fields: requestFields(host, undefined, input, EMPTY_FIELDS, undefined) };
  }
  return lastUsual.fields;
}

function requestFields(
  host: string,
  authorization: string | undefined,
  input: RequestInput,
  given: Fields,
  content: OutgoingRequest["content"],
): Fields {
  const { method = "GET", version = "1.1" } = input;
  const lines: string[] = [];
  const add = (name: string, value: string) => {
    if (!given.has(name)) lines.push(name, value);
  };
  add("Host", host); // first (RFC 9110 §7.2)
  if (authorization !== undefined) add("Authorization", authorization);
  if (input.defaultFields !== false) {
    add("User-Agent", USER_AGENT);
    add("Accept", "*/*");
  }
  // A part of a coded content cannot be decoded (Fetch standard §4.6: identity beside Range).
  if (input.decode) add("Accept-Encoding", given.has("range") ? "identity" : "gzip, deflate, br");
  lines.push(...given.lines);
  addFraming(lines, given, content, method, version);
  if (input.expectContinue && content !== undefined && version === "1.1") add("Expect", "100-continue");
  return new Fields(lines);
}

function addFraming(
  lines: string[],
  given: Fields,
  content: OutgoingRequest["content"],
  method: string,
  version: string,
): void {
  const declared = given.get("content-length");
  // The core checks that the coding is `chunked`, and refuses it beside a length.
  if (given.has("transfer-encoding")) return;
  if (content === undefined || content instanceof Uint8Array) {
    const length = String(content?.length ?? 0);
    if (declared === undefined) {
      if (content !== undefined || METHODS_WITH_CONTENT.has(method)) lines.push("Content-Length", length);
    } else if (declared !== length) {
      throw mismatch(`Content-Length says ${declared}, but the content has ${length} bytes`);
    }
  } else if (declared === undefined) {
    if (version === "1.0") {
      throw mismatch("HTTP/1.0 has no chunked coding: a stream needs a Content-Length among the fields");
    }
    lines.push("Transfer-Encoding", "chunked");
  }
}

export function mismatch(message: string, cause?: unknown): TransportError {
  return new TransportError("BODY_MISMATCH", "write", message, { cause });
}

const hostOf = ({ host }: RequestUrl): string => (host.includes(":") ? `[${host}]` : host);
