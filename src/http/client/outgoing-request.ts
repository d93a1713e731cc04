import { counted, utf8Bytes } from "../../bytes/text.ts";
import type { EndOfMessage, RequestHead } from "../../http1/events.ts";
import { EMPTY_FIELDS, Fields, type FieldsSource } from "../../http1/fields.ts";
import { asksForContinue } from "../../http1/persistence.ts";
import { TransportError } from "../../tcp/errors.ts";
import { acceptEncoding } from "./coding.ts";
import type { RequestInput } from "./messages.ts";
import { type ContentSource, comesOnce } from "./request-content.ts";
import type { RequestUrl } from "./request-url.ts";

/** A request that is ready to be sent. Its head says how the content is framed. */
export interface OutgoingRequest {
  readonly url: RequestUrl;
  readonly head: RequestHead;
  readonly content: Uint8Array | ContentSource | AsyncIterable<Uint8Array> | undefined;
  readonly trailers: (() => FieldsSource) | undefined;
  /** The content waits for 100 (Continue). */
  readonly awaitsContinue: boolean;
  /** How long, in milliseconds. */
  readonly continueTimeoutMs: number | undefined;
  /** What becomes of the content when the response comes first. */
  readonly earlyAnswer: RequestInput["earlyAnswer"];
  /** Sending the request twice does what sending it once does (RFC 9110 §9.2.2), and its content is no stream. */
  readonly repeatable: boolean;
  /** May be sent before those ahead of it are answered: it is repeatable, has no content and switches no protocol. */
  readonly mayBePipelined: boolean;
}

/** Whether sending the request twice does what sending it once does (RFC 9110 §9.2.2). */
export function isIdempotent({ method = "GET", idempotent = IDEMPOTENT.has(method) }: RequestInput): boolean {
  return idempotent;
}

const USER_AGENT = "wirepane/0.1";
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);
/** RFC 9110 §8.6: requests with these methods say `Content-Length: 0` if they have no content. */
const METHODS_WITH_CONTENT = new Set(["POST", "PUT", "PATCH"]);

/**
 * Adds what a request needs and the caller has not given.
 *
 * @throws {TransportError} BODY_MISMATCH if the caller's own framing fields contradict the body.
 */
export function outgoingRequest(input: RequestInput, url: RequestUrl): OutgoingRequest {
  const { method = "GET", version = "1.1", body } = input;
  const content = contentOf(body);
  const { fieldText } = input;
  const given = fieldText === undefined ? Fields.from(input.fields) : fieldsOf(fieldText);
  const target = input.target ?? (method === "CONNECT" ? `${hostOf(url)}:${url.port}` : url.target);
  // RFC 9110 §7.2: the Host of a CONNECT request is its target.
  const host = method === "CONNECT" ? target : url.authority;
  const fields =
    fieldText !== undefined
      ? given
      : given === EMPTY_FIELDS && content === undefined && !METHODS_WITH_CONTENT.has(method)
        ? usualFields(host, url.authorization, input)
        : requestFields(host, url.authorization, input, given, content);
  // An empty content has nothing to wait for.
  const awaitsContinue = content !== undefined && !isEmpty(content) && asksForContinue(version, fields);
  const repeatable = isIdempotent(input) && !comesOnce(content);
  return {
    url,
    head: {
      type: "request",
      method,
      target,
      version,
      fields,
      ...(fieldText !== undefined && { fieldText }),
    },
    content,
    trailers: input.trailers,
    awaitsContinue,
    continueTimeoutMs: input.continueTimeoutMs,
    earlyAnswer: input.earlyAnswer,
    repeatable,
    mayBePipelined:
      repeatable && content === undefined && fields.value("upgrade") === undefined && method !== "CONNECT",
  };
}

/** @throws {TypeError} for what is no content: JavaScript has no types that would have told before. */
function contentOf(body: RequestInput["body"]): OutgoingRequest["content"] {
  if (typeof body === "string") return utf8Bytes(body);
  if (body === undefined || body instanceof Uint8Array || comesOnce(body)) return body;
  if (typeof (body as Partial<ContentSource> | null)?.open === "function") return body;
  throw new TypeError("the body of a request is a text, a Uint8Array, a stream, or an object with open()");
}

/** The lines of a header section that the caller wrote. `encode` checks them before they are sent. */
function fieldsOf(fieldText: string): Fields {
  const lines: string[] = [];
  for (const line of fieldText.split("\r\n").slice(0, -1)) {
    const colon = line.indexOf(":");
    if (colon !== -1) lines.push(line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, ""));
  }
  return new Fields(lines);
}

let lastUsual: { readonly host: string; readonly kind: number; readonly fields: Fields } | undefined;

/** The fields of a request whose caller gave none: mostly those of the last request, which are checked already. */
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
  // A range of a coded content cannot be decoded, so with Range no coding is asked for (Fetch standard §4.6).
  if (input.decode) add("Accept-Encoding", given.has("range") ? "identity" : acceptEncoding());
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
  // The core checks that the coding is `chunked`, and that there is no length beside it.
  if (given.has("transfer-encoding")) return;
  const known = content === undefined ? 0 : comesOnce(content) ? undefined : content.length;
  if (known !== undefined) {
    if (declared === undefined) {
      if (content !== undefined || METHODS_WITH_CONTENT.has(method)) lines.push("Content-Length", `${known}`);
    } else if (declared !== String(known)) {
      throw mismatch(`Content-Length says ${declared}, but the content has ${counted(known, "byte")}`);
    }
  } else if (declared === undefined) {
    if (version === "1.0") {
      throw mismatch("HTTP/1.0 has no chunked coding: a stream needs a Content-Length among the fields");
    }
    lines.push("Transfer-Encoding", "chunked");
  }
}

const END = { type: "end", trailers: EMPTY_FIELDS } as const;

/** The end of a request, as the core wants it. Asks the caller for the trailers. */
export function endOf({ trailers }: OutgoingRequest): EndOfMessage {
  return trailers === undefined ? END : { ...END, trailers: Fields.from(trailers()) };
}

export function mismatch(message: string, cause?: unknown): TransportError {
  return new TransportError("BODY_MISMATCH", "write", message, { cause });
}

const hostOf = ({ host }: RequestUrl): string => (host.includes(":") ? `[${host}]` : host);

const isEmpty = (content: NonNullable<OutgoingRequest["content"]>): boolean =>
  content instanceof Uint8Array && content.length === 0;
